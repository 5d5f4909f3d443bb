"""Intake's pure rules: numbers with check characters, and whether a form is complete and right."""
