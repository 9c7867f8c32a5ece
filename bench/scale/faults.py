"""Ten minutes at 500 pipelines while things go wrong at random: memory stays flat, the loop never stalls."""

import asyncio
import random
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import mean

from bench.harness import (
    MEGABYTE,
    Figure,
    RunningOperator,
    apply,
    apply_crds,
    bench_sandbox,
    operator,
    slower_than,
)
from bench.scale.fleet import DEPLOYMENTS, PIPELINES, connection, create, fleet, furnish, until_ready
from bench.scale.limits import AT_500
from bench.scale.part import CONSOLE, Outcome
from bench.scale.traffic import traffic
from bench.scale.trouble import Trouble
from bench.scale.usage import waited_seconds
from bench.subjects import Subject, namespace
from logpipeline import metrics
from sandbox.sandbox import Sandbox

COUNT = 500
BUSY_SHARE = 10
SECONDS = 600.0
WARM_UP_SHARE = 0.4
"""Of the time: histories hold a quarter of an hour, but only the last 100 s of it row by row."""
ENDS_SHARE = 0.1
"""Of the time after that: what memory is in the beginning and at the end is the mean over so much."""
STALL_SECONDS = 0.1
GROWTH_LIMIT_PERCENT = 5.0
LOOK_EVERY_SECONDS = 5.0
TELL_EVERY = 12
"""Looks."""
GIVE_UP_SECONDS = 120.0
COMPONENTS = ("kube-controller-manager", "kafka")


@dataclass(frozen=True, slots=True)
class Look:
    """What was seen of the operator at one moment."""

    megabytes: float
    stalls: int
    """So far, those of the start included."""
    waited_seconds: float
    """So far: how long its event loop waited for a processor. On a busy machine that is a stall, too."""


def measure(share: float) -> Outcome:
    """Freeze, edit, delete and create, and look at the operator all the while."""
    subjects = fleet(COUNT)
    seed = random.randrange(1_000_000)  # noqa: S311 - no secret
    with bench_sandbox(COMPONENTS) as sandbox:
        furnish(sandbox.kafka_bootstrap, subjects)
        apply_crds(sandbox)
        apply(sandbox, [namespace()])
        with operator(sandbox) as running, traffic(sandbox.kafka_bootstrap, subjects[::BUSY_SHARE]):
            looks, details = asyncio.run(_run(sandbox, running, subjects, seed, SECONDS * share))
    return Outcome(figures_of(looks), {"pipelines": COUNT, "seconds": SECONDS * share, **details})


async def _run(
    sandbox: Sandbox, running: RunningOperator, subjects: Sequence[Subject], seed: int, seconds: float
) -> tuple[list[Look], dict[str, object]]:
    dice = random.Random(seed)  # noqa: S311 - to be thrown alike again
    async with connection(sandbox) as api:
        await create(api, DEPLOYMENTS, [subject.deployment() for subject in subjects])
        await create(api, PIPELINES, [subject.pipeline(sandbox.kafka_bootstrap) for subject in subjects])
        await until_ready(api, len(subjects), GIVE_UP_SECONDS)
        trouble, looks = Trouble(sandbox, api, subjects, dice), [_look(running)]
        watching = asyncio.create_task(_watch(running, looks))
        await trouble.make(seconds)
        watching.cancel()
        looks.append(await asyncio.to_thread(_look, running))
        await until_ready(api, len(subjects), GIVE_UP_SECONDS)
    waited = round(looks[-1].waited_seconds - looks[0].waited_seconds, 1)
    return looks, {"seed": seed, "faults": dict(trouble.done), "waited_for_a_processor_seconds": waited}


async def _watch(running: RunningOperator, looks: list[Look]) -> None:
    while True:
        looks.append(await asyncio.to_thread(_look, running))
        if len(looks) % TELL_EVERY == 0:
            elapsed = len(looks) * LOOK_EVERY_SECONDS / 60
            CONSOLE.print(f"{elapsed:.0f} min: {looks[-1].megabytes:.0f} MB, {looks[-1].stalls} stalls")
        await asyncio.sleep(LOOK_EVERY_SECONDS)


def _look(running: RunningOperator) -> Look:
    stalls = slower_than(running.metrics(), metrics.STALL, STALL_SECONDS)
    megabytes = round(running.resident_bytes() / MEGABYTE, 1)
    return Look(megabytes, stalls, waited_seconds(running.pid))


def figures_of(looks: Sequence[Look]) -> list[Figure]:
    """Memory that grew when it no longer should, and the stalls."""
    settled = [look.megabytes for look in looks[int(len(looks) * WARM_UP_SHARE) :]]
    some = max(1, int(len(settled) * ENDS_SHARE))
    begun, ended = mean(settled[:some]), mean(settled[-some:])
    growth = 100 * (ended - begun) / begun
    return [
        Figure("Memory at the end of ten minutes of faults", looks[-1].megabytes, "MB", AT_500.megabytes),
        Figure("Its growth, after the first four minutes", round(growth, 1), "%", GROWTH_LIMIT_PERCENT),
        Figure("Stalls of the event loop over 100 ms", looks[-1].stalls - looks[0].stalls, "", 0),
    ]
