import re

import pytest

from logpipeline.api import reference
from logpipeline.api.resources import LOG_PIPELINE, RESOURCES, SALES_EVENT, Resource
from logpipeline.api.schema import structural_schema

EACH = pytest.mark.parametrize("resource", RESOURCES, ids=lambda resource: resource.kind)


@EACH
def test_every_object_of_the_resource_has_its_table(resource: Resource) -> None:
    page = reference.render(resource)
    links = set(re.findall(r"\(#(\w+)\)", page))
    headings = {
        re.sub(r"\W", "", heading).lower() for heading in re.findall(r"^## `(.*)`$", page, re.MULTILINE)
    }
    assert links <= headings
    assert {"spec", "status", *structural_schema(resource.model)["properties"]} <= headings


def test_a_reader_sees_type_default_bounds_and_meaning_of_a_field() -> None:
    row = "| `drainWithin` | duration | `5m` | must be from 1s to 7d | A backlog is to be gone"
    assert row in reference.render(LOG_PIPELINE)


def test_a_reader_sees_which_fields_must_be_given() -> None:
    assert "| `maxReplicas` | integer | required | 1 to 10,000 |" in reference.render(LOG_PIPELINE)


def test_a_reader_sees_what_a_map_may_hold() -> None:
    row = "| `replicas` | map of integer | 1 to 8 entries; each name must be lowercase letters"
    assert row in reference.render(SALES_EVENT)


@EACH
def test_no_row_breaks_its_table(resource: Resource) -> None:
    rows = [line for line in reference.render(resource).splitlines() if line.startswith("|")]
    tables = re.split(r"\n(?!\|)", reference.render(resource))
    assert len(rows) > 50
    for table in tables:
        widths = {line.count("|") for line in table.splitlines() if line.startswith("|")}
        assert len(widths) <= 1, table
