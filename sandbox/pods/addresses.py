"""One loopback address per pod: on Linux all of 127.0.0.0/8 is this machine.

A pod keeps its address from the first status to its end. The API server remembers them
(`status.podIP`), so a restarted runner claims those of the living before it gives new ones.
"""

from collections.abc import Iterator
from ipaddress import IPv4Address, IPv4Network
from itertools import chain

_UNUSED_LAST_OCTETS = frozenset({0, 255})


class NoAddressLeftError(Exception):
    """Every address of the range belongs to a living pod."""


class Addresses:
    """Addresses of one range, given in turn so that a freed one rests before it is used again."""

    def __init__(self, network: IPv4Network) -> None:
        self._network = network
        self._last = network.network_address
        self._by_uid: dict[str, str] = {}
        self._taken: set[str] = set()

    def claim(self, uid: str, address: str) -> None:
        """Keep the address that a pod already has; one outside the range or taken is ignored."""
        if uid in self._by_uid or address in self._taken or IPv4Address(address) not in self._network:
            return
        self._give(uid, address)

    def assign(self, uid: str) -> str:
        """The pod's address, its old one if it has one.

        Raises NoAddressLeftError: as many pods live as there are addresses.
        """
        if uid in self._by_uid:
            return self._by_uid[uid]
        for candidate in self._candidates():
            if str(candidate) not in self._taken:
                self._last = candidate
                self._give(uid, str(candidate))
                return str(candidate)
        raise NoAddressLeftError(f"{len(self._taken)} pods hold every address of {self._network}")

    def release(self, uid: str) -> None:
        """The pod is gone; its address may be used again."""
        address = self._by_uid.pop(uid, None)
        if address is not None:
            self._taken.discard(address)

    def _give(self, uid: str, address: str) -> None:
        self._by_uid[uid] = address
        self._taken.add(address)

    def _candidates(self) -> Iterator[IPv4Address]:
        first, last = int(self._network.network_address), int(self._network.broadcast_address)
        after = range(int(self._last) + 1, last + 1)
        before = range(first, int(self._last) + 1)
        for number in chain(after, before):
            if number & 0xFF not in _UNUSED_LAST_OCTETS:
                yield IPv4Address(number)
