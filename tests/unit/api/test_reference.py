import re

from logpipeline.api import reference
from logpipeline.api.logpipeline import LogPipeline
from logpipeline.api.schema import structural_schema


def test_every_object_of_the_resource_has_its_table() -> None:
    page = reference.render()
    links = set(re.findall(r"\(#(\w+)\)", page))
    headings = {
        re.sub(r"\W", "", heading).lower() for heading in re.findall(r"^## `(.*)`$", page, re.MULTILINE)
    }
    assert links <= headings
    assert {"spec", "status", *structural_schema(LogPipeline)["properties"]} <= headings


def test_a_reader_sees_type_default_bounds_and_meaning_of_a_field() -> None:
    row = "| `drainWithin` | duration | `5m` | must be from 1s to 7d | A backlog is to be gone"
    assert row in reference.render()


def test_a_reader_sees_which_fields_must_be_given() -> None:
    assert "| `maxReplicas` | integer | required | 1 to 10,000 |" in reference.render()


def test_no_row_breaks_its_table() -> None:
    rows = [line for line in reference.render().splitlines() if line.startswith("|")]
    tables = re.split(r"\n(?!\|)", reference.render())
    assert len(rows) > 60
    for table in tables:
        widths = {line.count("|") for line in table.splitlines() if line.startswith("|")}
        assert len(widths) <= 1, table
