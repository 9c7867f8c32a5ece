"""The page "Pains of today's autoscalers, and what happens here", from the stories about them."""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

import yaml

ROOT: Final = Path(__file__).parents[1]
STORIES: Final = ROOT / "tests" / "scenarios"
NAIVE: Final[Mapping[str, str]] = {
    "keda": "KEDA",
    "hpa": "An HPA by arrival and lag",
    "lag": "Lag by a threshold",
    "moving": "KEDA with `excludePersistentLag`",
    "record": "Arrival by the most that a replica ever took",
}
"""Who has a pain, in words."""
_INTRODUCTION: Final = """\
<!-- Generated from tests/scenarios by `make generate`. Edit the stories instead. -->

# Pains of today's autoscalers, and what happens here

All of these are reports about what people use today. Each has a story in `tests/scenarios`: a spec, a
pipeline in truth, what happens to it, and what must be seen of the count. It is played twice, in the plant of
[the simulator](simulate.md). With this operator's own `decide()` all that it promises has to come true. With
the one who has the pain it must not, or the story would prove nothing.

KEDA and the HPA are the [models of the simulator](peers.md), with all that they are granted there. The others
are a line of arithmetic each, in `tests/scenarios/naive.py`, and no product that we know of is only that; a
threshold is the lag that a replica clears within 7 s, its true capacity known.
"""


class Complaint(StrEnum):
    """What people report, in the order of the page."""

    FLAPPING = "Flapping around a threshold"
    ONE_BELOW = "Stuck one below the partition count"
    BROKER_REPLACED = "Scaled to zero while a broker was being replaced"
    NEGATIVE_LAG = "Negative lag on one partition hides real lag on another"
    MARKERS = "A transaction marker's lag of 1 keeps pods alive for ever"
    SLOW_COMMITTER = "A slow committer is taken for a stuck one"
    STUCK_PARTITION = "A stuck partition scales the whole group to its maximum"
    ECHO = "Scale-down stops the rest of the group, and so causes the next scale-up"
    DOUBLING = "1→2→4→8, with a rebalance each"
    FULL_STORE = "A store saturates while replicas rise"
    HOT_KEY = "A hot key"
    RECREATED = "A topic is recreated"
    FAILED_POLL = "One poll fails"
    FROZEN = "A metric freezes"
    RARE_COMMITS = "A commit interval of 30 s is read as lag and as capacity"
    IDLE_UNDER_RANGE = "Two topics under the range assignor, with idle pods"
    CHEAP_RECORDS = "Capacity is first learned on cheap records"


def render() -> str:
    """The page, in Markdown. Raises LookupError for a pain that has no story."""
    stories = {path.name: yaml.safe_load(path.read_text()) for path in sorted(STORIES.glob("*.yaml"))}
    rows = [_row(complaint, stories) for complaint in Complaint]
    return "\n".join([_INTRODUCTION, "| Pain | Who has it, and why | Here |", "|---|---|---|", *rows, ""])


def _row(complaint: Complaint, stories: Mapping[str, Mapping[str, Any]]) -> str:
    told = {
        name: story for name, story in stories.items() if story.get("pain", {}).get("complaint") == complaint
    }
    if not told:
        raise LookupError(f"{complaint!r} has no story in {STORIES}")
    who = (f"**{NAIVE[story['pain']['naive']]}**: {story['pain']['because']}." for story in told.values())
    here = (
        f"{story['story']} {_promises(story['expect'])} ([{Path(name).stem}](../tests/scenarios/{name}))"
        for name, story in told.items()
    )
    return f"| {complaint} | {'<br>'.join(who)} | {'<br>'.join(here)} |"


def _promises(expectations: Iterable[Mapping[str, Any]]) -> str:
    promises = "; ".join(expectation["because"] for expectation in expectations)
    return f"{promises[:1].upper()}{promises[1:]}."
