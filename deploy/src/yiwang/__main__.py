"""`python -m yiwang`."""

from yiwang.main import app

app()
