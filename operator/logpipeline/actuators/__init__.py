"""What is done about it: one module a way of acting."""
