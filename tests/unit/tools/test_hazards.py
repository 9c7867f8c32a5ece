"""The page of hazards says what the tests' own names say."""

from pathlib import Path

import pytest

from tools import hazards
from tools.hazards import Hazard, hazards_of

SOURCE = '''"""Kafka, when brokers fail.

More is said here.
"""

@hazard(seen="`PartlyMeasured`", done="held")
async def test_one_of_three_brokers_is_frozen(): ...

@pytest.mark.parametrize("x", [1])
@hazard(seen="nothing", done="wakes")
def test_when_a_topic_grows(x): ...

def test_of_something_else(): ...
'''


def test_names_become_sentences_in_the_order_of_the_file() -> None:
    assert list(hazards_of(SOURCE)) == [
        Hazard("One of three brokers is frozen", "`PartlyMeasured`", "held"),
        Hazard("A topic grows", "nothing", "wakes"),
    ]


def test_a_file_of_tests_is_a_table_under_its_own_title(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "test_brokers.py").write_text(SOURCE)
    (tmp_path / "test_nothing.py").write_text('"""Nothing."""\n')
    monkeypatch.setattr(hazards, "TESTS", tmp_path)
    page = hazards.render()
    assert page.count("## ") == 1
    assert "## Kafka, when brokers fail\n" in page
    assert "| One of three brokers is frozen | `PartlyMeasured` | held |\n" in page


def test_what_is_said_must_be_plain_text() -> None:
    with pytest.raises(ValueError, match="malformed"):
        list(hazards_of("@hazard(seen=reason, done='held')\ndef test_it(): ...\n"))
