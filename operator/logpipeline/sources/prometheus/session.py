"""An HTTP session that keeps its time and its measure, whatever the server at the other end does."""

import io
import ssl
from contextlib import suppress
from socket import SHUT_RDWR
from time import monotonic
from typing import Any, Final
from weakref import WeakSet

from requests import ConnectionError as RequestsConnectionError
from requests import PreparedRequest, RequestException, Response, Session, Timeout
from requests.adapters import BaseAdapter, HTTPAdapter
from urllib3 import PoolManager
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import HTTPError, ReadTimeoutError

MOST_BYTES: Final = 1_000_000
"""An answer with one number is a thousand times smaller."""
PIECE_BYTES: Final = 65_536


class AnswerTooLargeError(RequestException):
    """The answer is larger than any answer to our questions."""


class BoundedSession(Session):
    """A session for one server: no redirects, no retries, no proxies or passwords from the environment.

    Every request must be given a timeout, and all of the answer is had by then: the library's own is one for
    each read, so that an answer which drips would take for ever.
    """

    def __init__(self, context: ssl.SSLContext | None, connections: int) -> None:
        super().__init__()
        self.trust_env = False
        self._adapter = _BoundedAdapter(context, connections)

    def get_adapter(self, url: str | bytes) -> BaseAdapter:
        """Ours for any address: the library that is given this session would put its own before it."""
        del url
        return self._adapter

    def get_redirect_target(self, resp: Response) -> None:
        """Nowhere: credentials are for the server that the spec names."""

    def abort(self) -> None:
        """End what is under way, whatever it waits for: headers that drip, for example."""
        self._adapter.abort()

    def close(self) -> None:
        """Close the connections that are not in use."""
        super().close()
        self._adapter.close()


class _BoundedAdapter(HTTPAdapter):
    """Reads the whole answer within the request's timeout, and no more than so much of it."""

    def __init__(self, context: ssl.SSLContext | None, connections: int) -> None:
        super().__init__()
        tls: dict[str, Any] = {}
        if context is not None:
            tls = {"ssl_context": context, "assert_hostname": None if context.check_hostname else False}
        self._connections: WeakSet[HTTPConnection] = WeakSet()
        self.poolmanager = PoolManager(num_pools=1, maxsize=connections, **tls)
        self.poolmanager.pool_classes_by_scheme = _pools(self._connections)

    def cert_verify(self, *_: object) -> None:
        """The context knows whom to trust: the library would add the authorities that it brings along."""

    def send(self, request: PreparedRequest, *_: object, **options: Any) -> Response:  # noqa: ANN401 - as the library has it
        """Send it, and read all of the answer. Raises RequestException."""
        give_up = monotonic() + options["timeout"]
        response = super().send(request, **options | {"stream": True})
        try:
            body = _body(response, give_up)
        except ReadTimeoutError as late:
            raise Timeout(late) from late
        except HTTPError as broken:
            raise RequestsConnectionError(broken) from broken
        response.raw = io.BytesIO(body)
        return response

    def abort(self) -> None:
        """Shut down every connection."""
        for connection in list(self._connections):
            if connection.sock is not None:
                with suppress(OSError):
                    connection.sock.shutdown(SHUT_RDWR)


def _body(response: Response, give_up: float) -> bytes:
    body = bytearray()
    for piece in response.raw.stream(PIECE_BYTES, decode_content=True):
        body += piece
        if len(body) > MOST_BYTES:
            response.close()
            raise AnswerTooLargeError
        if monotonic() > give_up:
            response.close()
            raise Timeout
    return bytes(body)


def _pools(connections: WeakSet[HTTPConnection]) -> dict[str, type[HTTPConnectionPool]]:
    """Pools whose connections are put among `connections`."""

    class Plain(HTTPConnection):
        def connect(self) -> None:
            connections.add(self)
            super().connect()

    class Secure(HTTPSConnection):
        def connect(self) -> None:
            connections.add(self)
            super().connect()

    class PlainPool(HTTPConnectionPool):
        ConnectionCls = Plain

    class SecurePool(HTTPSConnectionPool):
        ConnectionCls = Secure

    return {"http": PlainPool, "https": SecurePool}
