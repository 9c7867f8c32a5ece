"""Hundreds of pipelines on one broker, measured every 5 s: memory, processor time, connections.

Records flow through every tenth of them. The API server's processor time is compared with what it uses in the
same cluster, with the same objects and the same traffic, while there is no operator.
"""

import asyncio
from collections.abc import Sequence
from time import monotonic

from bench.harness import (
    MEGABYTE,
    Figure,
    RunningOperator,
    apply,
    apply_crds,
    bench_sandbox,
    operator,
)
from bench.scale.fleet import (
    DEPLOYMENTS,
    PIPELINES,
    connection,
    create,
    delete,
    fleet,
    furnish,
    until_ready,
)
from bench.scale.limits import AT_500, Limits
from bench.scale.part import API_SERVER, BROKER, CONSOLE, Outcome, pid_of, wait
from bench.scale.traffic import traffic
from bench.scale.usage import Mark, connections
from bench.subjects import Subject, namespace
from sandbox.sandbox import Sandbox

IDLE_SECONDS = 30.0
WARM_UP_SECONDS = 70.0
STEADY_SECONDS = 80.0
SETTLE_SECONDS = 10.0
READY_LIMIT_SECONDS = 60.0
GIVE_UP_SECONDS = 180.0
BUSY_SHARE = 10
COMPONENTS = ("kube-controller-manager", "kafka")


def five_hundred(share: float) -> Outcome:
    """500 pipelines."""
    return _measure(500, AT_500, share)


def thousand(share: float) -> Outcome:
    """1,000 pipelines: twice as much at most."""
    return _measure(1000, AT_500.times(2), share)


def _measure(count: int, limits: Limits, share: float) -> Outcome:
    subjects = fleet(count)
    busy = subjects[::BUSY_SHARE]
    with bench_sandbox(COMPONENTS) as sandbox:
        kafka = sandbox.kafka_bootstrap
        furnish(kafka, subjects)
        apply_crds(sandbox)
        apply(sandbox, [namespace()])
        asyncio.run(_apply(sandbox, subjects))
        with traffic(kafka, busy):
            wait(SETTLE_SECONDS, "the servers settle")
            idle = _cores(pid_of(sandbox, API_SERVER), IDLE_SECONDS * share, "without the operator")
            asyncio.run(_remove(sandbox, subjects))
            with operator(sandbox) as running:
                ready = asyncio.run(_apply_and_wait(sandbox, subjects))
                wait(WARM_UP_SECONDS * share, "the operator warms up")
                figures = _figures(sandbox, running, limits, idle, share)
    shown = Figure(f"{count} pipelines Ready after apply", round(ready, 1), "s", READY_LIMIT_SECONDS)
    details = {"pipelines": count, "with_traffic": len(busy), "api_server_idle_cores": round(idle, 4)}
    named = [figure.named(f"{count} pipelines: {figure.name}") for figure in figures]
    return Outcome([*named, shown], details)


def _figures(
    sandbox: Sandbox, running: RunningOperator, limits: Limits, idle: float, share: float
) -> list[Figure]:
    api_server = pid_of(sandbox, API_SERVER)
    marks = Mark.of(*running.pids), Mark.of(api_server)
    wait(STEADY_SECONDS * share, "the operator runs")
    ours = running.pids  # its client of Kafka may have been replaced meanwhile
    cores, served = Mark.of(*ours).cores_since(marks[0]), Mark.of(api_server).cores_since(marks[1])
    sockets = connections(ours, sandbox.layout.port(BROKER))
    return [
        Figure("memory", round(running.resident_bytes() / MEGABYTE, 1), "MB", limits.megabytes),
        Figure("the most memory", round(running.peak_bytes() / MEGABYTE, 1), "MB"),
        Figure("processor", round(cores, 3), "cores", limits.cores),
        Figure("connections to the broker", sockets, "", limits.connections),
        Figure("API server above idle", round(served - idle, 3), "cores", limits.api_server_cores),
    ]


def _cores(pid: int, seconds: float, why: str) -> float:
    mark = Mark.of(pid)
    wait(seconds, why)
    return Mark.of(pid).cores_since(mark)


async def _apply(sandbox: Sandbox, subjects: Sequence[Subject]) -> None:
    async with connection(sandbox) as api:
        await create(api, DEPLOYMENTS, [subject.deployment() for subject in subjects])
        await create(api, PIPELINES, [subject.pipeline(sandbox.kafka_bootstrap) for subject in subjects])


async def _remove(sandbox: Sandbox, subjects: Sequence[Subject]) -> None:
    async with connection(sandbox) as api:
        await delete(api, PIPELINES, [subject.name for subject in subjects])


async def _apply_and_wait(sandbox: Sandbox, subjects: Sequence[Subject]) -> float:
    """Apply the pipelines; seconds from the first request until all are Ready."""
    async with connection(sandbox) as api:
        waiting = asyncio.create_task(until_ready(api, len(subjects), GIVE_UP_SECONDS))
        began = monotonic()
        await create(api, PIPELINES, [subject.pipeline(sandbox.kafka_bootstrap) for subject in subjects])
        ready = await waiting - began
    CONSOLE.print(f"{len(subjects)} pipelines were Ready {ready:.1f} s after the first was applied")
    return ready
