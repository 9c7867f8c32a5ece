"""How a connection is called in front of people: never with its credentials."""

from urllib.parse import urlsplit

from logpipeline.sources.base import (
    Connection,
    KafkaConnection,
    PrometheusConnection,
    RedisNodes,
    RedisSentinels,
)

UNREADABLE = "the given address"
REDIS_PORT = 6379
HTTP_PORT, HTTPS_PORT = 80, 443


def name_of(connection: Connection) -> str:
    """The connection as `host:port`, fit for messages and logs."""
    if isinstance(connection, KafkaConnection):
        return connection.bootstrap_servers
    if isinstance(connection, PrometheusConnection):
        return _host_and_port(
            connection.address, HTTPS_PORT if connection.address.startswith("https:") else HTTP_PORT
        )
    match connection.servers:
        case RedisSentinels(addresses, master):
            return f"{master} of the sentinels {','.join(addresses)}"
        case RedisNodes(addresses):
            return ",".join(addresses)
        case server:
            return _host_and_port(server.address, REDIS_PORT)


def _host_and_port(address: str, usual_port: int) -> str:
    """What of an address may be shown.

    It can hold a user and a password, and one that cannot be parsed can hold them anywhere: then nothing of
    it is shown, nor where a password with a slash in it has been taken for the port.
    """
    try:
        url = urlsplit(address)
        port = url.port or usual_port
    except ValueError:
        return UNREADABLE
    cut_short = "@" in f"{url.path}{url.query}{url.fragment}"
    return UNREADABLE if cut_short or not url.hostname else f"{url.hostname}:{port}"
