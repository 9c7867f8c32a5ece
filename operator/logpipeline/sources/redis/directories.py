"""Which `Directory` a connection needs."""

from typing import Final

from logpipeline.sources.base import Clock, RedisConnection, RedisNodes, RedisSentinels
from logpipeline.sources.credentials import Credentials
from logpipeline.sources.redis.cluster import ClusterDirectory
from logpipeline.sources.redis.nodes import Clients, sentinel_clients, server_of
from logpipeline.sources.redis.places import Directory, SingleServer
from logpipeline.sources.redis.sentinel import SentinelDirectory

SHARE: Final = 0.3
"""Of the time of a pass, for finding out whom to ask."""


def directory_of(
    connection: RedisConnection, credentials: Credentials, clients: Clients, *, seconds: float, clock: Clock
) -> Directory:
    """The one for its servers; `clients` are those of the servers that hold the records.

    Raises ValueError for an address, CredentialsError.
    """
    match connection.servers:
        case RedisSentinels() as sentinels:
            own = sentinel_clients(sentinels, credentials, seconds)
            return SentinelDirectory(sentinels, own, seconds=SHARE * seconds, clock=clock)
        case RedisNodes() as nodes:
            return ClusterDirectory(nodes, clients, seconds=SHARE * seconds, clock=clock)
        case server:
            return SingleServer(server_of(connection, server.address))
