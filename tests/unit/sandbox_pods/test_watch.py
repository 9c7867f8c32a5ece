from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, cast

import aiohttp
import pytest

from sandbox.pods import watch
from sandbox.pods.__main__ import read_network, read_variables
from sandbox.pods.api import ApiError, KubernetesApi
from sandbox.pods.logs import start_of_tail
from sandbox.pods.watch import Changed, Deleted, Listed, PodEvent, follow_pods

Json = dict[str, Any]


def event(kind: str, version: int) -> Json:
    return {"type": kind, "object": {"metadata": {"name": "web-0", "resourceVersion": str(version)}}}


class Server:
    """An API server that plays one watch after another; each is a list of events, or of what breaks it."""

    def __init__(self, *watches: list[Json | Exception]) -> None:
        self._watches = list(watches)
        self.watched_from: list[str] = []

    async def get(self, path: str, query: object) -> Json:
        assert (path, query) == ("/api/v1/pods", {"fieldSelector": "spec.nodeName=runner"})
        return {"items": [], "metadata": {"resourceVersion": "100"}}

    async def watch(self, path: str, query: Json, silence: float) -> AsyncIterator[Json]:
        assert path
        assert silence
        self.watched_from.append(query["resourceVersion"])
        for played in self._watches.pop(0):
            if isinstance(played, Exception):
                raise played
            yield played


async def follow(server: Server, count: int) -> list[PodEvent]:
    events = follow_pods(cast("KubernetesApi", server), "runner")
    return [await anext(events) for _ in range(count)]


@pytest.fixture(autouse=True)
def _no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "RETRY_SECONDS", 0)


async def test_a_watch_that_ends_goes_on_where_it_was() -> None:
    server = Server([event("ADDED", 101), event("BOOKMARK", 105)], [event("DELETED", 106)])
    kinds = [type(e) for e in await follow(server, 3)]
    assert kinds == [Listed, Changed, Deleted]
    assert server.watched_from == ["100", "105"]


@pytest.mark.parametrize(
    "broken",
    [
        ApiError(410, "too old resource version"),
        aiohttp.ClientConnectionError("refused"),
        TimeoutError(),
        {"type": "ERROR", "object": {"code": 410, "message": "too old resource version"}},
    ],
)
async def test_after_any_trouble_all_pods_are_listed_anew(broken: Json | Exception) -> None:
    server = Server([event("ADDED", 101), broken], [event("MODIFIED", 102)])
    kinds = [type(e) for e in await follow(server, 4)]
    assert kinds == [Listed, Changed, Listed, Changed]
    assert server.watched_from == ["100", "100"]


@pytest.mark.parametrize(
    ("lines", "tail"), [(0, b""), (1, b"three"), (2, b"two\nthree"), (9, b"one\ntwo\nthree")]
)
def test_the_last_lines_of_a_log_are_found(lines: int, tail: bytes) -> None:
    content = b"one\ntwo\nthree"
    assert content[start_of_tail(content, lines) :] == tail


def test_addresses_for_pods_come_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "cluster.env"
    file.write_text("# sandbox\n\nKAFKA_BOOTSTRAP=127.0.0.1:9092\nQUERY=a=b\n")
    assert read_variables(file) == {"KAFKA_BOOTSTRAP": "127.0.0.1:9092", "QUERY": "a=b"}


@pytest.mark.parametrize("network", ["10.0.0.0/16", "127.5.0.1/16", "nonsense"])
def test_a_range_that_is_not_this_machines_own_is_refused(network: str) -> None:
    with pytest.raises(Exception, match=network):
        read_network(network)
