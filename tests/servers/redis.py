"""Redis over TLS: a server, a sentinel that watches it, a cluster."""

import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import redis

from sandbox import tools
from sandbox.progress import Silent
from sandbox.readiness import listens
from tests.servers.pki import Pki
from tests.servers.process import free_ports, running

MASTER, SENTINEL_PASSWORD = "shop", "sentinel-right"
SLOTS = 16_384
WITHIN_SECONDS = 90.0


@dataclass(frozen=True, slots=True)
class SecuredRedis:
    """One server with a port in clear and one with TLS."""

    address: str
    """In clear, as clients take it."""
    encrypted_address: str
    encrypted: str
    """The same as `host:port`."""
    client: "redis.Redis[bytes]"
    """In clear, as a user who may do everything."""

    def want_certificates(self, *, wanted: bool) -> None:
        """Whether clients over TLS must show one, from the next connection on."""
        self.client.config_set("tls-auth-clients", "yes" if wanted else "no")


@contextmanager
def secured_redis(folder: Path, pki: Pki, *options: str) -> Iterator[SecuredRedis]:
    """A running server, its data in `folder`."""
    port, tls_port = free_ports(2)
    folder.mkdir(exist_ok=True)
    command = [
        *(_binary(), "--bind", "127.0.0.1", "--port", str(port), "--tls-port", str(tls_port), "--save", ""),
        *(word for name, value in _tls(pki).items() for word in (f"--{name}", value)),
        *options,
    ]
    with (
        redis.Redis(port=port, socket_timeout=2) as client,
        running(command, folder, lambda: _answers(client)),
    ):
        encrypted = f"127.0.0.1:{tls_port}"
        yield SecuredRedis(f"redis://127.0.0.1:{port}/0", f"rediss://{encrypted}/0", encrypted, client)


@contextmanager
def secured_sentinel(folder: Path, pki: Pki, primary: SecuredRedis) -> Iterator[str]:
    """The `host:port` of a sentinel that knows `primary` as MASTER, over TLS and with SENTINEL_PASSWORD."""
    (port,) = free_ports(1)
    host, _, primary_port = primary.encrypted.rpartition(":")
    settings = {
        "bind": "127.0.0.1",
        "port": "0",
        "tls-port": str(port),
        "tls-replication": "yes",
        **_tls(pki),
        "requirepass": SENTINEL_PASSWORD,
        "sentinel monitor": f"{MASTER} {host} {primary_port} 1",
    }
    folder.mkdir()
    configuration = folder / "sentinel.conf"  # it writes to it
    configuration.write_text("".join(f"{name} {value}\n" for name, value in settings.items()))
    with running([_binary(), str(configuration), "--sentinel"], folder, lambda: listens(port)):
        yield f"127.0.0.1:{port}"


@contextmanager
def secured_cluster(folder: Path, pki: Pki) -> Iterator[Sequence[SecuredRedis]]:
    """Two nodes with half of the slots each, which speak TLS with each other too."""
    options = ("--cluster-enabled", "yes", "--tls-cluster", "yes")
    with ExitStack() as stack:
        buses = free_ports(2)
        nodes = [
            stack.enter_context(secured_redis(folder / str(bus), pki, *options, "--cluster-port", str(bus)))
            for bus in buses
        ]
        for node, first in zip(nodes, (0, SLOTS // 2), strict=True):
            node.client.execute_command("CLUSTER ADDSLOTSRANGE", first, first + SLOTS // 2 - 1)
        host, _, port = nodes[0].encrypted.rpartition(":")
        nodes[1].client.execute_command("CLUSTER MEET", host, port, buses[0])
        give_up = time.monotonic() + WITHIN_SECONDS
        while not all(_is_whole(node) for node in nodes):
            assert time.monotonic() < give_up, "the cluster never became whole"
            time.sleep(0.05)
        yield nodes


def _binary() -> str:
    tools.install_missing(["redis-server"], Silent())
    return str(tools.find("redis-server"))


def _tls(pki: Pki) -> dict[str, str]:
    return {
        "tls-cert-file": str(pki.folder / "server.crt"),
        "tls-key-file": str(pki.folder / "server.key"),
        "tls-client-cert-file": str(pki.folder / "server-as-client.crt"),
        "tls-client-key-file": str(pki.folder / "server-as-client.key"),
        "tls-ca-cert-file": str(pki.folder / "ca.crt"),
        "tls-auth-clients": "no",
    }


def _is_whole(node: SecuredRedis) -> bool:
    state = node.client.execute_command("CLUSTER INFO")
    return state["cluster_state"] == "ok" and state["cluster_known_nodes"] == "2"


def _answers(client: "redis.Redis[bytes]") -> bool:
    try:
        return bool(client.ping())
    except redis.RedisError:
        return False
