"""Objects by key, safe against the order in which kopf delivers events."""

from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class _Entry(Generic[K, V]):
    key: K
    version: str
    value: V


class Table(Generic[K, V]):
    """The last value of every object, by its uid and by a key.

    kopf orders the events of one object, not those of an object and of its successor under the same
    name. So the entry of a deleted object never takes its successor's with it, and where two share a key
    the one that came last is shown.
    """

    def __init__(self) -> None:
        self._entries: dict[str, _Entry[K, V]] = {}
        self._keys: dict[K, dict[str, V]] = {}

    def put(self, uid: str, version: str, key: K, value: V) -> V | None:
        """Keep `value`, and return the one that the object had before."""
        before = self.drop(uid)
        self._entries[uid] = _Entry(key, version, value)
        self._keys.setdefault(key, {})[uid] = value
        return before

    def drop(self, uid: str) -> V | None:
        """Forget the object, and return the value that it had."""
        entry = self._entries.pop(uid, None)
        if entry is None:
            return None
        holders = self._keys[entry.key]
        del holders[uid]
        if not holders:
            del self._keys[entry.key]
        return entry.value

    def get(self, key: K) -> V | None:
        """The value under `key`."""
        holders = self._keys.get(key)
        return holders[next(reversed(holders))] if holders else None

    def values(self) -> Iterator[V]:
        """One value for every key."""
        return (holders[next(reversed(holders))] for holders in tuple(self._keys.values()))

    def versions(self) -> Mapping[str, str]:
        """The resource version of every object, by uid."""
        return {uid: entry.version for uid, entry in self._entries.items()}
