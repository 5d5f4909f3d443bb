"""Esign's requests and replies."""
