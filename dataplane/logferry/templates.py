"""Realistic access-log records, made faster than a broker can take them.

Encoding a fresh record costs more than sending it. So a few hundred bodies are encoded once; each record
is its own id and timestamp in front of one of them.
"""

import random
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

import msgspec

from logferry.record import AccessRecord

_BODIES: Final = 509  # a prime, so that bodies and keys do not repeat in step
_EPOCH: Final = datetime.fromtimestamp(0, UTC)

# (method, path, how many of a hundred requests, median duration in ms)
_ROUTES: Final = (
    ("GET", "/", 14, 9),
    ("GET", "/products", 16, 21),
    ("GET", "/products/{number}", 31, 14),
    ("GET", "/search?q={number}", 12, 48),
    ("GET", "/cart", 9, 11),
    ("POST", "/cart/items", 8, 26),
    ("DELETE", "/cart/items/{number}", 2, 18),
    ("POST", "/orders", 4, 120),
    ("GET", "/orders/{number}", 3, 16),
    ("GET", "/healthz", 1, 1),
)
_STATUS_CODES: Final = ((200, 930), (304, 30), (404, 22), (429, 8), (500, 6), (503, 4))
_USER_AGENTS: Final = (
    "Mozilla/5.0 Chrome/141.0",
    "Mozilla/5.0 Safari/605.1",
    "Mozilla/5.0 Firefox/143.0",
    "ShopApp/8.4.1 (Android)",
    "okhttp/5.1.0",
)


class RecordFactory:
    """Makes the records `first .. first+count` of one producer; the same seed makes the same bodies."""

    def __init__(self, prefix: str, seed: int, now: Callable[[], datetime]) -> None:
        self._head = b'{"id":"' + prefix.encode() + b"-"
        self._now = now
        rng = random.Random(seed)  # noqa: S311  realistic, not secret
        self._bodies = [_body(rng) for _ in range(_BODIES)]

    def make(self, first: int, count: int) -> list[bytes]:
        """JSON records of 250 to 290 bytes, all stamped with the present time (UTC, milliseconds)."""
        stamp = self._now().strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3].encode()
        head, middle, bodies = self._head, b'","timestamp":"' + stamp + b'Z",', self._bodies
        return [
            b"%b%d%b%b" % (head, sequence, middle, bodies[sequence % _BODIES])
            for sequence in range(first, first + count)
        ]


def _body(rng: random.Random) -> bytes:
    method, path, _, median = rng.choices(_ROUTES, [route[2] for route in _ROUTES])[0]
    status, _ = rng.choices(_STATUS_CODES, [code[1] for code in _STATUS_CODES])[0]
    record = AccessRecord(
        id="",
        timestamp=_EPOCH,
        method=method,
        path=path.replace("{number}", str(rng.randint(1, 99_999))),
        status_code=status,
        duration_nanoseconds=int(median * rng.lognormvariate(0.0, 0.6) * 1e6),
        server=f"shop-web-{rng.randint(0, 23)}",
        client=f"203.0.113.{rng.randint(1, 254)}",
        user_agent=rng.choice(_USER_AGENTS),
    )
    encoded = msgspec.json.encode(record)
    return encoded[encoded.index(b'"http.request.method"') :]
