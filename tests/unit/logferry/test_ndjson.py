import os
from collections.abc import Sequence
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from logferry.errors import UsageError
from logferry.sinks.ndjson import NdjsonFiles, frame, parse_sink


def lines_of(directory: Path) -> list[bytes]:
    return [line for file in sorted(directory.iterdir()) for line in file.read_bytes().split(b"\n")[:-1]]


def test_every_record_is_a_line(tmp_path: Path):
    files = NdjsonFiles(tmp_path / "new", "worker")
    files.write([b'{"id":"a-0"}', b"\xff not json"])
    files.write([b'{"id":"a-1"}'])
    files.close()

    assert lines_of(tmp_path / "new") == [b'{"id":"a-0"}', b"\xff not json", b'{"id":"a-1"}']


@pytest.mark.parametrize(
    ("record", "line"),
    [
        (b'{\n  "id": "a-0"\n}', b'{"id":"a-0"}'),
        (b"two\nlines", b'{"base64":"dHdvCmxpbmVz"}'),
        (b"\r", b"\r"),
        (b"", b""),
        (None, b"null"),
    ],
)
def test_a_record_that_would_break_the_line_keeps_its_meaning(record: bytes | None, line: bytes):
    assert frame(record) == line


@given(st.lists(st.none() | st.binary(max_size=20) | st.sampled_from([b"a\nb", b"\n"]), min_size=1))
def test_there_are_as_many_lines_as_records(
    tmp_path_factory: pytest.TempPathFactory, records: Sequence[bytes]
):
    directory = tmp_path_factory.mktemp("records")
    files = NdjsonFiles(directory, "worker")
    files.write(records)
    files.close()

    assert lines_of(directory) == [frame(record) for record in records]


def test_a_failed_batch_leaves_no_torn_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    files = NdjsonFiles(tmp_path, "worker")
    files.write([b"first"])

    def disk_full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", disk_full)
        with pytest.raises(OSError, match="No space"):
            files.write([b"second"])
    files.write([b"second"])
    files.close()

    assert lines_of(tmp_path) == [b"first", b"second"]


def test_files_are_rotated_by_size(tmp_path: Path):
    files = NdjsonFiles(tmp_path, "worker", rotate_bytes=10)
    for number in range(4):
        files.write([b"record-%d" % number])
    files.close()

    assert [file.name for file in sorted(tmp_path.iterdir())] == ["worker-0000.ndjson", "worker-0001.ndjson"]
    assert len(lines_of(tmp_path)) == 4


def test_an_idle_worker_leaves_no_empty_file(tmp_path: Path):
    NdjsonFiles(tmp_path, "worker").close()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("text", ["", "file:", "records", "s3:bucket"])
def test_a_store_we_do_not_know_is_refused(text: str):
    with pytest.raises(UsageError, match="file:DIRECTORY"):
        parse_sink(text)


@given(st.binary())
def test_base64_gives_the_bytes_back(record: bytes):
    line = frame(b"\n" + record)
    assert b"\n" not in line
    assert msgspec.json.decode(line) is not None or record.strip() == b"null"
