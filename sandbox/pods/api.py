"""The Kubernetes API on plain JSON objects.

The typed models of the client library drop nothing we need, but a node agent hands objects
back as it got them: JSON in, JSON out is both faithful and quick. Credentials, TLS and
connection pooling are the client library's.
"""

import json
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any, Self

import aiohttp
from kubernetes.aio.client import ApiClient
from kubernetes.aio.config import new_client_from_config

from sandbox.pods.objects import Json

Query = Mapping[str, str | int]


REQUEST_TIMEOUT = aiohttp.ClientTimeout(total=10)


class ApiError(Exception):
    """The API server refused a request: its HTTP status code and its own sentence."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(f"the API server answered {code}: {message}")
        self.code = code

    @property
    def is_gone(self) -> bool:
        """The object, or the version of it that was meant, is not there any more."""
        return self.code in {404, 409, 410}


# What a request may raise when the API server is away, slow or restarting.
UNREACHABLE = (aiohttp.ClientError, TimeoutError, OSError, json.JSONDecodeError)


class KubernetesApi:
    """Requests to one API server as one user."""

    def __init__(self, client: ApiClient) -> None:
        # The library's annotations are partial.
        self._client: Any = client

    @classmethod
    async def connect(cls, kubeconfig: Path) -> Self:
        """A client for the current context of a kubeconfig; nothing is sent yet."""
        connect: Any = new_client_from_config
        return cls(await connect(config_file=str(kubeconfig), persist_config=False))

    async def close(self) -> None:
        """Close the pooled connections."""
        await self._client.close()

    @property
    def address(self) -> str:
        """The URL of the API server."""
        return str(self._client.configuration.host)

    @property
    def ca_file(self) -> str:
        """The file with the certificate authority that the API server is known by."""
        return str(self._client.configuration.ssl_ca_cert)

    async def get(self, path: str, query: Query | None = None) -> Json:
        """One object, or a list of them."""
        return await self._exchange("GET", path, query)

    async def create(self, path: str, body: Json) -> Json:
        """POST, also for subresources that answer a request (TokenRequest)."""
        return await self._exchange("POST", path, body=body)

    async def replace(self, path: str, body: Json) -> Json:
        """PUT, guarded by the resource version in the body if there is one."""
        return await self._exchange("PUT", path, body=body)

    async def patch(self, path: str, body: Json) -> Json:
        """A strategic merge patch: conditions merge by type, container statuses are replaced."""
        return await self._exchange("PATCH", path, body=body)

    async def delete(self, path: str, body: Json) -> Json:
        """DELETE with the options given: grace period, preconditions."""
        return await self._exchange("DELETE", path, body=body)

    async def watch(self, path: str, query: Query, silence: float) -> AsyncIterator[Json]:
        """The events of a watch, until the server ends it or is silent for so many seconds."""
        timeout = aiohttp.ClientTimeout(total=None, sock_connect=10, sock_read=silence)
        response = await self._send("GET", path, {**query, "watch": "true"}, None, timeout)
        try:
            if not response.ok:
                raise _refusal(response.status, await response.text())
            async for line in response.content:
                yield json.loads(line)
        finally:
            response.close()

    async def _exchange(
        self, method: str, path: str, query: Query | None = None, body: Json | None = None
    ) -> Json:
        response = await self._send(method, path, query, body, REQUEST_TIMEOUT)
        text = await response.text()
        if not response.ok:
            raise _refusal(response.status, text)
        answer: Json = json.loads(text)
        return answer

    async def _send(
        self,
        method: str,
        path: str,
        query: Query | None,
        body: Json | None,
        limits: aiohttp.ClientTimeout,
    ) -> aiohttp.ClientResponse:
        headers = {"Content-Type": _CONTENT_TYPES.get(method, "application/json")}
        _, url, headers, sent, _ = await self._client.param_serialize(
            method,
            path,
            query_params=dict(query or {}),
            header_params=headers,
            body=body,
            auth_settings=["BearerToken"],
        )
        answer = await self._client.rest_client.request(
            method, url, headers=headers, body=sent, _request_timeout=limits
        )
        response: aiohttp.ClientResponse = answer.response
        return response


_CONTENT_TYPES = {"PATCH": "application/strategic-merge-patch+json"}


def _refusal(code: int, text: str) -> ApiError:
    try:
        return ApiError(code, json.loads(text)["message"])
    except (ValueError, KeyError, TypeError):
        return ApiError(code, text.strip() or "no message")
