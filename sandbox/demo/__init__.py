"""`make demo`: a million records wait, are drained, and every one of them is accounted for."""
