"""Small questions to a server, asked again and again until it is there."""

import http.client
import json
import socket
import ssl
from pathlib import Path

TIMEOUT_SECONDS = 2.0


def listens(port: int) -> bool:
    """Whether a server accepts connections on this port of 127.0.0.1."""
    try:
        socket.create_connection(("127.0.0.1", port), TIMEOUT_SECONDS).close()
    except OSError:
        return False
    return True


def http_get(port: int, path: str, tls: ssl.SSLContext | None = None) -> bytes | None:
    """The body of a page that is answered with 200; None for any other answer and for none."""
    connection = (
        http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT_SECONDS)
        if tls is None
        else http.client.HTTPSConnection("127.0.0.1", port, timeout=TIMEOUT_SECONDS, context=tls)
    )
    try:
        connection.request("GET", path)
        response = connection.getresponse()
        body = response.read()
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()
    return body if response.status == http.client.OK else None


def administrator(pki: Path) -> ssl.SSLContext:
    """TLS that trusts the sandbox's authority and shows the administrator's certificate."""
    context = ssl.create_default_context(cafile=pki / "ca.crt")
    context.load_cert_chain(pki / "admin.crt", pki / "admin.key")
    return context


def kubernetes_object(port: int, path: str, pki: Path) -> dict[str, object] | None:
    """An object of the API, read as the administrator; None while it is not there."""
    body = http_get(port, path, administrator(pki))
    return None if body is None else dict(json.loads(body))
