"""Service-account tokens, asked of the API server as a kubelet asks for them.

A token is bound to its pod: it stops working when the pod is gone. So a process can do what
RBAC gives its service account, and nothing of what the runner itself may do.
"""

import asyncio
import base64
import json
import logging
from pathlib import Path

from sandbox.pods.api import UNREACHABLE, ApiError, KubernetesApi
from sandbox.pods.files import write_file
from sandbox.pods.manifest import Pod
from sandbox.pods.objects import Json

logger = logging.getLogger(__name__)

TOKEN_SECONDS = 24 * 3600
"""Longer than kubelet's hour: programs that read a kubeconfig once are not cut off in a demo."""
REFRESH_SECONDS = 0.8 * TOKEN_SECONDS
RETRY_SECONDS = 10.0


async def request_token(
    api: KubernetesApi, pod: Pod, seconds: int = TOKEN_SECONDS, audience: str | None = None
) -> str:
    """A new token for the pod's service account.

    Raises ApiError: the service account is not there, among others.
    """
    path = f"/api/v1/namespaces/{pod.namespace}/serviceaccounts/{pod.service_account}/token"
    spec = {
        "expirationSeconds": seconds,
        "boundObjectRef": {"apiVersion": "v1", "kind": "Pod", "name": pod.name, "uid": pod.uid},
    }
    if audience is not None:
        spec["audiences"] = [audience]
    request = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": spec}
    answer = await api.create(path, request)
    return str(answer["status"]["token"])


class Kubeconfig:
    """The kubeconfig of one pod's service account, with a token that is renewed before it expires."""

    def __init__(self, api: KubernetesApi, pod: Pod, file: Path) -> None:
        self._api = api
        self._pod = pod
        self._file = file

    async def renew(self) -> None:
        """Write it with a new token, unless no container of the pod may have one.

        Raises ApiError: the service account is not there, among others.
        """
        pod = self._pod
        if any(c.has_service_account for c in (*pod.init_containers, *pod.containers)):
            token = await request_token(self._api, pod)
            # JSON is YAML.
            write_file(self._file, json.dumps(self._content(token), indent=2).encode(), mode=0o600)

    async def keep(self) -> None:
        """Renew it again and again, without end; what fails is tried again soon."""
        pause = REFRESH_SECONDS
        while True:
            await asyncio.sleep(pause)
            try:
                await self.renew()
                pause = REFRESH_SECONDS
            except (ApiError, *UNREACHABLE) as error:
                logger.warning("pod %s: its token could not be renewed: %s", self._pod.key, error)
                pause = RETRY_SECONDS

    def _content(self, token: str) -> Json:
        authority = base64.b64encode(Path(self._api.ca_file).read_bytes()).decode()
        cluster = {"server": self._api.address, "certificate-authority-data": authority}
        user, namespace = self._pod.service_account, self._pod.namespace
        context = {"cluster": "sandbox", "user": user, "namespace": namespace}
        return {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": "sandbox", "cluster": cluster}],
            "users": [{"name": user, "user": {"token": token}}],
            "contexts": [{"name": "sandbox", "context": context}],
            "current-context": "sandbox",
        }
