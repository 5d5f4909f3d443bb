"""Esign's requests and replies: a module for each of its concepts."""
