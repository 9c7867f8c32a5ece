"""HTTP for the cluster: /healthz, /readyz and /metrics."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from prometheus_client import CollectorRegistry
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

from logferry.errors import UsageError
from logferry.health import Health

_PLAIN = "text/plain; charset=utf-8"
_HIGHEST_PORT = 65535


@dataclass(frozen=True, slots=True)
class Address:
    """Where to listen. An empty host means every interface."""

    host: str
    port: int


def parse_listen(text: str) -> Address | None:
    """`HOST:PORT`, `:PORT`, or None for `off`. Raises UsageError."""
    if text == "off":
        return None
    host, colon, port = text.rpartition(":")
    if not colon or not port.isascii() or not port.isdecimal() or int(port) > _HIGHEST_PORT:
        raise UsageError(f"--listen '{text}' is not an address: write HOST:PORT, :PORT, or off")
    return Address(host.strip("[]"), int(port))


@contextmanager
def serve(address: Address | None, health: Health, registry: CollectorRegistry) -> Iterator[int | None]:
    """Answer probes and scrapes meanwhile; gives the port. Raises UsageError when it is taken."""
    if address is None:
        yield None
        return
    server = _bind(address, _make_handler(health, registry))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True


def _bind(address: Address, handler: type[BaseHTTPRequestHandler]) -> ThreadingHTTPServer:
    try:
        return _Server((address.host, address.port), handler)
    except OSError as error:
        raise UsageError(
            f"cannot listen on {address.host or '*'}:{address.port} ({error.strerror}): "
            "give another --listen HOST:PORT, or --listen off"
        ) from error


def _make_handler(health: Health, registry: CollectorRegistry) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            match self.path.partition("?")[0]:
                case "/healthz":
                    self._answer_probe(health.stuck)
                case "/readyz":
                    self._answer_probe(health.obstacle)
                case "/metrics":
                    self._answer(HTTPStatus.OK, CONTENT_TYPE_LATEST, generate_latest(registry))
                case _:
                    self._answer(HTTPStatus.NOT_FOUND, _PLAIN, b"try /healthz, /readyz or /metrics\n")

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002, ANN401  http.server's
            """Probes are no news."""

        def _answer_probe(self, trouble: str | None) -> None:
            status = HTTPStatus.OK if trouble is None else HTTPStatus.SERVICE_UNAVAILABLE
            self._answer(status, _PLAIN, f"{trouble or 'ok'}\n".encode())

        def _answer(self, status: HTTPStatus, content_type: str, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    return Handler
