"""Redis: what waits in streams and lists, on one server, behind sentinels or in a cluster."""
