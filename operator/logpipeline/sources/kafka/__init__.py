"""Kafka: what waits for a consumer group in its topics."""
