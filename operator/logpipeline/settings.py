"""Settings of the operator, from the environment, frozen once at the start."""

from typing import Annotated, Literal

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """`LOGPIPELINE_…` variables; the chart sets them from its values."""

    model_config = SettingsConfigDict(env_prefix="LOGPIPELINE_", frozen=True, use_attribute_docstrings=True)

    sample_seconds: Annotated[float, Field(ge=0.5, le=300)] = 5.0
    """How often each connection is measured."""
    call_deadline_seconds: Annotated[float, Field(ge=0.1, le=60)] = 4.0
    """How long one pass over a connection may take before what is left of it is missing."""
    write_deadline_seconds: Annotated[float, Field(ge=0.1, le=60)] = 10.0
    """How long one request to the API server may take."""
    window_seconds: Annotated[float, Field(ge=300, le=86_400)] = 900.0
    """How much history of each source is kept in memory."""
    status_seconds: Annotated[float, Field(ge=1, le=3_600)] = 30.0
    """How often at the most a status is written when only figures have moved."""
    lease_namespace: str = "default"
    """Where the Lease of the one operator that leads is; the operator's own namespace."""
    lease_name: str = "logpipeline-operator"
    """Its name: one for all operators that watch the same namespaces."""
    lease_seconds: Annotated[int, Field(ge=6, le=60)] = 12
    """How long a Lease must go unrenewed before another operator leads; renewed six times as often."""
    identity: str = ""
    """Name of the pod, in a pod: no two that run may have the same."""
    silence_seconds: Annotated[float, Field(ge=3, le=600)] = 60.0
    """How long the API server, or a watch, may give no sound before the operator is unwell."""
    watch_namespaces: tuple[str, ...] = ()
    """Namespaces to watch; all when empty."""
    host: str = "0.0.0.0"  # noqa: S104 - a pod serves its probes and metrics to the cluster
    """Address to serve `/metrics`, `/healthz` and `/readyz` on."""
    port: Annotated[int, Field(ge=0, le=65_535)] = 8080
    """Port to serve them on."""
    log_format: Literal["json", "text"] = "json"
    """How log lines are written."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    """How much is logged."""
