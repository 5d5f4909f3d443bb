"""Request and reply bodies, a module for each concept."""
