"""What all wings stand on: time, ids, problems, field types, logs and metrics, crash points."""
