"""The CustomResourceDefinition of LogPipeline, generated from its models."""

from typing import Any, Final, NamedTuple

import yaml

from logpipeline.api.logpipeline import GROUP, KIND, PLURAL, VERSION, LogPipeline
from logpipeline.api.schema import spell_default, structural_schema

_HEADER: Final = "# Generated from operator/logpipeline/api by `make generate`. Edit the models instead.\n"
_LINE_LENGTH: Final = 110


class Column(NamedTuple):
    """One column of `kubectl get lp`; those that are `wide` need `-o wide`."""

    name: str
    path: str
    description: str
    type: str = "string"
    wide: bool = False

    def as_schema(self) -> dict[str, Any]:
        """The entry of `additionalPrinterColumns`."""
        return {
            "name": self.name,
            "type": self.type,
            "jsonPath": self.path,
            "description": self.description,
            "priority": int(self.wide),
        }


def _condition(name: str, part: str) -> str:
    return f'.status.conditions[?(@.type=="{name}")].{part}'


COLUMNS: Final = (
    Column("Ready", _condition("Ready", "status"), "The pipeline is measured and governed."),
    Column("Mode", ".status.summary.mode", "How far the operator goes; Mixed where stages differ."),
    Column("Backlog", ".status.summary.backlogRecords", "Records that wait, in all stages.", "integer"),
    Column("Oldest", ".status.summary.oldestSeconds", "Age in seconds of the oldest that waits.", "integer"),
    Column("Arrival", ".status.summary.arrivalPerSecond", "Records/s that reach the first stage.", "integer"),
    Column("Replicas", ".status.summary.replicas", "Replicas now and wanted, over all stages."),
    Column("Scaling", _condition("ScalingActive", "reason"), "Whether it scales, or why not.", wide=True),
    Column("Sources", _condition("SourcesAvailable", "reason"), "Whether all is measured.", wide=True),
    Column("Alerts", _condition("AlertsFiring", "reason"), "Whether an alert fires.", wide=True),
    Column("Age", ".metadata.creationTimestamp", "Time since it was created.", "date"),
    Column("Decision", ".status.summary.decision", "The latest decision and its reason.", wide=True),
)


def logpipeline_crd() -> dict[str, Any]:
    """The definition, as a Kubernetes object."""
    version = {
        "name": VERSION,
        "served": True,
        "storage": True,
        "subresources": {"status": {}},
        "additionalPrinterColumns": [column.as_schema() for column in COLUMNS],
        "schema": {"openAPIV3Schema": _telling_defaults(structural_schema(LogPipeline))},
    }
    names = {
        "kind": KIND,
        "listKind": f"{KIND}List",
        "plural": PLURAL,
        "singular": KIND.lower(),
        "shortNames": ["lp"],
        "categories": ["logpipeline"],
    }
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {
            "name": f"{PLURAL}.{GROUP}",
            # Without it, uninstalling the chart would delete every LogPipeline of the cluster.
            "annotations": {"helm.sh/resource-policy": "keep"},
        },
        "spec": {"group": GROUP, "scope": "Namespaced", "names": names, "versions": [version]},
    }


def render() -> str:
    """The definition as YAML: what is committed in `crds/` and in the chart."""
    document: str = yaml.safe_dump(logpipeline_crd(), sort_keys=False, allow_unicode=True, width=_LINE_LENGTH)
    return _HEADER + document


def _telling_defaults(schema: dict[str, Any]) -> dict[str, Any]:
    """`schema` with each default in its description too, because `kubectl explain` shows nothing else."""
    told = dict(schema)
    if "properties" in schema:
        told["properties"] = {name: _telling_defaults(field) for name, field in schema["properties"].items()}
    if "items" in schema:
        told["items"] = _telling_defaults(schema["items"])
    if default := spell_default(schema):
        told["description"] = f"{schema['description']} Default: {default}."
    return told
