"""What the API server says to the person who applies a LogPipeline or a SalesEvent."""

import json
from pathlib import Path

import pytest
import yaml

from logpipeline.api.crd import CATEGORY
from tests.kubectl import Kubectl
from tests.manifests import changed, pipeline, sale, with_second_stage
from tests.refused_sales import REFUSED as REFUSED_SALES

pytestmark = [pytest.mark.cluster, pytest.mark.usefixtures("crds")]

EXAMPLES = Path(__file__).parents[2] / "examples"
REDIS = {"address": "redis://redis:6379/0", "streams": ["gin_logs"], "consumerGroup": "collectors"}
KAFKA = {"bootstrapServers": "kafka:9092", "consumerGroup": "indexers"}

SCALING = "spec.stages.0.scaling"
SOURCE = "spec.stages.0.source"

REFUSED = {
    "no source": (SOURCE, {}, "a stage has exactly one source: give kafka, redis or prometheus"),
    "two sources": (SOURCE, {"kafka": KAFKA, "redis": REDIS}, "a stage has exactly one source"),
    "min > max": (f"{SCALING}.minReplicas", 9, "minReplicas is 9 and must not be above maxReplicas"),
    "fallback > max": (f"{SCALING}.fallback", {"replicas": 9}, "fallback.replicas must not be above"),
    "no stages": ("spec.stages", [], "should have at least 1 items"),
    "nine stages": ("spec.stages", [{}] * 9, "must have at most 8 items"),
    "negative count": (f"{SCALING}.minReplicas", -1, "should be greater than or equal to 0"),
    "no replicas at all": (f"{SCALING}.maxReplicas", 0, "should be greater than or equal to 1"),
    "huge count": (f"{SCALING}.maxReplicas", 10**30, "should be less than or equal to 10000"),
    "half a replica": (f"{SCALING}.maxReplicas", 1.5, "must be of type integer"),
    "a count in words": (f"{SCALING}.maxReplicas", "eight", "must be of type integer"),
    "no capacity": (f"{SCALING}.capacity.recordsPerSecond", 0, "should be greater than or equal to 1"),
    "over 100 %": (f"{SCALING}.targetUtilizationPercent", 101, "should be less than or equal to 100"),
    "negative alert": ("spec.alerts.backlog", -5, "should be greater than or equal to 1"),
    "no time to drain": (f"{SCALING}.drainWithin", "0s", "must be from 1s to 7d"),
    "too long": (f"{SCALING}.drainWithin", "1w1s", "must be from 1s to 7d"),
    "absurdly long": (f"{SCALING}.drainWithin", "9" * 31 + "w", "must be from 1s to 7d"),
    "not a duration": (f"{SCALING}.drainWithin", "5 minutes", "is not a duration: write it as 90s, 10m"),
    "a number as duration": (f"{SCALING}.drainWithin", 300, "must be of type string"),
    "negative duration": ("spec.alerts.for", "-1m", "is not a duration"),
    "bad stage name": ("spec.stages.0.name", "Index_1", "must be lowercase letters, digits and '-'"),
    "bad target": ("spec.stages.0.scaleTargetRef.name", "a/b", "must be lowercase letters"),
    "bad kind": ("spec.stages.0.scaleTargetRef.kind", "deployment", "must be a kind, such as Deployment"),
    "no port": (f"{SOURCE}.kafka.bootstrapServers", "kafka", "must be host:port"),
    "bad topic": (f"{SOURCE}.kafka.topics", ["a b"], "must be the name of a topic"),
    "two dots": (f"{SOURCE}.kafka.topics", [".."], "neither '.' nor '..'"),
    "a topic twice": (f"{SOURCE}.kafka.topics", ["a", "a"], "Duplicate value"),
    "no group": (f"{SOURCE}.kafka.consumerGroup", "", "should be at least 1 chars long"),
    "a blank group": (f"{SOURCE}.kafka.consumerGroup", " ", "consumer group: not blank, and without"),
    "a zero in a group": (f"{SOURCE}.kafka.consumerGroup", "a\0b", "without control characters"),
    "bad address": (SOURCE, {"redis": REDIS | {"address": "redis:6379"}}, "must be an address such as redis://"),
    "no streams": (SOURCE, {"redis": REDIS | {"streams": []}}, "give either streams or lists, and"),
    "streams and lists": (SOURCE, {"redis": REDIS | {"lists": [{"key": "a"}]}}, "give either streams or"),
    "an address and sentinels": (
        SOURCE,
        {"redis": REDIS | {"sentinel": {"addresses": ["s:26379"], "master": "m"}}},
        "give exactly one of address, sentinel and cluster",
    ),
    "unknown mode": (f"{SCALING}.mode", "auto", 'supported values: "Auto", "Advise", "Paused"'),
    "misspelt field": (f"{SCALING}.maxRepilcas", 8, 'unknown field "spec.stages[0].scaling.maxRepilcas"'),
}  # fmt: skip


