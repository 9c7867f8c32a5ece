"""Those who watch: the operator's metrics, its Events, the workloads, and the backlog itself."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Mapping
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
from prometheus_client.parser import text_string_to_metric_families

from logpipeline import metrics
from sandbox.demo.follow import follow
from sandbox.demo.journal import Journal, StageFigures
from sandbox.demo.shop import Shop
from sandbox.demo.waiting import Scale
from sandbox.pods.api import KubernetesApi

EVERY_SECONDS = 1.0
WEIGH_EVERY_SECONDS = 0.5
ANSWER_WITHIN = aiohttp.ClientTimeout(total=2)

FIGURES = {
    metrics.BACKLOG.name: "backlog",
    metrics.ARRIVAL.name: "arrival_per_second",
    metrics.CONSUMPTION.name: "consumption_per_second",
    metrics.OLDEST.name: "oldest_seconds",
}
COUNTS = frozenset({"observed", "ready", "wanted"})


@asynccontextmanager
async def observers(
    journal: Journal, shop: Shop, api: KubernetesApi, scale: Scale, metrics_url: str
) -> AsyncIterator[None]:
    """Watch until the end of the block."""
    watchers = (
        _guarded(journal, "the operator's metrics", _ask_operator(journal, shop, metrics_url)),
        _guarded(journal, "the Events", _hear(journal, shop, api)),
        _guarded(journal, "the Deployments", _watch_sizes(journal, shop, api)),
        _guarded(journal, "the backlog", _weigh(journal, scale)),
    )
    tasks = [asyncio.create_task(watcher) for watcher in watchers]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _guarded(journal: Journal, what: str, watching: Awaitable[None]) -> None:
    try:
        await watching
    except Exception as error:  # noqa: BLE001 - whatever it is, the story must hear of it
        journal.broke(f"{what} could not be followed any more: {error!r}")


async def _ask_operator(journal: Journal, shop: Shop, url: str) -> None:
    measured: float | None = None
    async with aiohttp.ClientSession(timeout=ANSWER_WITHIN) as http:
        while True:
            try:
                async with http.get(url) as answer:
                    text = await answer.text()
            except (aiohttp.ClientError, TimeoutError):
                journal.operator_silent()
            else:
                newest = measured_at(text, shop)
                journal.asked_operator(
                    figures_of(text, shop), measured_anew=newest is not None and newest != measured
                )
                measured = newest
            await asyncio.sleep(EVERY_SECONDS)


async def _hear(journal: Journal, shop: Shop, api: KubernetesApi) -> None:
    known: set[str] = set()
    path = f"/api/v1/namespaces/{shop.namespace}/events"
    async for event in follow(api, path, "involvedObject.kind=LogPipeline"):
        if event["metadata"]["uid"] not in known:
            known.add(event["metadata"]["uid"])
            journal.heard(event["reason"], event["message"])


async def _watch_sizes(journal: Journal, shop: Shop, api: KubernetesApi) -> None:
    async for deployment in follow(api, f"/apis/apps/v1/namespaces/{shop.namespace}/deployments"):
        journal.resized(deployment["metadata"]["name"], deployment["spec"]["replicas"])


async def _weigh(journal: Journal, scale: Scale) -> None:
    while True:
        journal.counted(await asyncio.to_thread(scale.weigh))
        await asyncio.sleep(WEIGH_EVERY_SECONDS)


def figures_of(text: str, shop: Shop) -> Mapping[str, StageFigures]:
    """What a page of metrics says of each stage of the pipeline."""
    found: defaultdict[str, dict[str, Any]] = defaultdict(dict)
    for name, labels, value in _samples(text, shop):
        if name in FIGURES:
            found[labels["stage"]][FIGURES[name]] = value
        elif name == metrics.REPLICAS.name and labels["state"] in COUNTS:
            found[labels["stage"]][labels["state"]] = int(value)
    return {stage.name: StageFigures(**found[stage.name]) for stage in shop.stages}


def measured_at(text: str, shop: Shop) -> float | None:
    """When the last stage was measured, in Unix seconds; None where it was not."""
    for name, labels, value in _samples(text, shop):
        if name == metrics.MEASURED.name and labels["stage"] == shop.last.name:
            return value
    return None


def _samples(text: str, shop: Shop) -> list[tuple[str, Mapping[str, str], float]]:
    return [
        (sample.name, sample.labels, sample.value)
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.labels.get("pipeline") == shop.pipeline and "stage" in sample.labels
    ]
