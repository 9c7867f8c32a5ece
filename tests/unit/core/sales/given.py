"""Shares of an announced event, each with only what its test speaks of spelled out."""

from types import MappingProxyType
from typing import Any

from logpipeline.api.sale import SalesEventSpec
from logpipeline.api.sale_status import Phase
from logpipeline.core.decide import decide
from logpipeline.core.floors.floor import Floor
from logpipeline.core.memory import Memory
from logpipeline.core.sales.share import Governed, Part, Share
from logpipeline.core.sales.status import Known
from tests.unit.core.floors.given import TIMES, one_stage, sale
from tests.unit.core.given import NOW, Readings, flow, observation, seen, workload
from tests.unit.sales import SPEC

QUIET = flow(lambda at: 800 * at, lambda at: 800 * at, count=64)


def event(**changes: object) -> SalesEventSpec:
    return SalesEventSpec.model_validate({**SPEC, **changes})


def governed(readings: Readings = QUIET, replicas: int = 2, **scaling: object) -> Governed:
    """A pipeline on which was decided just now."""
    spec, sight = one_stage(**scaling), observation(index=seen(readings, workload(replicas)))
    return Governed("access-logs", spec, sight, decide(spec, sight, Memory(), NOW))


def floor(planned: int = 64, proven: int | None = 0, **fields: Any) -> Floor:  # noqa: ANN401
    given: dict[str, Any] = {
        "sale": sale(),
        "phase": Phase.WARMING,
        "per_second": 40_000.0,
        "needed": planned,
        "planned": planned,
        "replicas": planned,
        "step": 4,
        "steps": 4,
        "proven": proven,
        "proof": "the readiness of their pods",
    }
    return Floor(**given | fields)


def part(planned: int = 64, proven: int | None = 0, lead_seconds: float = 40.0, **fields: Any) -> Part:  # noqa: ANN401
    return Part(floor(planned, proven, **fields), running=2, lead_seconds=lead_seconds)


def share(pipeline: str = "access-logs", unknown: str = "", **parts: Part) -> Share:
    return Share(pipeline, tuple(parts) or ("index",), MappingProxyType(parts), unknown)


def known(*shares: Share, **fields: Any) -> Known:  # noqa: ANN401
    given: dict[str, Any] = {"times": TIMES, "shares": shares}
    return Known(**given | fields)