@pytest.mark.parametrize(("path", "value", "sentence"), REFUSED.values(), ids=REFUSED)
def test_nonsense_is_refused_with_a_sentence(
    kubectl: Kubectl, path: str, value: object, sentence: str
) -> None:
    assert sentence in kubectl.refusal(changed(path, value), namespace="default")


@pytest.mark.parametrize(("path", "value", "sentence"), REFUSED_SALES.values(), ids=REFUSED_SALES)
def test_a_sale_that_is_nonsense_is_refused_with_a_sentence(
    kubectl: Kubectl, path: str, value: object, sentence: str
) -> None:
    assert sentence in kubectl.refusal(changed(path, value, sale), namespace="default")


def test_two_stages_on_one_workload_are_refused(kubectl: Kubectl) -> None:
    refusal = kubectl.refusal(with_second_stage(name="again"), namespace="default")
    assert "two stages of a pipeline must not scale the same workload" in refusal


def test_two_stages_of_one_name_are_refused(kubectl: Kubectl) -> None:
    refusal = kubectl.refusal(with_second_stage(scaleTargetRef={"name": "other"}), namespace="default")
    assert 'spec.stages[1]: Duplicate value: {"name":"index"}' in refusal


def test_a_client_that_does_not_ask_for_strictness_is_warned_and_the_misspelt_field_is_dropped(
    kubectl: Kubectl, namespace: str
) -> None:
    manifest = json.dumps(changed("spec.stages.0.scaling.minRepilcas", 3))
    said = kubectl("create", "--validate=warn", "-f", "-", namespace=namespace, stdin=manifest).stderr
    assert 'unknown field "spec.stages[0].scaling.minRepilcas"' in said
    kept = kubectl.get("lp", "access-logs", namespace=namespace)
    assert "minRepilcas" not in kept["spec"]["stages"][0]["scaling"]


def test_the_least_pipeline_is_accepted_and_completed_with_the_defaults(
    kubectl: Kubectl, namespace: str
) -> None:
    kubectl.apply(pipeline(), namespace)
    spec = kubectl.get("lp", "access-logs", namespace=namespace)["spec"]
    assert spec["alerts"] == {"backlog": 1_000_000, "for": "1m"}
    assert spec["stages"][0]["scaleTargetRef"] == {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "name": "log-indexer",
    }
    assert spec["stages"][0]["scaling"] == {
        "mode": "Auto",
        "minReplicas": 1,
        "maxReplicas": 8,
        "activationBacklog": 0,
        "drainWithin": "5m",
        "capacity": {"recordsPerSecond": 1_000},
        "consumersPerReplica": 1,
        "behavior": {"scaleDown": {"stabilizationWindow": "10m", "maxPercent": 50}},
    }


def test_the_least_sale_is_accepted_and_completed_with_the_defaults(kubectl: Kubectl, namespace: str) -> None:
    kubectl.apply(sale(), namespace)
    assert kubectl.get("sale", "double-eleven", namespace=namespace)["spec"] == {
        "pipelineSelector": {},
        "schedule": {"at": "2026-11-11T00:00:00", "timeZone": "UTC"},
        "duration": "4h",
        "leadTime": "1h",
        "readyBefore": "15m",
        "rampDown": "30m",
        "suspend": False,
        "expected": {"multiplier": 40},
    }


def test_the_largest_sale_that_the_schema_allows_costs_the_api_server_no_more_than_it_grants(
    kubectl: Kubectl,
) -> None:
    manifest = sale()
    labels = {f"{'a' * 240}.{number:02}/{'b' * 63}": "c" * 63 for number in range(32)}
    expressions = [{"key": key, "operator": "In", "values": ["d" * 63] * 32} for key in labels]
    manifest["spec"] |= {
        "pipelineSelector": {"matchLabels": labels, "matchExpressions": expressions},
        "schedule": {"cron": f"{'0' * 191} * * * *", "except": ["2026-12-24"] * 100},
        "expected": {"replicas": {f"{number}{'s' * 62}": 10_000 for number in range(8)}},
    }
    kubectl("create", "--dry-run=server", "-f", "-", stdin=json.dumps(manifest))


@pytest.mark.parametrize("value", ["1s", "7d", "0h1m", "6d23h59m60s"])
def test_durations_within_the_bounds_are_accepted(kubectl: Kubectl, value: str) -> None:
    manifest = json.dumps(changed("spec.stages.0.scaling.drainWithin", value))
    kubectl("create", "--dry-run=server", "-f", "-", stdin=manifest)


