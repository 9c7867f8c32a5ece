"""Where the load generator sends records to."""

from logferry.transports.base import Transport
from logferry.transports.kafka import KafkaTransport
from logferry.transports.redis import RedisTransport

__all__ = ["KafkaTransport", "RedisTransport", "Transport"]
