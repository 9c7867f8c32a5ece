from hypothesis import given
from hypothesis import strategies as st

from logferry.stream import place_of, record_of


def test_a_record_goes_through_as_it_is():
    assert record_of({b"record": b"\xff\x00", b"other": b"x"}) == b"\xff\x00"


def test_an_entry_of_another_producer_becomes_json():
    assert record_of({b"path": b"/cart", b"status": b"200"}) == b'{"path":"/cart","status":"200"}'


@given(st.dictionaries(st.binary(), st.binary()))
def test_no_entry_is_too_strange_to_pass_on(fields: dict[bytes, bytes]):
    assert isinstance(record_of(fields), bytes)


def test_messages_do_not_show_passwords():
    assert place_of("redis://user:secret@redis:6379/0") == "redis://redis:6379"
    assert place_of("rediss://redis:6379/0") == "rediss://redis:6379"
