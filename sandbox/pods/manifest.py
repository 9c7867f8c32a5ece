"""What a Pod object says, as values: the parts of its spec that the runner honours.

Pure. Defaults are those of the API server, which has already filled them in; they are
repeated here only so that a hand-written pod in a test reads the same.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from sandbox.pods.objects import Json

START_DELAY_ANNOTATION = "sandbox.logpipeline.io/start-delay"
SERVICE_ACCOUNT_MOUNT = "/var/run/secrets/kubernetes.io/serviceaccount"

_DURATION = re.compile(r"(?:\d+(?:\.\d+)?(?:ms|s|m|h))+")
_DURATION_PART = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h)")
_UNIT_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}


class ManifestError(Exception):
    """A pod asks for something that is wrong or that the runner cannot give; says which."""


@dataclass(frozen=True, slots=True)
class Mount:
    """One entry of a container's volumeMounts."""

    volume: str
    path: str
    sub_path: str


@dataclass(frozen=True, slots=True)
class Probe:
    """One probe: its action as the pod wrote it (httpGet, tcpSocket or exec), and its rhythm."""

    action: str
    arguments: Json
    initial_delay_seconds: float
    period_seconds: float
    timeout_seconds: float
    success_threshold: int
    failure_threshold: int
    grace_seconds: float | None


@dataclass(frozen=True, slots=True)
class ContainerSpec:
    """One container of a pod, or one of its init containers."""

    name: str
    image: str
    command: tuple[str, ...]
    arguments: tuple[str, ...]
    working_directory: str
    environment: tuple[Json, ...]
    environment_sources: tuple[Json, ...]
    mounts: tuple[Mount, ...]
    ports: Mapping[str, int]
    resources: Json
    startup: Probe | None
    readiness: Probe | None
    liveness: Probe | None
    restart_policy: str
    is_sidecar: bool

    @property
    def has_service_account(self) -> bool:
        """Admission mounts the token unless somebody asked it not to: the mount is the answer."""
        return any(mount.path == SERVICE_ACCOUNT_MOUNT for mount in self.mounts)

    def restarts_after(self, exit_code: int) -> bool:
        """Whether the pod's restart policy wants another run."""
        return self.restart_policy == "Always" or (self.restart_policy == "OnFailure" and exit_code != 0)


@dataclass(frozen=True, slots=True)
class Pod:
    """One pod as the API server last told it."""

    name: str
    namespace: str
    uid: str
    resource_version: int
    generation: int | None
    node: str
    service_account: str
    restart_policy: str
    grace_seconds: float
    deletion_grace_seconds: float | None
    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    init_containers: tuple[ContainerSpec, ...]
    containers: tuple[ContainerSpec, ...]
    volumes: tuple[Json, ...]
    status: Json = field(default_factory=dict)

    @property
    def key(self) -> str:
        """Namespace, name and the start of the uid: readable, and unique on disk and in logs."""
        return f"{self.namespace}_{self.name}_{self.uid[:8]}"

    @property
    def path(self) -> str:
        """The pod's path in the API."""
        return f"/api/v1/namespaces/{self.namespace}/pods/{self.name}"

    @property
    def is_finished(self) -> bool:
        """Its phase is final: such a pod never runs again."""
        return self.status.get("phase") in {"Succeeded", "Failed"}

    def start_delay(self, default: float) -> float:
        """Seconds between binding and start, as pulling an image would take."""
        text = self.annotations.get(START_DELAY_ANNOTATION)
        return default if text is None else parse_duration(text).total_seconds()


def parse_duration(text: str) -> timedelta:
    """A Go-style duration (`5s`, `1m30s`, `250ms`).

    Raises ManifestError: the text is none.
    """
    if not _DURATION.fullmatch(text):
        raise ManifestError(f"{START_DELAY_ANNOTATION}: {text!r} is no duration; write it like 5s or 1m30s")
    return timedelta(seconds=sum(float(n) * _UNIT_SECONDS[unit] for n, unit in _DURATION_PART.findall(text)))


def parse_pod(raw: Json) -> Pod:
    """The values of a Pod object."""
    metadata, spec = raw["metadata"], raw["spec"]
    policy = spec.get("restartPolicy", "Always")
    # An init container that failed is run again unless the policy is Never; one that succeeded is done.
    init_policy = "Never" if policy == "Never" else "OnFailure"
    return Pod(
        name=metadata["name"],
        namespace=metadata["namespace"],
        uid=metadata["uid"],
        resource_version=int(metadata.get("resourceVersion", 0)),
        generation=metadata.get("generation"),
        node=spec.get("nodeName", ""),
        service_account=spec.get("serviceAccountName", "default"),
        restart_policy=policy,
        grace_seconds=spec.get("terminationGracePeriodSeconds", 30),
        deletion_grace_seconds=_deletion_grace(metadata),
        labels=metadata.get("labels") or {},
        annotations=metadata.get("annotations") or {},
        init_containers=tuple(_container(c, init_policy) for c in spec.get("initContainers") or ()),
        containers=tuple(_container(c, policy) for c in spec["containers"]),
        volumes=tuple(spec.get("volumes") or ()),
        status=raw.get("status") or {},
    )


def _deletion_grace(metadata: Json) -> float | None:
    if "deletionTimestamp" not in metadata:
        return None
    return float(metadata.get("deletionGracePeriodSeconds") or 0)


def _container(raw: Json, restart_policy: str) -> ContainerSpec:
    return ContainerSpec(
        name=raw["name"],
        image=raw["image"],
        command=tuple(raw.get("command") or ()),
        arguments=tuple(raw.get("args") or ()),
        working_directory=raw.get("workingDir", ""),
        environment=tuple(raw.get("env") or ()),
        environment_sources=tuple(raw.get("envFrom") or ()),
        mounts=tuple(
            Mount(m["name"], m["mountPath"].rstrip("/") or "/", m.get("subPath", ""))
            for m in raw.get("volumeMounts") or ()
        ),
        ports={p["name"]: p["containerPort"] for p in raw.get("ports") or () if "name" in p},
        resources=raw.get("resources") or {},
        startup=_probe(raw.get("startupProbe")),
        readiness=_probe(raw.get("readinessProbe")),
        liveness=_probe(raw.get("livenessProbe")),
        restart_policy=restart_policy,
        is_sidecar=raw.get("restartPolicy") == "Always",
    )


def _probe(raw: Json | None) -> Probe | None:
    if raw is None:
        return None
    action = next((a for a in ("httpGet", "tcpSocket", "exec", "grpc") if a in raw), "none")
    return Probe(
        action=action,
        arguments=raw.get(action) or {},
        initial_delay_seconds=raw.get("initialDelaySeconds", 0),
        period_seconds=raw.get("periodSeconds", 10),
        timeout_seconds=raw.get("timeoutSeconds", 1),
        success_threshold=raw.get("successThreshold", 1),
        failure_threshold=raw.get("failureThreshold", 3),
        grace_seconds=raw.get("terminationGracePeriodSeconds"),
    )
