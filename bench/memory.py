"""`python -m bench.memory`: what the operator holds with one pipeline, when it has run for a while.

Of both its processes; what they share counts once.
"""

from time import monotonic, sleep

from bench.harness import (
    KUBERNETES,
    MEGABYTE,
    Figure,
    RunningOperator,
    apply,
    apply_crds,
    bench_sandbox,
    commands,
    fake_node,
    machine,
    measured_at,
    operator,
    run,
    tell,
)
from bench.subjects import NAMESPACE, Subject, create_topics, namespace
from sandbox.errors import SandboxError

LIMIT_MEGABYTES = 120.0
SECONDS = 60.0
PASSES = 10
GIVE_UP_SECONDS = 240.0


def main() -> int:
    """Start everything, let it measure, read what the processes hold."""
    began = machine()
    subject = Subject("memory")
    with bench_sandbox([*KUBERNETES, "kafka"]) as sandbox:
        create_topics(sandbox.kafka_bootstrap, [subject])
        apply_crds(sandbox)
        apply(sandbox, [fake_node(), namespace()])
        apply(sandbox, subject.documents(sandbox.kafka_bootstrap))
        with operator(sandbox) as running:
            commands(sandbox)(
                "kubectl",
                "wait",
                f"--namespace={NAMESPACE}",
                "--for=condition=Ready",
                "lp/memory",
                "--timeout=60s",
            )
            seconds, passes = let_it_run(running)
            resident, peak = running.resident_bytes(), running.peak_bytes()
    figures = [
        Figure("Memory with one pipeline", round(resident / MEGABYTE, 1), "MB", LIMIT_MEGABYTES),
        Figure("The most it was", round(peak / MEGABYTE, 1), "MB"),
    ]
    return tell("memory", figures, {"seconds": round(seconds), "passes": passes}, began)


def let_it_run(running: RunningOperator) -> tuple[float, int]:
    """Wait for at least a minute and ten measurements; how long it was, and how many there were."""
    began, passes, last = monotonic(), 0, None
    while (elapsed := monotonic() - began) < SECONDS or passes < PASSES:
        if elapsed > GIVE_UP_SECONDS:
            raise SandboxError(f"There were but {passes} measurements in {elapsed:.0f} s.")
        newest = measured_at(running.metrics())
        if newest is not None and newest != last:
            last, passes = newest, passes + 1
        sleep(1)
    return elapsed, passes


if __name__ == "__main__":
    run(main)
