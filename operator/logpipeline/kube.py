"""The little there is to say to the API server: plain JSON, every request under a deadline, writes fenced."""

import json
import re
import time
from asyncio import Semaphore, timeout
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from http import HTTPStatus
from typing import Any, Final

from aiohttp import ClientError, ClientTimeout
from kubernetes.aio.client.api_client import ApiClient
from kubernetes.aio.client.configuration import Configuration

from logpipeline.core.ownership import MANAGER

_APPLY: Final = "application/apply-patch+yaml; charset=utf-8"
_NOT_IN_YAML: Final = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")
"""Characters that JSON writes as they are, and YAML only escaped."""

Json = dict[str, Any]
"""An object as the API server writes it."""

Fence = Callable[[], float]
"""For how many seconds we may still write; 0 or less: not at all."""

LogIn = Callable[[], Awaitable[Configuration]]
"""Reads anew where the API server is and who we are. Raises ApiError."""


class ApiError(Exception):
    """What the API server refused, or that it could not be reached.

    `status` is that of HTTP, 0 where there was no answer; `reason` is one word, `message` a sentence.
    """

    def __init__(self, status: int, reason: str, message: str) -> None:
        super().__init__(f"{message} ({status} {reason})" if status else message)
        self.status = status
        self.reason = reason
        self.message = message


class KubeApi:
    """A connection to the API server, shared by all who write to it."""

    def __init__(
        self,
        client: ApiClient,
        deadline_seconds: float,
        *,
        log_in: LogIn,
        fence: Fence,
        at_once: int,
    ) -> None:
        """No write is begun when `fence` is down, nor waited for any longer than it is up.

        At most `at_once` requests are under way. The deadline of one begins with its turn.
        """
        self._client = client
        self._turns = Semaphore(at_once)
        self._deadline = deadline_seconds
        self._log_in = log_in
        self._fence = fence
        self._heard = False
        self._in_vain_since: float | None = None

    @property
    def silent_seconds(self) -> float:
        """For how long every request has met silence; 0 while there are answers, also bad ones.

        An API server that was never heard is no news: to start again would not help against it.
        """
        return 0.0 if self._in_vain_since is None else time.monotonic() - self._in_vain_since

    async def get(self, path: str) -> Json:
        """The object at `path`. Raises ApiError."""
        return await self._request("GET", path, {})

    async def list_some(self, path: str, limit: int, **selectors: str) -> list[Json]:
        """At most `limit` objects of the collection at `path`. Raises ApiError.

        `selectors` are `labelSelector` and `fieldSelector`, as the API server takes them.
        """
        page = await self._request("GET", path, {}, query={"limit": str(limit), **selectors})
        return list(page.get("items") or ())

    async def list_metadata(self, path: str) -> AsyncIterator[Json]:
        """The metadata of every object in the collection at `path`, in pages. Raises ApiError."""
        accept = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"
        async for item in self.list_all(path, accept):
            yield item["metadata"]

    async def list_all(self, path: str, accept: str = "application/json") -> AsyncIterator[Json]:
        """Every object in the collection at `path`, in pages. Raises ApiError."""
        query = {"limit": "500"}
        while True:
            page = await self._request("GET", path, {"Accept": accept}, query=query)
            for item in page.get("items") or ():
                yield item
            more = page["metadata"].get("continue")
            if not more:
                return
            query = {**query, "continue": more}

    async def create(self, path: str, body: Json) -> Json:
        """What became of `body` after it was added to the collection at `path`. Raises ApiError."""
        return await self._request("POST", path, {"Content-Type": "application/json"}, body)

    async def replace(self, path: str, body: Json) -> Json:
        """What became of the object at `path`, now as in `body`. Raises ApiError, 409 where it has moved."""
        return await self._request("PUT", path, {"Content-Type": "application/json"}, body)

    async def apply(self, path: str, body: Json, *, field_manager: str = MANAGER, force: bool = True) -> Json:
        """What became of the object at `path` after `body` was applied by the server. Raises ApiError.

        With a `resourceVersion` in `body` the server refuses with 409 when the object has moved since.
        """
        query = {"fieldManager": field_manager, "force": "true" if force else "false"}
        return await self._request("PATCH", path, {"Content-Type": _APPLY}, _as_yaml(body), query)

    async def close(self) -> None:
        """Give the connections back."""
        await self._client.close()  # type: ignore[no-untyped-call]

    async def _request(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str],
        body: Json | str | None = None,
        query: Mapping[str, str] | None = None,
    ) -> Json:
        async with self._turns:
            return await self._in_time(method, path, headers, body, query)

    async def _in_time(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str],
        body: Json | str | None,
        query: Mapping[str, str] | None,
    ) -> Json:
        deadline = self._deadline if method == "GET" else min(self._deadline, self._fence())
        if deadline <= 0:
            raise ApiError(0, "NotLeading", f"{method} {path} was not sent: this operator does not lead")
        began = time.monotonic()
        try:
            async with timeout(deadline):
                status, answer = await self._exchange(method, path, headers, body, query)
                if status == HTTPStatus.UNAUTHORIZED:
                    await self._log_in_again()
                    status, answer = await self._exchange(method, path, headers, body, query)
        except TimeoutError:
            if self._heard and self._in_vain_since is None:
                self._in_vain_since = began
            sentence = f"the API server did not answer {method} {path} within {deadline:.3g} s"
            raise ApiError(0, "Timeout", sentence) from None
        except (ClientError, OSError) as error:
            self._in_vain_since = None
            host = self._client.configuration.host
            raise ApiError(
                0, "Unreachable", f"the API server at {host} cannot be reached: {error}"
            ) from error
        self._heard, self._in_vain_since = True, None
        return _understand(status, answer)

    async def _exchange(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str],
        body: Json | str | None,
        query: Mapping[str, str] | None,
    ) -> tuple[int, bytes]:
        request = await self._client.param_serialize(
            method,
            path,
            query_params=list((query or {}).items()),
            header_params={"Accept": "application/json", **headers},
            body=body,
            auth_settings=["BearerToken"],
        )
        answer = await self._client.call_api(*request, _request_timeout=ClientTimeout(total=self._deadline))
        return answer.status, await answer.read()  # type: ignore[no-untyped-call]

    async def _log_in_again(self) -> None:
        """Tokens in files are renewed while we run, and the client library reads them once."""
        self._client.configuration.api_key = (await self._log_in()).api_key


def _as_yaml(body: Json) -> str:
    """As JSON that is YAML too. The client library's own is not: it halves a character such as an emoji."""
    return _NOT_IN_YAML.sub(lambda found: f"\\u{ord(found[0]):04x}", json.dumps(body, ensure_ascii=False))


def resource_path(
    api_version: str, plural: str, namespace: str = "", name: str = "", subresource: str = ""
) -> str:
    """The path of a collection, an object or a subresource. No `namespace`: in all of them."""
    parts = ["", "apis" if "/" in api_version else "api", api_version]
    parts += ["namespaces", namespace] if namespace else []
    parts += [part for part in (plural, name, subresource) if part]
    return "/".join(parts)


def _understand(status: int, answer: bytes) -> Json:
    try:
        read = json.loads(answer)
    except ValueError:
        read = None
    if not isinstance(read, dict):
        start = answer[:200].decode(errors="replace")
        sentence = f"something other than the API server answered with status {status}: {start!r}"
        raise ApiError(status, "Unreadable", sentence)
    if status >= HTTPStatus.MULTIPLE_CHOICES:
        reason, message = read.get("reason") or "Unknown", read.get("message") or "no reason was given"
        raise ApiError(status, reason, message)
    return read
