"""What the operator says to the API server, and what it makes of the answers."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from itertools import chain, repeat
from pathlib import Path

import kmock as kmocks
import pytest
import yaml

from logpipeline.kube import ApiError, KubeApi, resource_path
from logpipeline.login import connect

pytestmark = pytest.mark.kmock(cls=kmocks.RawHandler)

PATH = resource_path("apps/v1", "deployments", "shop", "log-indexer", "scale")


def write_kubeconfig(path: Path, server: str, times: int = 1) -> None:
    user = {"name": "operator", "user": {"token": f"number-{times}"}}
    cluster = {"name": "here", "cluster": {"server": server}}
    context = {"name": "here", "context": {"cluster": "here", "user": "operator"}}
    parts = {"users": [user], "clusters": [cluster], "contexts": [context], "current-context": "here"}
    path.write_text(json.dumps({"apiVersion": "v1", "kind": "Config", **parts}))


@pytest.fixture
def kubeconfig(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "kubeconfig"
    monkeypatch.setenv("KUBECONFIG", str(path))
    return path


@pytest.fixture
async def api(kmock: kmocks.RawHandler, kubeconfig: Path) -> AsyncIterator[KubeApi]:
    write_kubeconfig(kubeconfig, str(kmock.url).rstrip("/"))
    api = await connect(deadline_seconds=5)
    yield api
    await api.close()


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (resource_path("v1", "events", "shop"), "/api/v1/namespaces/shop/events"),
        (resource_path("apps/v1", "deployments"), "/apis/apps/v1/deployments"),
        (PATH, "/apis/apps/v1/namespaces/shop/deployments/log-indexer/scale"),
    ],
)
def test_paths_are_those_of_the_api_server(path: str, expected: str) -> None:
    assert path == expected


async def test_what_the_api_server_refuses_is_told_in_its_own_words(
    kmock: kmocks.RawHandler, api: KubeApi
) -> None:
    kmock["get"] << 403 << {"reason": "Forbidden", "message": "deployments.apps is forbidden"}
    with pytest.raises(ApiError) as caught:
        await api.get(PATH)
    assert (caught.value.status, caught.value.reason) == (403, "Forbidden")
    assert "deployments.apps is forbidden" in str(caught.value)


async def test_a_proxy_that_answers_in_html_is_not_taken_for_the_api_server(
    kmock: kmocks.RawHandler, api: KubeApi
) -> None:
    kmock["get"] << 502 << b"<html>bad gateway</html>"
    with pytest.raises(ApiError, match="something other than the API server answered with status 502"):
        await api.get(PATH)


async def test_a_request_ends_at_its_deadline(kmock: kmocks.RawHandler, kubeconfig: Path) -> None:
    never = asyncio.Event()
    kmock["get"] << never.wait
    write_kubeconfig(kubeconfig, str(kmock.url).rstrip("/"))
    api = await connect(deadline_seconds=0.2)
    with pytest.raises(ApiError, match=r"did not answer GET .* within 0\.2 s"):
        await api.get(PATH)
    never.set()
    await api.close()


@pytest.mark.parametrize("left", [(0.0,), (5.0, 0.0)])
async def test_nothing_is_sent_by_one_who_may_not_write_any_more(
    kmock: kmocks.RawHandler, kubeconfig: Path, left: tuple[float, ...]
) -> None:
    """Also where the fence falls when the request is under way and only waits for its connection."""
    seconds_left = chain(left, repeat(0.0))
    write_kubeconfig(kubeconfig, str(kmock.url).rstrip("/"))
    api = await connect(deadline_seconds=5, fence=lambda: next(seconds_left))
    writes = (api.apply(PATH, {}), api.create(PATH, {"kind": "Event"}), api.replace(PATH, {"kind": "Lease"}))
    with pytest.raises(ApiError, match="does not lead"):
        await writes[0]
    for write in writes[1:]:
        with pytest.raises(ApiError, match="does not lead"):
            await write
    assert list(kmock["patch"]) + list(kmock["post"]) + list(kmock["put"]) == []
    await api.close()


async def test_one_who_may_not_write_may_read(kmock: kmocks.RawHandler, kubeconfig: Path) -> None:
    kmock["get"] << {"kind": "Scale"}
    write_kubeconfig(kubeconfig, str(kmock.url).rstrip("/"))
    api = await connect(deadline_seconds=5, fence=lambda: 0.0)
    assert await api.get(PATH) == {"kind": "Scale"}
    await api.close()


async def test_a_write_is_waited_for_no_longer_than_it_may_be_written(
    kmock: kmocks.RawHandler, kubeconfig: Path
) -> None:
    never = asyncio.Event()
    kmock["patch"] << never.wait
    write_kubeconfig(kubeconfig, str(kmock.url).rstrip("/"))
    api = await connect(deadline_seconds=60, fence=lambda: 0.2)
    with pytest.raises(ApiError, match=r"did not answer PATCH .* within 0\.2 s"):
        await api.apply(PATH, {"spec": {"replicas": 3}})
    never.set()
    await api.close()


async def test_who_waits_for_a_turn_has_the_whole_deadline_left(
    kmock: kmocks.RawHandler, kubeconfig: Path
) -> None:
    """Statuses of hundreds of pipelines go through few connections: the last of them is no failure."""
    never = asyncio.Event()
    kmock["get /silent"] << never.wait
    kmock["get /quick"] << {"kind": "Scale"}
    write_kubeconfig(kubeconfig, str(kmock.url).rstrip("/"))
    api = await connect(deadline_seconds=0.2, at_once=1)
    silent = [asyncio.create_task(api.get("/silent")) for _ in range(2)]
    await asyncio.sleep(0)
    assert await api.get("/quick") == {"kind": "Scale"}, "after the others, each for its deadline"
    assert [type(task.exception()) for task in silent] == [ApiError, ApiError]
    never.set()
    await api.close()


async def test_silence_is_neither_an_error_nor_a_refusal(kmock: kmocks.RawHandler, kubeconfig: Path) -> None:
    never = asyncio.Event()
    kmock["get /silent"] << never.wait
    kmock["get /bad"] << 500 << {"reason": "InternalError", "message": "etcd is away"}
    write_kubeconfig(kubeconfig, str(kmock.url).rstrip("/"))
    api = await connect(deadline_seconds=0.1)
    silence = []
    for path in ("/silent", "/bad", "/silent", "/silent", "/bad"):
        with pytest.raises(ApiError):
            await api.get(path)
        silence.append(api.silent_seconds)
    assert [seconds > 0 for seconds in silence] == [False, False, True, True, False], "never heard is no news"
    assert silence[3] >= 0.2, "counted from the first request without an answer"
    never.set()
    await api.close()


async def test_an_api_server_that_is_not_there_is_named(kubeconfig: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        server = f"http://127.0.0.1:{taken.getsockname()[1]}"
        write_kubeconfig(kubeconfig, server)
        api = await connect(deadline_seconds=5)
        with pytest.raises(ApiError, match=server) as caught:
            await api.get(PATH)
        await api.close()
    assert caught.value.status == 0


async def test_no_way_to_the_api_server_says_where_it_was_looked_for(kubeconfig: Path) -> None:
    with pytest.raises(ApiError, match=str(kubeconfig)):
        await connect(deadline_seconds=1)


async def test_apply_is_forced_and_under_our_name(kmock: kmocks.RawHandler, api: KubeApi) -> None:
    kmock["patch"] << {"spec": {"replicas": 3}}
    await api.apply(PATH, {"spec": {"replicas": 3}})
    [sent] = kmock["patch"]
    assert sent.headers["Content-Type"].partition(";")[0] == "application/apply-patch+yaml"
    assert dict(sent.params) == {"fieldManager": "logpipeline", "force": "true"}
    assert json.loads(sent.text) == {"spec": {"replicas": 3}}
    assert sent.headers["User-Agent"] == "logpipeline-operator"


async def test_what_is_applied_is_yaml_whatever_characters_a_user_has_chosen(
    kmock: kmocks.RawHandler, api: KubeApi
) -> None:
    body = {"message": "журнал 日志 🛒 \x00\x1b\x7f\x85\x9f\u2028\ufeff\uffff \\ud83d \" ' \\"}
    kmock["patch"] << {}
    await api.apply(PATH, body)
    [sent] = kmock["patch"]
    assert yaml.safe_load(sent.text) == body
    assert json.loads(sent.text) == body


async def test_a_token_that_was_renewed_is_read_again(
    kmock: kmocks.RawHandler, api: KubeApi, kubeconfig: Path
) -> None:
    kmock["get"][:1] << 401 << {"reason": "Unauthorized", "message": "token has expired"}
    kmock["get"][1:] << {"kind": "Scale"}
    write_kubeconfig(kubeconfig, str(kmock.url).rstrip("/"), times=2)
    assert await api.get(PATH) == {"kind": "Scale"}
    assert [request.headers["Authorization"] for request in kmock["get"]] == [
        "Bearer number-1",
        "Bearer number-2",
    ]


async def test_long_lists_are_read_to_their_end(kmock: kmocks.RawHandler, api: KubeApi) -> None:
    kmock["get"][:1] << {"metadata": {"continue": "more"}, "items": [{"metadata": {"uid": "a"}}]}
    kmock["get"][1:] << {"metadata": {}, "items": [{"metadata": {"uid": "b"}}]}
    listed = [found async for found in api.list_metadata(resource_path("apps/v1", "deployments"))]
    assert listed == [{"uid": "a"}, {"uid": "b"}]
    assert [request.params.get("continue") for request in kmock["get"]] == [None, "more"]


async def test_some_objects_are_listed_by_their_labels(kmock: kmocks.RawHandler, api: KubeApi) -> None:
    kmock["get"] << {"metadata": {"continue": "more"}, "items": [{"metadata": {"uid": "a"}}]}
    listed = await api.list_some(resource_path("v1", "pods", "shop"), 500, labelSelector="app=index")
    assert listed == [{"metadata": {"uid": "a"}}]
    assert [dict(request.params) for request in kmock["get"]] == [
        {"limit": "500", "labelSelector": "app=index"}
    ]
