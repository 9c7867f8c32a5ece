"""Redis over TLS."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import redis

from sandbox import tools
from sandbox.progress import Silent
from tests.servers.pki import Pki
from tests.servers.process import free_ports, running


@dataclass(frozen=True, slots=True)
class SecuredRedis:
    """One server with a port in clear and one with TLS."""

    address: str
    """In clear, as clients take it."""
    encrypted_address: str
    client: "redis.Redis[bytes]"
    """In clear, as a user who may do everything."""

    def want_certificates(self, *, wanted: bool) -> None:
        """Whether clients over TLS must show one, from the next connection on."""
        self.client.config_set("tls-auth-clients", "yes" if wanted else "no")


@contextmanager
def secured_redis(folder: Path, pki: Pki) -> Iterator[SecuredRedis]:
    """A running server, its data in `folder`."""
    tools.install_missing(["redis-server"], Silent())
    port, tls_port = free_ports(2)
    command = [
        str(tools.find("redis-server")),
        *("--bind", "127.0.0.1", "--port", str(port), "--tls-port", str(tls_port), "--save", ""),
        *(
            "--tls-cert-file",
            str(pki.folder / "server.crt"),
            "--tls-key-file",
            str(pki.folder / "server.key"),
        ),
        *("--tls-ca-cert-file", str(pki.folder / "ca.crt"), "--tls-auth-clients", "no"),
    ]
    with (
        redis.Redis(port=port, socket_timeout=2) as client,
        running(command, folder, lambda: _answers(client)),
    ):
        yield SecuredRedis(f"redis://127.0.0.1:{port}/0", f"rediss://127.0.0.1:{tls_port}/0", client)


def _answers(client: "redis.Redis[bytes]") -> bool:
    try:
        return bool(client.ping())
    except redis.RedisError:
        return False
