"""The one REST surface: who calls, what is allowed, how often; the rest is passed through to the services."""
