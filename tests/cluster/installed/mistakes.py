"""Mistakes that only the operator can see, what it is to say about each, and how a person mends it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from tests.cluster.installed.manifests import (
    Json,
    autoscaler,
    kafka,
    log_pipeline,
    redis,
    stage,
    unstarted,
)
from tests.cluster.installed.records import Broker, Streams, unique
from tests.cluster.installed.shop import Shop

RECORDS = 8_000
REPLICAS = 2
WANTED = 4
"""What the waiting records ask for, were it not for the mistake."""
NOBODY = "127.0.0.1:9"


@dataclass(frozen=True, slots=True)
class Mistake:
    """Something is wrong with a pipeline. Its workload is the Deployment of its own name."""

    objects: Sequence[Json]
    condition: str
    reason: str
    says: Sequence[str]
    """What the sentence must tell."""
    mend: Callable[[Shop], None]


def governed_by(name: str, source: Json, target: Json | None = None, pipeline: str | None = None) -> Json:
    """A pipeline of one stage whose records ask for `WANTED` replicas."""
    capacity = {"recordsPerSecond": 100}
    only = stage("index", source, target or {"name": name}, maxReplicas=WANTED, capacity=capacity)
    return log_pipeline(pipeline or name, only)


def all_mistakes(broker: Broker, streams: Streams) -> Mapping[str, Mistake]:
    """Every one of them, by the name of its pipeline."""
    source = kafka(broker.bootstrap, broker.topic(records=RECORDS))
    return {**_of_targets(source), **_of_kafka(source, broker), **_of_redis(streams), **_shared(source)}


def _of_targets(source: Json) -> Mapping[str, Mistake]:
    def wrong(name: str, target: Json, reason: str, *says: str, also: Sequence[Json] = ()) -> Mistake:
        there = unstarted(name, REPLICAS)
        mended = governed_by(name, source)
        objects = [there, *also, governed_by(name, source, target)]
        return Mistake(objects, "ScalingActive", reason, says, lambda shop: shop.apply(mended))

    config = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "not-scalable"}}
    controller = unstarted("old", REPLICAS, "ReplicationController", "v1")
    of_core = {"apiVersion": "v1", "kind": "ReplicationController", "name": "old"}
    return {
        "no-target": Mistake(
            [governed_by("no-target", source)],
            "ScalingActive",
            "TargetMissing",
            ("Deployment no-target", "is not there", "create it"),
            lambda shop: shop.apply(unstarted("no-target", REPLICAS)),
        ),
        "not-scalable": wrong(
            "not-scalable",
            {"apiVersion": "v1", "kind": "ConfigMap", "name": "not-scalable"},
            "TargetNotScalable",
            "ConfigMap of v1 has no scale subresource",
            also=[config],
        ),
        "no-such-kind": wrong(
            "no-such-kind",
            {"kind": "Deploymnet", "name": "no-such-kind"},
            "TargetNotScalable",
            "apps/v1 has no kind Deploymnet",
        ),
        "no-right": wrong(
            "no-right", of_core, "ScaleRefused", "may not scale", "get and patch", also=[controller]
        ),
    }


def _of_kafka(source: Json, broker: Broker) -> Mapping[str, Mistake]:
    later = unique("later")
    return {
        "no-broker": Mistake(
            [unstarted("no-broker", REPLICAS), governed_by("no-broker", kafka(NOBODY, "any"))],
            "SourcesAvailable",
            "SourceUnreachable",
            (NOBODY,),
            lambda shop: shop.apply(governed_by("no-broker", source)),
        ),
        "no-topic": Mistake(
            [unstarted("no-topic", REPLICAS), governed_by("no-topic", kafka(broker.bootstrap, later))],
            "SourcesAvailable",
            "TopicMissing",
            (later, "create it"),
            lambda _: (broker.topic(name=later, records=RECORDS), None)[1],
        ),
    }


def _of_redis(streams: Streams) -> Mapping[str, Mistake]:
    absent, ungrouped, string, elsewhere = map(unique, ("absent", "ungrouped", "string", "elsewhere"))
    streams.add(ungrouped, RECORDS)
    streams.set(string)
    streams.group(elsewhere)
    streams.add(elsewhere, RECORDS)

    def made(stream: str) -> None:
        streams.add(stream, RECORDS)
        streams.group(stream)

    def replaced(stream: str) -> None:
        streams.delete(stream)
        made(stream)

    def wrong(name: str, stream: str, reason: str, tells: str, mend: Callable[[Shop], None]) -> Mistake:
        objects = [unstarted(name, REPLICAS), governed_by(name, redis(streams.url, stream))]
        return Mistake(objects, "SourcesAvailable", reason, (stream, tells), mend)

    reachable = governed_by("no-redis", redis(streams.url, elsewhere))
    return {
        "no-redis": Mistake(
            [
                unstarted("no-redis", REPLICAS),
                governed_by("no-redis", redis(f"redis://{NOBODY}/0", elsewhere)),
            ],
            "SourcesAvailable",
            "SourceUnreachable",
            (NOBODY,),
            lambda shop: shop.apply(reachable),
        ),
        "no-stream": wrong("no-stream", absent, "StreamMissing", "first entry", lambda _: made(absent)),
        "no-group": wrong(
            "no-group", ungrouped, "GroupMissing", "XGROUP CREATE", lambda _: streams.group(ungrouped)
        ),
        "wrong-type": wrong(
            "wrong-type", string, "SourceRefused", "of another type", lambda _: replaced(string)
        ),
    }


def _shared(source: Json) -> Mapping[str, Mistake]:
    paused = governed_by("newer", source, pipeline="elder")
    paused["spec"]["stages"][0]["scaling"]["mode"] = "Paused"
    return {
        "newer": Mistake(
            [unstarted("newer", REPLICAS), paused, governed_by("newer", source)],
            "ScalingActive",
            "TargetShared",
            ("elder is older",),
            lambda shop: (shop.run("delete", "lp", "elder"), None)[1],
        ),
        "by-cpu": Mistake(
            [unstarted("by-cpu", REPLICAS), autoscaler("cpu", "by-cpu"), governed_by("by-cpu", source)],
            "ScalingActive",
            "TargetHasAutoscaler",
            ("HorizontalPodAutoscaler cpu", "delete it"),
            lambda shop: (shop.run("delete", "hpa", "cpu"), None)[1],
        ),
    }
