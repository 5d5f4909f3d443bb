"""The HTTP wing: from the socket to a route, who calls, what is refused, and calls to siblings."""
