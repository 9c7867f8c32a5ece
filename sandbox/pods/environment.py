"""The environment of a container's process: what Kubernetes promises, and nothing of the runner's own.

Pure: Secrets and ConfigMaps that are referred to are named by `references`, looked up by
somebody else and given back as `Found`. Later beats earlier: what every process gets, the
sandbox's addresses (`--cluster-env`), `envFrom`, `env`.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from sandbox.pods.manifest import ContainerSpec, Mount, Pod
from sandbox.pods.objects import Json
from sandbox.pods.quantity import resource_value
from sandbox.pods.state import NotStartableError, Reason
from sandbox.pods.status import HOST_ADDRESS

Variables = Mapping[str, str]

_VARIABLE = re.compile(r"\$(?:\$|\(([^()]+)\))")
_NAME = re.compile(r"[-._a-zA-Z][-._a-zA-Z0-9]*")
_SUBSCRIPT = re.compile(r"metadata\.(labels|annotations)\['([^']+)'\]")


@dataclass(frozen=True, slots=True)
class Reference:
    """A Secret or ConfigMap in the pod's namespace."""

    kind: Literal["Secret", "ConfigMap"]
    name: str


Found = Mapping[Reference, Mapping[str, bytes] | None]
"""What each reference holds; None: it is not there."""


@dataclass(frozen=True, slots=True)
class Identity:
    """What the downward API tells a pod about itself."""

    pod: Pod
    address: str

    def field(self, path: str) -> str:
        """The value of a fieldRef.

        Raises NotStartableError: the field does not exist or is not offered.
        """
        pod = self.pod
        if match := _SUBSCRIPT.fullmatch(path):
            values = pod.labels if match[1] == "labels" else pod.annotations
            return values.get(match[2], "")
        fields = {
            "metadata.name": pod.name,
            "metadata.namespace": pod.namespace,
            "metadata.uid": pod.uid,
            "spec.nodeName": pod.node,
            "spec.serviceAccountName": pod.service_account,
            "status.podIP": self.address,
            "status.podIPs": self.address,
            "status.hostIP": HOST_ADDRESS,
            "status.hostIPs": HOST_ADDRESS,
            "metadata.labels": _as_lines(pod.labels),
            "metadata.annotations": _as_lines(pod.annotations),
        }
        if path not in fields:
            raise NotStartableError(
                Reason.CONFIG_ERROR, f"fieldRef {path!r}: the pod runner does not offer it"
            )
        return fields[path]


def references(container: ContainerSpec) -> frozenset[Reference]:
    """The Secrets and ConfigMaps that the container's environment needs."""
    return frozenset(_references(container))


def build_environment(
    container: ContainerSpec, identity: Identity, found: Found, base: Variables
) -> dict[str, str]:
    """All variables of the container's process.

    Raises NotStartableError: a Secret, ConfigMap, key or field that is needed is not there.
    """
    variables = dict(base)
    for source in container.environment_sources:
        variables |= _whole_source(source, found)
    for entry in container.environment:
        value = _value(entry, container, identity, found, variables)
        if value is not None:
            variables[entry["name"]] = value
    return variables


def expand(text: str, variables: Variables) -> str:
    """Replace `$(NAME)`; `$$` is a dollar sign, and an unknown name stays as it is written."""
    return _VARIABLE.sub(lambda m: "$" if m[1] is None else variables.get(m[1], m[0]), text)


def localize(text: str, folders: Mapping[str, str]) -> str:
    """Replace mount paths by the local folders that stand for them.

    A path counts where it stands whole: at the start or after a character no path has, as in
    `--config=/etc/app/config.yaml`, and up to its end or a slash.
    """
    if not folders:
        return text
    longest_first = sorted(folders, key=len, reverse=True)
    paths = "|".join(re.escape(path) for path in longest_first)
    return re.sub(rf"(?<![\w./-])({paths})(?![\w.-])", lambda m: folders[m[1]], text)


def mount_variable(mount: Mount) -> str:
    """The variable that names a mount's local folder: `MOUNT_` and the volume's name."""
    return "MOUNT_" + re.sub(r"\W", "_", mount.volume).upper()


def _references(container: ContainerSpec) -> Iterator[Reference]:
    for source in container.environment_sources:
        yield _source_reference(source)[0]
    for entry in container.environment:
        origin = entry.get("valueFrom") or {}
        if "secretKeyRef" in origin:
            yield Reference("Secret", origin["secretKeyRef"]["name"])
        if "configMapKeyRef" in origin:
            yield Reference("ConfigMap", origin["configMapKeyRef"]["name"])


def _source_reference(source: Json) -> tuple[Reference, bool]:
    if "secretRef" in source:
        return Reference("Secret", source["secretRef"]["name"]), source["secretRef"].get("optional", False)
    return Reference("ConfigMap", source["configMapRef"]["name"]), source["configMapRef"].get(
        "optional", False
    )


def _whole_source(source: Json, found: Found) -> dict[str, str]:
    reference, optional = _source_reference(source)
    data = found.get(reference)
    if data is None:
        if optional:
            return {}
        raise _absent(reference)
    prefix = source.get("prefix", "")
    named = {prefix + key: _text(value, reference, key) for key, value in data.items()}
    return {name: value for name, value in named.items() if _NAME.fullmatch(name)}


def _value(
    entry: Json, container: ContainerSpec, identity: Identity, found: Found, variables: Variables
) -> str | None:
    """The value of one `env` entry; None: it is optional and not there."""
    match entry.get("valueFrom") or None:
        case None:
            return expand(entry.get("value", ""), variables)
        case {"fieldRef": {"fieldPath": path}}:
            return identity.field(path)
        case {"secretKeyRef": key}:
            return _keyed(Reference("Secret", key["name"]), key, found)
        case {"configMapKeyRef": key}:
            return _keyed(Reference("ConfigMap", key["name"]), key, found)
        case {"resourceFieldRef": resource}:
            return resource_value(container.resources, resource)
        case other:
            raise NotStartableError(
                Reason.CONFIG_ERROR,
                f"env {entry['name']}: the pod runner does not offer valueFrom.{next(iter(other))}",
            )


def _keyed(reference: Reference, key: Json, found: Found) -> str | None:
    data = found.get(reference)
    if data is not None and key["key"] in data:
        return _text(data[key["key"]], reference, key["key"])
    if key.get("optional"):
        return None
    if data is None:
        raise _absent(reference)
    raise NotStartableError(
        Reason.CONFIG_ERROR, f"couldn't find key {key['key']!r} in {reference.kind} {reference.name!r}"
    )


def _absent(reference: Reference) -> NotStartableError:
    return NotStartableError(Reason.CONFIG_ERROR, f"{reference.kind} {reference.name!r} not found")


def _text(value: bytes, reference: Reference, key: str) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:
        raise NotStartableError(
            Reason.CONFIG_ERROR,
            f"key {key!r} of {reference.kind} {reference.name!r} is no UTF-8 text: mount it as a file",
        ) from None


def _as_lines(values: Mapping[str, str]) -> str:
    return "\n".join(f'{key}="{value}"' for key, value in sorted(values.items()))
