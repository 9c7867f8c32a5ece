"""The page of hazards says what the tests' own names say."""

from pathlib import Path

import pytest

from tools import hazards
from tools.hazards import Hazard, hazards_of

SOURCE = '''"""Kafka, when brokers fail."""

@hazard(seen="`PartlyMeasured`", done="Held")
async def test_one_of_three_brokers_is_frozen(): ...

@pytest.mark.parametrize("x", [1])
@hazard(seen="Nothing", done="Scaled")
def test_when_a_kafka_topic_grows(x): ...

@hazard(seen="Nothing", done="Scaled")
def test_the_acls_of_the_api_server_give_nan(x): ...

def test_of_something_else(): ...
'''
HAZARDS = [
    hazard
    for path in hazards.TESTS.rglob("test_*.py")
    if path != Path(__file__)
    for hazard in hazards_of(path.read_text())
]


@pytest.fixture
def tests(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(hazards, "TESTS", tmp_path)
    monkeypatch.setattr(hazards, "SECTIONS", {"Kafka: brokers": ("test_brokers.py", "test_*brokers.py")})
    return tmp_path


def test_names_become_sentences_in_the_order_of_the_file() -> None:
    assert list(hazards_of(SOURCE)) == [
        Hazard("One of three brokers is frozen", "`PartlyMeasured`", "Held"),
        Hazard("A Kafka topic grows", "Nothing", "Scaled"),
        Hazard("The ACLs of the API server give NaN", "Nothing", "Scaled"),
    ]


def test_hazards_are_in_the_table_of_their_section_and_those_that_are_met_alike_share_a_row(
    tests: Path,
) -> None:
    (tests / "test_brokers.py").write_text(SOURCE)
    (tests / "test_nothing.py").write_text('"""Nothing."""\n')
    page = hazards.render()
    assert page.count("## ") == 1
    assert "## Kafka: brokers\n" in page
    assert "| One of three brokers is frozen | `PartlyMeasured` | Held |\n" in page
    assert "| A Kafka topic grows<br>The ACLs of the API server give NaN | Nothing | Scaled |\n" in page


def test_a_file_without_a_section_is_named(tests: Path) -> None:
    (tests / "test_more.py").write_text(SOURCE)
    with pytest.raises(LookupError, match=r"test_more\.py: give it a section in tools/hazards\.py"):
        hazards.render()


def test_what_is_said_must_be_plain_text() -> None:
    with pytest.raises(ValueError, match="malformed"):
        list(hazards_of("@hazard(seen=reason, done='held')\ndef test_it(): ...\n"))


@pytest.mark.parametrize("hazard", HAZARDS, ids=lambda hazard: hazard.when)
def test_status_names_a_reason_or_nothing_and_what_is_done_is_a_sentence_without_a_full_stop(
    hazard: Hazard,
) -> None:
    assert hazard.seen.startswith(("`", "Nothing"))
    for text in hazard.answer:
        assert text[0] == "`" or text[0].isupper()
        assert not text.endswith(".")
        assert "|" not in text
