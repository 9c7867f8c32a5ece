"""Real Kubernetes, Kafka and Redis on one machine, for the demo and the tests: `python -m sandbox --help`."""
