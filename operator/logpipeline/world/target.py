"""Workloads by name."""

from typing import NamedTuple

from logpipeline.api.pipeline import ScaleTargetRef


class Target(NamedTuple):
    """A workload, by name. The key under which it is watched, too."""

    namespace: str
    api_version: str
    kind: str
    name: str

    def __str__(self) -> str:
        return f"{self.kind} {self.namespace}/{self.name}"


def target_of(namespace: str, ref: ScaleTargetRef) -> Target:
    """The workload that `ref` names in `namespace`."""
    return Target(namespace, ref.api_version, ref.kind, ref.name)
