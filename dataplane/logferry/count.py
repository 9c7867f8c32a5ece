"""Counts records in NDJSON files by their ids: was everything delivered, and how often.

Sequence numbers are kept as bits, so two million records need a quarter of a megabyte, not two hundred.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import msgspec

from logferry.errors import UsageError
from logferry.record import Identified, split_id

_PAGE_BITS: Final = 4_096
_GAPS_SHOWN: Final = 10
_BUFFER_BYTES: Final = 1 << 20


class SequenceSet:
    """Sequence numbers in pages of bits: dense numbers cost a bit each, a stray one half a kilobyte."""

    def __init__(self) -> None:
        self._pages: dict[int, bytearray] = {}
        self._length = 0
        self._last = -1

    def __len__(self) -> int:
        return self._length

    @property
    def last(self) -> int:
        """The highest number; -1 when there is none."""
        return self._last

    def add(self, number: int) -> bool:
        """Whether the number was new."""
        page, bit = divmod(number, _PAGE_BITS)
        bits = self._pages.get(page)
        if bits is None:
            bits = self._pages[page] = bytearray(_PAGE_BITS // 8)
        mask = 1 << (bit & 7)
        if bits[bit >> 3] & mask:
            return False
        bits[bit >> 3] |= mask
        self._length += 1
        self._last = max(self._last, number)
        return True

    def gaps(self) -> Iterator[tuple[int, int]]:
        """Missing numbers from 0 to the highest, as inclusive ranges."""
        expected = 0
        for number in self._numbers():
            if number > expected:
                yield expected, number - 1
            expected = number + 1

    def _numbers(self) -> Iterator[int]:
        for page in sorted(self._pages):
            bits = self._pages[page]
            start = page * _PAGE_BITS
            yield from (start + bit for bit in range(_PAGE_BITS) if bits[bit >> 3] >> (bit & 7) & 1)


class PrefixCount(msgspec.Struct, frozen=True):
    """One producer's records. Its sequence begins at 0; what comes after `last` nobody here can know."""

    distinct: int
    last: int
    missing: int
    first_gaps: tuple[tuple[int, int], ...]


class Count(msgspec.Struct, frozen=True):
    """What the files hold. `unreadable` lines have no id: torn by a crash, or not ours."""

    files: int
    lines: int
    distinct: int
    duplicates: int
    unreadable: int
    missing: int
    prefixes: dict[str, PrefixCount]


class Counter:
    """Adds up lines, one at a time."""

    def __init__(self) -> None:
        self._decode = msgspec.json.Decoder(Identified).decode
        self._sequences: dict[str, SequenceSet] = {}
        self._other_ids: set[str] = set()
        self._lines = 0
        self._duplicates = 0
        self._unreadable = 0

    def add(self, line: bytes) -> None:
        """Count one line."""
        self._lines += 1
        try:
            record_id = self._decode(line).id
        except (msgspec.DecodeError, UnicodeDecodeError):
            self._unreadable += 1
            return
        if not self._is_new(record_id):
            self._duplicates += 1

    def result(self, files: int) -> Count:
        """The sums, with the gaps of every prefix."""
        prefixes = {prefix: _summarize(numbers) for prefix, numbers in sorted(self._sequences.items())}
        return Count(
            files=files,
            lines=self._lines,
            distinct=sum(map(len, self._sequences.values())) + len(self._other_ids),
            duplicates=self._duplicates,
            unreadable=self._unreadable,
            missing=sum(prefix.missing for prefix in prefixes.values()),
            prefixes=prefixes,
        )

    def _is_new(self, record_id: str) -> bool:
        parts = split_id(record_id)
        if parts is None:
            before = len(self._other_ids)
            self._other_ids.add(record_id)
            return len(self._other_ids) > before
        prefix, number = parts
        numbers = self._sequences.get(prefix)
        if numbers is None:
            numbers = self._sequences[prefix] = SequenceSet()
        return numbers.add(number)


def count_files(directories: Sequence[Path]) -> Count:
    """Count every `*.ndjson` file below the directories. Raises UsageError for one that is not there."""
    counter = Counter()
    files = 0
    for path in _ndjson_files(directories):
        files += 1
        with path.open("rb", buffering=_BUFFER_BYTES) as lines:
            for line in lines:
                counter.add(line)
    return counter.result(files)


def _ndjson_files(directories: Sequence[Path]) -> Iterator[Path]:
    for directory in directories:
        if not directory.is_dir():
            raise UsageError(f"{directory} is not a directory with NDJSON files")
        yield from sorted(directory.rglob("*.ndjson"))


def _summarize(numbers: SequenceSet) -> PrefixCount:
    missing = numbers.last + 1 - len(numbers)
    gaps: list[tuple[int, int]] = []
    if missing:
        for gap in numbers.gaps():
            gaps.append(gap)
            if len(gaps) == _GAPS_SHOWN:
                break
    return PrefixCount(distinct=len(numbers), last=numbers.last, missing=missing, first_gaps=tuple(gaps))