MANIFESTS = [path for path in sorted(EXAMPLES.rglob("*.yaml")) if "scenarios" not in path.parts]


@pytest.mark.parametrize("path", MANIFESTS, ids=lambda path: path.name)
def test_every_example_is_accepted(kubectl: Kubectl, namespace: str, path: Path) -> None:
    for manifest in yaml.safe_load_all(path.read_text()):
        manifest["metadata"].pop("namespace", None)
        kubectl("create", "--dry-run=server", "-f", "-", namespace=namespace, stdin=json.dumps(manifest))


def test_kubectl_explains_the_fields(kubectl: Kubectl) -> None:
    explained = " ".join(kubectl("explain", "lp.spec.stages.scaling").stdout.split())
    assert "How the workload is scaled: between which bounds and towards which goals." in explained
    assert "maxReplicas <integer> -required- Never more than this, whatever waits." in explained
    assert "drainWithin <string> A backlog is to be gone within this time" in explained
    assert "enum: Auto, Advise, Paused" in explained
    explained = " ".join(kubectl("explain", "sale.spec.schedule").stdout.split())
    assert "DESCRIPTION: When it starts." in explained
    assert "except <[]string> With `cron`: none starts on these days." in explained
    assert "timeZone <string> Name of the zone in which" in explained
    assert "Default: UTC." in explained


def test_kubectl_get_shows_what_waits_and_what_is_done_about_it(kubectl: Kubectl, namespace: str) -> None:
    kubectl.apply(pipeline(), namespace)
    status = {
        "summary": {
            "mode": "Auto",
            "backlogRecords": 1_240_000,
            "oldestSeconds": 41,
            "arrivalPerSecond": 52_100,
            "replicas": "20/31",
            "decision": "20->31: backlog",
        },
        "conditions": [condition("Ready", "Governed"), condition("AlertsFiring", "Firing")],
    }
    patch = json.dumps({"status": status})
    kubectl(
        "patch", "lp", "access-logs", "--subresource=status", "--type=merge", "-p", patch, namespace=namespace
    )
    header, row = kubectl("get", "lp", "-o", "wide", namespace=namespace).stdout.splitlines()
    assert header.split() == [
        *("NAME", "READY", "MODE", "BACKLOG", "OLDEST", "ARRIVAL", "REPLICAS", "NEXT", "SALE"),
        *("SCALING", "SOURCES", "ALERTS", "AGE", "DECISION"),
    ]
    for shown in ("True", "Auto", "1240000", "41", "52100", "20/31", "Firing", "20->31: backlog"):
        assert shown in row
    brief = kubectl("get", "logpipeline", "access-logs", namespace=namespace).stdout
    assert "20/31" in brief
    assert "DECISION" not in brief


def test_kubectl_get_sale_shows_when_and_how_far_it_is(kubectl: Kubectl, namespace: str) -> None:
    kubectl.apply(sale(), namespace)
    times = {"warming": "22:00", "ready": "23:30", "start": "23:45", "end": "23:50", "over": "23:55"}
    status = {
        "phase": "Warming",
        "occurrence": {name: f"2026-11-10T{clock}:00Z" for name, clock in times.items()},
        "replicas": "40/64",
        "shortfall": 24,
        "pipelines": 3,
        "stages": [{"pipeline": "access-logs", "stage": "index", "planned": 64, "floor": 48, "ready": 40}],
        "conditions": [condition("Feasible", "Fits"), condition("PrewarmReady", "Warming")],
    }
    patch = json.dumps({"status": status})
    target = ("sale", "double-eleven", "--subresource=status", "--type=merge")
    kubectl("patch", *target, "-p", patch, namespace=namespace)
    header, row = kubectl("get", "sale", "-o", "wide", namespace=namespace).stdout.splitlines()
    assert header.split() == [
        *("NAME", "WHEN", "PHASE", "REPLICAS", "SHORT", "FEASIBLE", "AGE"),
        *("ENDS", "PIPELINES", "REASON"),
    ]
    shown = row.split()
    assert shown[:6] == ["double-eleven", "2026-11-10T23:45:00Z", "Warming", "40/64", "24", "True"]
    assert shown[7:] == ["2026-11-10T23:50:00Z", "3", "Fits"]
    assert "ENDS" not in kubectl("get", "salesevent", namespace=namespace).stdout
    ours = kubectl("get", CATEGORY, "-o", "name", namespace=namespace).stdout
    assert ours.split() == ["salesevent.logpipeline.io/double-eleven"]


def condition(name: str, reason: str) -> dict[str, object]:
    return {
        "type": name,
        "status": "True",
        "reason": reason,
        "message": "as measured",
        "lastTransitionTime": "2026-11-11T00:00:00Z",
        "observedGeneration": 1,
    }
