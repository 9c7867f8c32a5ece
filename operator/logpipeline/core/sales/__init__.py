"""SalesEvents: whether they can be had, how far they are, and what is told of them."""
