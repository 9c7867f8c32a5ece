"""Redis, in memory alone: nothing is written to disk, so a restart begins empty."""

import redis

from sandbox.component import Component
from sandbox.layout import Layout
from sandbox.tools import find


def _command(layout: Layout) -> list[str]:
    return [
        str(find("redis-server")),
        *("--bind", "127.0.0.1"),
        *("--port", str(layout.port("redis"))),
        *("--dir", str(layout.data("redis"))),
        *("--save", ""),
        *("--appendonly", "no"),
        *("--daemonize", "no"),
    ]


def _ready(layout: Layout) -> bool:
    with redis.Redis(port=layout.port("redis"), socket_timeout=2) as client:
        try:
            return bool(client.ping())
        except redis.RedisError:
            return False


REDIS = Component(
    name="redis",
    group="redis",
    port="redis",
    command=_command,
    ready=_ready,
    tools=("redis-server",),
)
