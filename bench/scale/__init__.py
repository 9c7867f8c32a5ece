"""`python -m bench.scale`: what hundreds of pipelines cost, and whether they disturb each other."""
