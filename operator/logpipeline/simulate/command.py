"""The command itself: from its options to its exit code. Nothing that simulates is loaded before it runs."""

import os
from datetime import timedelta
from typing import NoReturn

import typer

from logpipeline.simulate import arguments as given
from logpipeline.simulate.options import (
    EventOptions,
    Options,
    Past,
    TrafficOptions,
    TruthOptions,
    UnreachableError,
    UnusableError,
    UnwritableError,
)

UNUSABLE_INPUT = 2
NO_KAFKA = 3
NO_REPORT = 4
DAY = timedelta(days=1)
EPILOG = """
**Examples**

`logpipeline simulate examples/scenarios/sale.yaml --policy logpipeline --policy keda --html sale.html`

`logpipeline simulate --trace requests.csv --pipeline lp.yaml --true-capacity 1000 --scale-peak-to 40
--from 1998-06-30T12:00Z --to 1998-07-01T00:00Z --seed 1 --seed 2 --seed 3 --policy all --json`

`logpipeline simulate examples/scenarios/announced-sale.yaml --event examples/events/double-eleven.yaml
--truth-factor 1.5`

`logpipeline simulate --kafka kafka:9092 --topic access-log --since 24h --pipeline lp.yaml`

**Exit codes**: 0 simulated; 2 what was given cannot be used; 3 Kafka did not tell its past; 4 the report
cannot be written.
"""


def simulate(
    scenario: given.ScenarioFile = None,
    *,
    pipeline: given.PipelineFile = None,
    policy: given.Policies = None,
    seed: given.Seeds = None,
    jobs: given.Jobs = None,
    trace: given.Trace = None,
    begins: given.Begins = None,
    ends: given.Ends = None,
    scale_peak_to: given.PeakReplicas = None,
    kafka: given.Kafka = None,
    topic: given.Topic = None,
    since: given.Since = None,
    step: given.Step = None,
    kafka_secret: given.KafkaSecret = None,
    event: given.Events = None,
    truth_factor: given.TruthFactor = 1.0,
    true_capacity: given.TrueCapacity = None,
    partitions: given.Partitions = None,
    skew: given.Skew = None,
    replicas: given.Replicas = None,
    start_up: given.StartUp = None,
    protocol: given.RebalanceProtocol = None,
    rebalance_pause: given.RebalancePause = None,
    commit_every: given.CommitEvery = None,
    noise: given.Noise = None,
    nodes: given.Nodes = None,
    as_json: given.AsJson = False,
    html: given.HtmlFile = None,
) -> None:
    """Play traffic against a simulated pipeline, to see what the operator would do, and what others would.

    Without a scenario the pipeline has 64 partitions of unequal weight, pods that start in 60 s, rebalances
    that stop all for 15 s, commits every 5 s, and 5 % noise in what is measured.
    """
    past = None
    if kafka is not None:
        if topic is None or trace is not None:
            _end("--kafka needs --topic, and takes no --trace: it is the traffic", UNUSABLE_INPUT)
        past = Past(kafka, topic, since or DAY, step, kafka_secret)
    options = Options(
        scenario,
        pipeline,
        TrafficOptions(trace, past, begins, ends, scale_peak_to),
        TruthOptions(
            capacity=true_capacity,
            partitions=partitions,
            skew=skew,
            replicas=replicas,
            start_up=start_up,
            protocol=protocol,
            pause=rebalance_pause,
            commit_every=commit_every,
            noise=noise,
            nodes=nodes,
        ),
        tuple(policy or ()),
        tuple(seed or ()),
        jobs or os.cpu_count() or 1,
        EventOptions(tuple(event or ()), truth_factor),
    )
    from logpipeline.simulate.session import simulated  # noqa: PLC0415 - running the operator needs none of it

    try:
        simulated(options, as_json=as_json, html=html)
    except UnusableError as error:
        _end(str(error), UNUSABLE_INPUT)
    except UnreachableError as error:
        _end(str(error), NO_KAFKA)
    except UnwritableError as error:
        _end(str(error), NO_REPORT)


def _end(sentences: str, code: int) -> NoReturn:
    typer.echo(sentences, err=True)
    raise typer.Exit(code)
