from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from logferry.record import AccessRecord, format_id, split_id
from logferry.templates import RecordFactory

NOON = datetime(2026, 11, 11, 12, 0, 0, 123_456, tzinfo=UTC)


def make(seed: int = 1, count: int = 2_000) -> list[bytes]:
    return RecordFactory("0a1b2c3d", seed, lambda: NOON).make(1_000_000, count)


def test_records_have_the_size_of_real_ones():
    sizes = [len(record) for record in make()]
    assert 250 <= sum(sizes) / len(sizes) <= 290


def test_a_generated_record_is_a_valid_access_record():
    records = [msgspec.json.decode(record, type=AccessRecord) for record in make()]
    assert records[7].id == "0a1b2c3d-1000007"
    assert records[7].timestamp == NOON.replace(microsecond=123_000)
    assert {record.method for record in records} >= {"GET", "POST"}
    assert {record.status_code for record in records} >= {200, 404}


def test_attributes_have_the_names_of_opentelemetry():
    assert {"http.request.method", "url.path", "http.response.status_code"} <= set(
        msgspec.json.decode(make()[0])
    )


def test_the_same_seed_makes_the_same_traffic():
    assert make(seed=5) == make(seed=5)
    assert make(seed=5) != make(seed=6)


@given(st.text(), st.integers(0, 10**14))
def test_an_id_can_be_taken_apart_again(prefix: str, sequence: int):
    assert split_id(format_id(prefix, sequence)) == (prefix, sequence)


@pytest.mark.parametrize("record_id", ["", "-", "a", "a-", "a-b", "7", "a-٣", "a-" + "9" * 40])
def test_ids_of_others_have_no_sequence(record_id: str):
    assert split_id(record_id) is None
