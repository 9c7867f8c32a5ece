from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest

from logpipeline.api.pipeline import LogPipelineSpec
from sandbox.demo.install import EXAMPLE, ROOT
from sandbox.demo.overlay import WINDOWS, Addresses, Overlay, read_documents
from sandbox.demo.shop import Shop

ADDRESSES = Addresses("127.0.0.1:9999", "redis://127.0.0.1:6380/0", Path("/srv/demo/store"))

MAY_CHANGE = {
    "Deployment log-collector": ("spec.template.spec.containers.0.args.*",),
    "Deployment log-indexer": (
        "spec.template.spec.containers.0.args.*",
        "spec.template.spec.volumes.0.hostPath.path",
    ),
    "LogPipeline access-logs": (
        "spec.stages.*.source.redis.address",
        "spec.stages.*.source.kafka.bootstrapServers",
        "spec.stages.*.scaling.drainWithin",
        "spec.stages.*.scaling.behavior.scaleDown.stabilizationWindow",
        "spec.alerts.for",
    ),
}
ARGUMENTS = ("--kafka=", "--redis=")


@pytest.fixture
def documents() -> list[dict[str, Any]]:
    return list(read_documents(ROOT / EXAMPLE))


def leaves(value: object, path: tuple[str, ...] = ()) -> Iterator[tuple[str, object]]:
    """Every value of a document with its path."""
    if isinstance(value, dict):
        for key, part in value.items():
            yield from leaves(part, (*path, key))
    elif isinstance(value, list):
        for index, part in enumerate(value):
            yield from leaves(part, (*path, str(index)))
    else:
        yield ".".join(path), value


def test_the_demo_changes_addresses_and_windows_of_the_examples_and_nothing_else(
    documents: list[dict[str, Any]],
) -> None:
    overlay = Overlay(ADDRESSES)
    for document in documents:
        name = f"{document['kind']} {document['metadata']['name']}"
        before, after = dict(leaves(document)), dict(leaves(overlay(document)))
        assert before.keys() == after.keys(), name
        for path in (path for path in before if before[path] != after[path]):
            assert any(fnmatch(path, allowed) for allowed in MAY_CHANGE.get(name, ())), f"{name}: {path}"
            if ".args." in path:
                option = str(before[path]).partition("=")[0] + "="
                assert option in ARGUMENTS, f"{name}: {before[path]}"
                assert str(after[path]).startswith(option)


def test_every_address_of_the_examples_is_one_of_the_sandbox_afterwards(
    documents: list[dict[str, Any]],
) -> None:
    overlay = Overlay(ADDRESSES)
    applied = [str(value) for document in documents for _, value in leaves(overlay(document))]
    for address in ADDRESSES.replacements():
        assert not any(address in value for value in applied), address
    for address in ADDRESSES.replacements().values():
        assert any(address in value for value in applied), address


def test_every_window_is_shortened_and_told_with_what_it_was(documents: list[dict[str, Any]]) -> None:
    overlay = Overlay(ADDRESSES)
    for document in documents:
        overlay(document)
    windows = {(c.path.rpartition(".")[2], c.before, c.after) for c in overlay.changes if c.is_window}
    assert {name for name, _, _ in windows} == set(WINDOWS)
    assert all(before != after for _, before, after in windows)


def test_what_is_applied_is_still_a_pipeline(documents: list[dict[str, Any]]) -> None:
    overlay = Overlay(ADDRESSES)
    applied = [overlay(document) for document in documents]
    (pipeline,) = (document for document in applied if document["kind"] == "LogPipeline")
    spec = LogPipelineSpec.model_validate(pipeline["spec"])
    assert (
        spec.stages[1].scaling.drain_within
        < LogPipelineSpec.model_validate(documents[-1]["spec"]).stages[1].scaling.drain_within
    )


def test_the_example_says_of_a_replica_what_its_limit_says(documents: list[dict[str, Any]]) -> None:
    """A worker slower than its capacity in the spec would leave every plan short."""
    capacity = {
        stage["scaleTargetRef"]["name"]: stage["scaling"]["capacity"]["recordsPerSecond"]
        for document in documents
        if document["kind"] == "LogPipeline"
        for stage in document["spec"]["stages"]
    }
    limits = {
        document["metadata"]["name"]: int(argument.removeprefix("--limit="))
        for document in documents
        if document["kind"] == "Deployment"
        for argument in document["spec"]["template"]["spec"]["containers"][0]["args"]
        if argument.startswith("--limit=")
    }
    assert limits == capacity


def test_the_demo_reads_its_topic_and_stream_from_the_example(documents: list[dict[str, Any]]) -> None:
    shop = Shop.read(documents)
    assert (shop.namespace, shop.pipeline) == ("shop", "access-logs")
    assert (shop.stream, shop.topic, shop.group) == ("gin_logs", "access-log", "indexers")
    assert [stage.workload for stage in shop.stages] == ["log-collector", "log-indexer"]
