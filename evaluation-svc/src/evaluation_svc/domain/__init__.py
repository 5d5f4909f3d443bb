"""Evaluation's rules: pure, no IO, no framework."""
