"""The CustomResourceDefinitions, generated from the models."""

from typing import Any, Final

import yaml

from logpipeline.api.logpipeline import GROUP, VERSION
from logpipeline.api.resources import Resource
from logpipeline.api.schema import spell_default, structural_schema

_HEADER: Final = "# Generated from operator/logpipeline/api by `make generate`. Edit the models instead.\n"
CATEGORY: Final = "logpipeline-io"
"""All kinds of ours: `kubectl get logpipeline-io`. The name of none of them: kubectl would take that for
all."""
_LINE_LENGTH: Final = 110


def definition(resource: Resource) -> dict[str, Any]:
    """The definition of a resource, as a Kubernetes object."""
    version = {
        "name": VERSION,
        "served": True,
        "storage": True,
        "subresources": {"status": {}},
        "additionalPrinterColumns": [column.as_schema() for column in resource.columns],
        "schema": {"openAPIV3Schema": _telling_defaults(structural_schema(resource.model))},
    }
    names = {
        "kind": resource.kind,
        "listKind": f"{resource.kind}List",
        "plural": resource.plural,
        "singular": resource.kind.lower(),
        "shortNames": [resource.short_name],
        "categories": [CATEGORY],
    }
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {
            "name": resource.name,
            # Without it, uninstalling the chart would delete every object of this kind.
            "annotations": {"helm.sh/resource-policy": "keep"},
        },
        "spec": {"group": GROUP, "scope": "Namespaced", "names": names, "versions": [version]},
    }


def render(resource: Resource) -> str:
    """The definition of a resource as YAML: what is committed in `crds/` and in the chart."""
    document: str = yaml.safe_dump(
        definition(resource), sort_keys=False, allow_unicode=True, width=_LINE_LENGTH
    )
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
