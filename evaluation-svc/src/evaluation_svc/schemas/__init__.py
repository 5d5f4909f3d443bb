"""Request and reply bodies, and the files of the city pack."""
