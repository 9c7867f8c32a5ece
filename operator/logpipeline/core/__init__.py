"""Pure decisions: no I/O, no clock, no logging, no clients. Values in, values out."""
