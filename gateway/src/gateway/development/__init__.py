"""The development identity provider: a stand-in for the city's, for embedded mode only, with named test people."""
