"""The way to the API server: where it is, who we are, and a connection on which writes are fenced."""

import math
import os
from typing import Final

from aiohttp import ClientConnectionError, TraceConfig
from kubernetes.aio.client.api_client import ApiClient
from kubernetes.aio.client.configuration import Configuration
from kubernetes.aio.config import ConfigException, load_incluster_config, load_kube_config

from logpipeline.kube import ApiError, Fence, KubeApi

USER_AGENT: Final = "logpipeline-operator"
"""How we introduce ourselves, in audit logs for example."""

MANY: Final = 100
"""Requests at once, where nobody says how many: as many connections as the client library keeps."""


async def connect(deadline_seconds: float, fence: Fence = lambda: math.inf, at_once: int = MANY) -> KubeApi:
    """A connection on which no request takes longer than `deadline_seconds`. Nothing is sent yet.

    A write is sent only while `fence` is up, and no more than `at_once` requests are under way.
    """
    configuration = await credentials()
    configuration.trace_configs = [_look_before_sending(fence)]
    client = ApiClient(configuration)
    client.user_agent = USER_AGENT
    return KubeApi(client, deadline_seconds, log_in=credentials, fence=fence, at_once=at_once)


def _look_before_sending(fence: Fence) -> TraceConfig:
    """Ask `fence` when the connection is there and the body is about to be written: writes have one.

    We may have been frozen, or have waited for a connection, since the request was begun.
    """

    async def look(*_: object) -> None:
        if fence() <= 0:
            raise ClientConnectionError("this operator does not lead any more")

    tracing = TraceConfig()
    tracing.on_request_chunk_sent.append(look)
    return tracing


async def credentials() -> Configuration:
    """Where the API server is and who we are.

    From the files that `KUBECONFIG` names, else from the service account of the pod, else from the
    user's own kubeconfig. Raises ApiError where there is none of them.
    """
    configuration = Configuration()
    named = os.environ.get("KUBECONFIG")
    try:
        if not named:
            load_incluster_config(client_configuration=configuration)  # type: ignore[no-untyped-call]
            return configuration
    except ConfigException:
        named = "~/.kube/config"
    try:
        await load_kube_config(  # type: ignore[no-untyped-call]
            named, client_configuration=configuration, persist_config=False
        )
    except ConfigException as error:
        sentence = f"there is no way to the API server: not in a pod, and {named} does not do: {error}"
        raise ApiError(0, "NoCredentials", sentence) from error
    return configuration
