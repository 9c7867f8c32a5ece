"""The same decisions against a simulated plant, on a virtual clock; and beside them those of others."""
