from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logferry.count import Counter, SequenceSet, count_files
from logferry.errors import UsageError


def write(path: Path, *ids: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f'{{"x":1,"id":"{record_id}"}}\n' for record_id in ids))


def test_duplicates_and_gaps_are_found_across_files(tmp_path: Path):
    write(tmp_path / "a" / "one.ndjson", "p-0", "p-1", "p-5")
    write(tmp_path / "b" / "two.ndjson", "p-1", "q-0", "elsewhere")

    count = count_files([tmp_path / "a", tmp_path / "b"])

    assert (count.files, count.lines, count.distinct, count.duplicates) == (2, 6, 5, 1)
    assert count.missing == 3
    assert count.prefixes["p"].first_gaps == ((2, 4),)
    assert count.prefixes["q"].missing == 0


def test_a_line_torn_by_a_crash_is_counted_as_unreadable(tmp_path: Path):
    (tmp_path / "torn.ndjson").write_bytes(b'{"id":"p-0"}\n\xff\n\n{"no":"id"}\n{"id":7}\nnull\n{"id":"p-1')

    count = count_files([tmp_path])

    assert (count.lines, count.distinct, count.unreadable) == (7, 1, 6)


def test_a_directory_that_is_not_there_is_no_empty_one(tmp_path: Path):
    with pytest.raises(UsageError, match="not a directory"):
        count_files([tmp_path / "nowhere"])


@given(st.binary())
def test_no_line_stops_the_count(line: bytes):
    counter = Counter()
    counter.add(line)
    result = counter.result(files=1)
    assert result.distinct + result.unreadable == 1


@given(st.lists(st.integers(0, 20_000)))
def test_the_bits_are_a_set(numbers: list[int]):
    sequences = SequenceSet()
    new = sum(sequences.add(number) for number in numbers)

    assert new == len(sequences) == len(set(numbers))
    gaps = {number for first, last in sequences.gaps() for number in range(first, last + 1)}
    assert gaps == set(range(sequences.last + 1)) - set(numbers)
