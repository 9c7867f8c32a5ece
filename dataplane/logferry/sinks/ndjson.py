"""NDJSON files: one record a line, safe on disk before it is acknowledged."""

import base64
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec

from logferry.errors import UsageError

_SCHEME: Final = "file:"
_NO_VALUE: Final = b"null"


def parse_sink(text: str) -> Path:
    """The directory in `file:DIR`. Raises UsageError."""
    directory = text.removeprefix(_SCHEME)
    if not text.startswith(_SCHEME) or not directory:
        raise UsageError(f"--sink '{text}' is not a store this version can write to: use file:DIRECTORY")
    return Path(directory)


def frame(record: bytes | None) -> bytes:
    """A record as one line. Its bytes are kept, whatever they are, unless they would break the line.

    JSON over several lines is compacted; other bytes with a line feed become {"base64": "..."}; a message
    without a value becomes null.
    """
    if record is None:
        return _NO_VALUE
    if b"\n" not in record:
        return record
    try:
        return msgspec.json.format(record, indent=-1)
    except msgspec.DecodeError:
        return msgspec.json.encode({"base64": base64.b64encode(record).decode()})


class NdjsonFiles:
    """Files `NAME-0000.ndjson`, … of one process alone; the first is made with the first batch.

    Every batch is one write and one fsync. A batch that failed half way is cut off again, so a retry does
    not leave a torn line in the middle.
    """

    def __init__(self, directory: Path, name: str, *, rotate_bytes: int | None = None) -> None:
        self._directory = directory
        self._name = name
        self._rotate_bytes = rotate_bytes
        self._files = 0
        self._descriptor: int | None = None
        self._size = 0

    def __str__(self) -> str:
        """Where the files are, for messages."""
        return str(self._directory)

    def write(self, records: Sequence[bytes | None]) -> None:
        """Write and fsync one batch. Raises OSError (disk full, directory gone)."""
        lines = _join(records)
        descriptor = self._current()
        try:
            _write_all(descriptor, lines)
            os.fsync(descriptor)
        except OSError:
            os.ftruncate(descriptor, self._size)
            raise
        self._size += len(lines)

    def close(self) -> None:
        """Close the file in use."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def _current(self) -> int:
        if self._rotate_bytes is not None and self._size >= self._rotate_bytes:
            self.close()
        if self._descriptor is None:
            self._descriptor = self._create()
            self._size = 0
            self._files += 1
        return self._descriptor

    def _create(self) -> int:
        self._directory.mkdir(parents=True, exist_ok=True)
        path = self._directory / f"{self._name}-{self._files:04}.ndjson"
        descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_APPEND, 0o644)
        _sync_directory(self._directory)
        return descriptor


def _join(records: Sequence[bytes | None]) -> bytes:
    values = [record for record in records if record is not None]
    lines = b"\n".join(values) + b"\n"
    if len(values) == len(records) == lines.count(b"\n"):
        return lines
    return b"".join(frame(record) + b"\n" for record in records)


def _write_all(descriptor: int, data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def _sync_directory(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
