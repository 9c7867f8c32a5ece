"""What is waiting: one module a kind of source."""
