"""How a connection is called in front of people: never with its credentials."""

from urllib.parse import urlsplit

from logpipeline.sources.base import Connection, KafkaConnection

UNREADABLE = "the given address"


def name_of(connection: Connection) -> str:
    """The connection as `host:port`, fit for messages and logs.

    An address can hold a user and a password, and one that cannot be parsed can hold them anywhere: then
    nothing of it is shown, nor where a password with a slash in it has been taken for the port.
    """
    if isinstance(connection, KafkaConnection):
        return connection.bootstrap_servers
    try:
        url = urlsplit(connection.address)
        port = url.port or 6379
    except ValueError:
        return UNREADABLE
    cut_short = "@" in f"{url.path}{url.query}{url.fragment}"
    return UNREADABLE if cut_short or not url.hostname else f"{url.hostname}:{port}"
