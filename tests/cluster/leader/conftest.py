"""Namespaces with a pipeline for two operators to fight over, and all fights at once: each takes its time."""

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from urllib.parse import urlsplit

import pytest

from sandbox.sandbox import Sandbox
from tests.cluster.installed.records import Broker
from tests.cluster.leader import fights, pulses
from tests.cluster.leader.duel import Duel, prepare
from tests.faults.tcp import TcpProxy
from tests.kubectl import Kubectl

STORIES: Mapping[str, Callable[[Duel], object]] = {
    "frozen": fights.frozen,
    "killed": fights.killed,
    "cut": fights.cut,
    "silenced": fights.silenced,
    "ended": fights.ended,
    "refused": pulses.refused,
    "half-open": pulses.half_open,
}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "leader" in item.path.parts:
            item.add_marker(pytest.mark.cluster)


@pytest.fixture(scope="package")
def make_duel(
    cluster: Sandbox,
    kubectl: Kubectl,
    kafka_bootstrap: str,
    crds: None,  # noqa: ARG001 - the resources must be known
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Callable[[str], Duel]]:
    """Makes namespaces; whatever was started there ends with the tests of this folder."""
    address = urlsplit(cluster.layout.api_server)
    with ExitStack() as ends:

        def make(name: str) -> Duel:
            assert address.hostname
            assert address.port
            proxy = ends.enter_context(TcpProxy(address.hostname, address.port))
            folder = tmp_path_factory.mktemp(name)
            duel = prepare(name, cluster, kubectl, Broker(kafka_bootstrap), proxy=proxy, folder=folder)
            ends.callback(duel.end)
            return duel

        yield make


@pytest.fixture(scope="package")
def under_way(make_duel: Callable[[str], Duel]) -> Iterator[Mapping[str, Future[object]]]:
    """Every story by its name, begun together."""
    duels = {name: make_duel(name) for name in STORIES}
    with ThreadPoolExecutor(len(STORIES)) as threads:
        yield {name: threads.submit(story, duels[name]) for name, story in STORIES.items()}
