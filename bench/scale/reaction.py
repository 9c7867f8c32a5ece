"""The reaction of one pipeline beside 500 others: it should be as if it were alone."""

import asyncio

from bench import reaction as alone
from bench.harness import KUBERNETES, bench_sandbox, operator
from bench.scale.fleet import DEPLOYMENTS, PIPELINES, connection, create, fleet, furnish, until_ready
from bench.scale.part import Outcome, wait
from bench.subjects import Subject
from sandbox.sandbox import Sandbox

OTHERS = 500
SETTLE_SECONDS = 15.0
GIVE_UP_SECONDS = 120.0


def measure(share: float) -> Outcome:
    """The same runs as `bench.reaction`, under the same limits."""
    subjects = [Subject(f"run-{number:02}") for number in range(max(3, round(alone.RUNS * share)))]
    others = fleet(OTHERS, "other")
    with bench_sandbox([*KUBERNETES, "kafka"]) as sandbox:
        alone.prepare(sandbox, subjects)
        furnish(sandbox.kafka_bootstrap, others)
        asyncio.run(_apply(sandbox, others))
        with operator(sandbox) as running:
            asyncio.run(_ready(sandbox, len(subjects) + len(others)))
            wait(SETTLE_SECONDS * share, "the operator warms up")
            runs = asyncio.run(alone.run_all(sandbox, subjects, running))
    return Outcome(
        [figure.named(f"Beside {OTHERS}: {figure.name}") for figure in alone.figures_of(runs)],
        {"others": OTHERS, **alone.details_of(runs)},
    )


async def _apply(sandbox: Sandbox, others: list[Subject]) -> None:
    async with connection(sandbox) as api:
        await create(api, DEPLOYMENTS, [other.deployment() for other in others])
        await create(api, PIPELINES, [other.pipeline(sandbox.kafka_bootstrap) for other in others])


async def _ready(sandbox: Sandbox, count: int) -> None:
    async with connection(sandbox) as api:
        await until_ready(api, count, GIVE_UP_SECONDS)
