"""Adapters to the networks (专网), each by the protocol that it speaks."""
