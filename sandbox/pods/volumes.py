"""A pod's volumes as local folders.

There are no mount namespaces here, so a mountPath itself cannot be honoured. Instead the
process is told where its files are: by a variable `MOUNT_<VOLUME>` per mount, and by putting
the local folder in place of the mountPath wherever that stands in `command`, `args` or `env`.
A program that opens a fixed path written nowhere in its pod does not find it.

Offered: emptyDir, configMap, secret, downwardAPI, projected (with service-account tokens) and
hostPath. They are written once, before the first container; later changes are not followed.
"""

import base64
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

from sandbox.pods.api import ApiError, KubernetesApi
from sandbox.pods.environment import Found, Identity, Reference
from sandbox.pods.files import write_file
from sandbox.pods.manifest import ContainerSpec
from sandbox.pods.objects import Json
from sandbox.pods.state import NotStartableError, Reason
from sandbox.pods.tokens import TOKEN_SECONDS, request_token

Content = tuple[str, bytes]
"""A path inside the volume, and what is in the file."""

DEFAULT_MODE = 0o644


async def look_up(api: KubernetesApi, namespace: str, references: frozenset[Reference]) -> Found:
    """The Secrets and ConfigMaps named, each read once.

    Raises ApiError: a request was refused for another reason than absence.
    """
    return {reference: await _read(api, namespace, reference) for reference in references}


async def prepare_volumes(api: KubernetesApi, identity: Identity, root: Path) -> dict[str, Path]:
    """Make every volume of the pod below `root`; the local folder of each, by volume name.

    Raises NotStartableError: a source is missing, or the kind of volume is not offered.
    """
    return {
        volume["name"]: await _prepare(api, identity, volume, root / volume["name"])
        for volume in identity.pod.volumes
    }


def mount_folders(container: ContainerSpec, volumes: Mapping[str, Path]) -> dict[str, str]:
    """The local folder that stands for each mountPath of a container."""
    return {m.path: str(volumes[m.volume] / m.sub_path) for m in container.mounts if m.path != "/"}


async def _prepare(api: KubernetesApi, identity: Identity, volume: Json, folder: Path) -> Path:
    if "hostPath" in volume:
        return Path(volume["hostPath"]["path"])
    _make(folder)
    if "emptyDir" in volume:
        return folder
    kind = next((k for k in ("configMap", "secret", "downwardAPI", "projected") if k in volume), None)
    if kind is None:
        other = next((key for key in volume if key != "name"), "nothing")
        raise NotStartableError(
            Reason.CONFIG_ERROR, f"volume {volume['name']}: the pod runner does not offer {other}"
        )
    source: Json = volume[kind]
    for part in _projections(kind, source):
        async for path, content in _contents(api, identity, part):
            write_file(folder / path, content, source.get("defaultMode", DEFAULT_MODE))
    return folder


def _projections(kind: str, source: Json) -> list[Json]:
    """The volume as the sources of a projected one; a Secret volume names its Secret otherwise."""
    if kind == "projected":
        return list(source.get("sources") or ())
    return [{kind: {**source, "name": source.get("secretName", source.get("name"))}}]


def _make(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)


async def _contents(api: KubernetesApi, identity: Identity, part: Json) -> AsyncIterator[Content]:
    match part:
        case {"secret": source}:
            for content in await _keys(api, identity, "Secret", source):
                yield content
        case {"configMap": source}:
            for content in await _keys(api, identity, "ConfigMap", source):
                yield content
        case {"downwardAPI": source}:
            for item in source.get("items") or ():
                yield item["path"], identity.field(item["fieldRef"]["fieldPath"]).encode()
        case {"serviceAccountToken": source}:
            seconds = max(source.get("expirationSeconds", 0), TOKEN_SECONDS)
            token = await request_token(api, identity.pod, seconds, source.get("audience") or None)
            yield source["path"], token.encode()
        case other:
            raise NotStartableError(
                Reason.CONFIG_ERROR, f"projected volume: the pod runner does not offer {next(iter(other))}"
            )


async def _keys(api: KubernetesApi, identity: Identity, kind: str, source: Json) -> list[Content]:
    reference = Reference("Secret" if kind == "Secret" else "ConfigMap", source["name"])
    data = await _read(api, identity.pod.namespace, reference)
    optional = source.get("optional", False)
    if data is None:
        if optional:
            return []
        raise NotStartableError(Reason.CONFIG_ERROR, f"{kind} {reference.name!r} not found")
    items = source.get("items")
    if not items:
        return list(data.items())
    missing = [item["key"] for item in items if item["key"] not in data]
    if missing and not optional:
        raise NotStartableError(Reason.CONFIG_ERROR, f"{kind} {reference.name!r} has no key {missing[0]!r}")
    return [(item["path"], data[item["key"]]) for item in items if item["key"] in data]


async def _read(api: KubernetesApi, namespace: str, reference: Reference) -> Mapping[str, bytes] | None:
    resource = "secrets" if reference.kind == "Secret" else "configmaps"
    try:
        found = await api.get(f"/api/v1/namespaces/{namespace}/{resource}/{reference.name}")
    except ApiError as error:
        if error.code == 404:  # noqa: PLR2004  # absence is an answer here
            return None
        raise
    encoded = "data" if reference.kind == "Secret" else "binaryData"
    data = {key: base64.b64decode(value) for key, value in (found.get(encoded) or {}).items()}
    if reference.kind == "ConfigMap":
        data |= {key: value.encode() for key, value in (found.get("data") or {}).items()}
    return data
