"""What the operator says to the API server, and what it makes of the answers."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import kmock as kmocks
import pytest

from logpipeline.kube import ApiError, KubeApi, connect, resource_path

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
    assert sent.headers["Content-Type"] == "application/apply-patch+yaml"
    assert dict(sent.params) == {"fieldManager": "logpipeline", "force": "true"}
    assert json.loads(sent.text) == {"spec": {"replicas": 3}}
    assert sent.headers["User-Agent"] == "logpipeline-operator"


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
