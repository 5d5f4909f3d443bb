"""Esign's pure rules."""
