"""What `kubectl logs` asks a node for, over TLS: `GET /containerLogs/{namespace}/{pod}/{container}`.

The API server is recognised by a client certificate of the cluster's authority. Offered are
`follow`, `tailLines` and `limitBytes`. A file holds all runs of its container, one after the
other, so `previous` has nothing of its own to show.
"""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Self

from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from sandbox.pods.files import write_file
from sandbox.pods.status import HOST_ADDRESS

POLL_SECONDS = 0.2
CHUNK_BYTES = 64 * 1024
_LIFETIME = timedelta(days=365)

IsLive = Callable[[str], bool]
"""Whether the pod with this folder name still runs here: what `follow` follows."""


class LogServer:
    """Serves the log files below a state folder; `port` is what the Node tells the API server."""

    def __init__(self, state: Path, is_live: IsLive) -> None:
        self._state = state
        self._is_live = is_live
        application = web.Application()
        application.router.add_get("/containerLogs/{namespace}/{pod}/{container}", self._answer)
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=1)
        self.port = 0

    async def start(self, authority: str) -> Self:
        """Listen on a free port of this machine."""
        await self._runner.setup()
        context = _tls(self._state / "serving", authority)
        await web.TCPSite(self._runner, HOST_ADDRESS, 0, ssl_context=context).start()
        self.port = self._runner.addresses[0][1]
        return self

    async def close(self) -> None:
        """Stop listening; answers under way are cut off."""
        await self._runner.cleanup()

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        file = self._find(**request.match_info)
        if file is None:
            raise web.HTTPNotFound(text=f"no log of {'/'.join(request.match_info.values())} on this node")
        if request.query.get("previous") == "true":
            raise web.HTTPBadRequest(text="earlier runs are in the same log; leave --previous out")
        lines = request.query.get("tailLines")
        start = 0 if lines is None else start_of_tail(file.read_bytes(), int(lines))
        response = web.StreamResponse(headers={"Content-Type": "text/plain; charset=utf-8"})
        await response.prepare(request)
        left = int(request.query.get("limitBytes", 0)) or None
        follow = request.query.get("follow") == "true"
        async for chunk in self._read(file, start, follow=follow):
            await response.write(chunk[:left])
            if left is not None and (left := left - len(chunk)) <= 0:
                break
        return response

    def _find(self, namespace: str, pod: str, container: str) -> Path | None:
        """The newest log of that name: pods of a StatefulSet come back under their old one."""
        found = self._state.glob(f"{namespace}_{pod}_????????/{container}.log")
        return max(found, key=lambda file: file.stat().st_mtime_ns, default=None)

    async def _read(self, file: Path, start: int, *, follow: bool) -> AsyncIterator[bytes]:
        with file.open("rb") as log:
            log.seek(start)
            while True:
                # Asked before reading: what a pod wrote last is read even if it ends meanwhile.
                more = follow and self._is_live(file.parent.name)
                while chunk := log.read(CHUNK_BYTES):
                    yield chunk
                if not more:
                    return
                await asyncio.sleep(POLL_SECONDS)


def start_of_tail(content: bytes, lines: int) -> int:
    """The offset in bytes where the last so many lines begin."""
    kept = content.splitlines(keepends=True)[-lines:] if lines > 0 else []
    return len(content) - sum(map(len, kept))


def _tls(folder: Path, authority: str) -> ssl.SSLContext:
    """A certificate of our own (the API server does not check it), and callers of the cluster's only."""
    certificate, key = folder / "tls.crt", folder / "tls.key"
    _write_certificate(certificate, key)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=authority)
    context.load_cert_chain(certificate, key)
    context.verify_mode = ssl.CERT_REQUIRED
    return context


def _write_certificate(certificate_file: Path, key_file: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sandbox-pod-runner")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=1))
        .not_valid_after(now + _LIFETIME)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    write_file(key_file, private, mode=0o600)
    write_file(certificate_file, certificate.public_bytes(serialization.Encoding.PEM), mode=0o644)
