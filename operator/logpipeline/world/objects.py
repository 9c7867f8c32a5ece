"""Objects as the API server writes them, read into frozen values. Nothing raises for what a user wrote."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, NamedTuple, TypeVar

from pydantic import ValidationError

from logpipeline.api.base import ApiModel
from logpipeline.api.pipeline import LogPipelineSpec
from logpipeline.api.sale import SalesEventSpec
from logpipeline.api.sale_status import SalesEventStatus
from logpipeline.api.status import LogPipelineStatus
from logpipeline.core.model import Workload
from logpipeline.core.timestamps import read_time
from logpipeline.world.target import Target

Raw = Mapping[str, Any]
"""An object as JSON."""

Model = TypeVar("Model", bound=ApiModel)


class PipelineKey(NamedTuple):
    """A LogPipeline, by name."""

    namespace: str
    name: str

    def __str__(self) -> str:
        return f"{self.namespace}/{self.name}"


class SaleKey(NamedTuple):
    """A SalesEvent, by name."""

    namespace: str
    name: str

    def __str__(self) -> str:
        return f"{self.namespace}/{self.name}"


@dataclass(frozen=True, slots=True)
class SpecError:
    """A spec that does not parse, in a sentence."""

    message: str


@dataclass(frozen=True, slots=True)
class PipelineObject:
    """A LogPipeline as it was last seen."""

    key: PipelineKey
    uid: str
    generation: int
    created: float
    """When it was created, in Unix seconds. Of two pipelines on one workload the older governs."""
    resource_version: str
    spec: LogPipelineSpec | SpecError
    status: LogPipelineStatus | None
    """None where there is none, or none that this version of the operator can read."""
    labels: Mapping[str, str]
    """By which SalesEvents select it."""


@dataclass(frozen=True, slots=True)
class SaleObject:
    """A SalesEvent as it was last seen."""

    key: SaleKey
    uid: str
    generation: int
    created: float
    """When it was created, in Unix seconds."""
    resource_version: str
    spec: SalesEventSpec | SpecError
    status: SalesEventStatus | None
    """None where there is none, or none that this version of the operator can read."""


def pipeline_of(raw: Raw) -> PipelineObject:
    """The LogPipeline in `raw`."""
    metadata = raw["metadata"]
    return PipelineObject(
        key=PipelineKey(metadata["namespace"], metadata["name"]),
        uid=metadata["uid"],
        generation=metadata.get("generation", 0),
        created=read_time(metadata["creationTimestamp"]),
        resource_version=metadata["resourceVersion"],
        spec=_spec_of(LogPipelineSpec, raw.get("spec")),
        status=_status_of(LogPipelineStatus, raw.get("status")),
        labels=MappingProxyType(dict(metadata.get("labels") or {})),
    )


def sale_of(raw: Raw) -> SaleObject:
    """The SalesEvent in `raw`."""
    metadata = raw["metadata"]
    return SaleObject(
        key=SaleKey(metadata["namespace"], metadata["name"]),
        uid=metadata["uid"],
        generation=metadata.get("generation", 0),
        created=read_time(metadata["creationTimestamp"]),
        resource_version=metadata["resourceVersion"],
        spec=_spec_of(SalesEventSpec, raw.get("spec")),
        status=_status_of(SalesEventStatus, raw.get("status")),
    )


def workload_of(raw: Raw) -> Workload:
    """The Deployment or StatefulSet in `raw`. The API server leaves a ready count of zero out."""
    return Workload(
        uid=raw["metadata"]["uid"],
        replicas=(raw.get("spec") or {}).get("replicas", 1),
        ready=(raw.get("status") or {}).get("readyReplicas", 0),
        managers=replica_managers(raw),
    )


def replica_managers(raw: Raw) -> tuple[str, ...]:
    """Field managers that own `spec.replicas`, in the order of `managedFields`, each once."""
    fields = raw["metadata"].get("managedFields") or ()
    owners = (entry.get("manager", "") for entry in fields if _owns_replicas(entry.get("fieldsV1")))
    return tuple(dict.fromkeys(owners))


def scaled_by(raw: Raw) -> Target | None:
    """The workload that the HorizontalPodAutoscaler in `raw` scales."""
    ref = (raw.get("spec") or {}).get("scaleTargetRef") or {}
    if not ref.get("kind") or not ref.get("name"):
        return None
    return Target(raw["metadata"]["namespace"], ref.get("apiVersion", ""), ref["kind"], ref["name"])


def _owns_replicas(fields: object) -> bool:
    spec = fields.get("f:spec") if isinstance(fields, Mapping) else None
    return isinstance(spec, Mapping) and "f:replicas" in spec


def _spec_of(model: type[Model], raw: object) -> Model | SpecError:
    try:
        return model.model_validate(raw)
    except ValidationError as error:
        return SpecError("; ".join(_sentence(detail) for detail in error.errors(include_url=False)))


def _sentence(detail: Mapping[str, Any]) -> str:
    where = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in detail["loc"])
    return f"spec{where}: {detail['msg']}"


def _status_of(model: type[Model], raw: object) -> Model | None:
    try:
        return model.model_validate(raw)
    except ValidationError:
        return None
