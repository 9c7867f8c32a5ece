"""What will probably arrive within the next hours, from what arrived at the same time of other days.

A floor and nothing else is made of it: it may ask for replicas early, and never for fewer than what is
measured asks for.
"""
