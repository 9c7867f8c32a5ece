"""What people and machines read of a pipeline, and how little it costs the API server."""

from sandbox.demo.operator_pod import OperatorPod
from tests.cluster.installed.manifests import kafka, log_pipeline, stage, unstarted
from tests.cluster.installed.measurements import series_of, wait_for_passes
from tests.cluster.installed.records import Broker
from tests.cluster.installed.shop import Shop
from tests.cluster.installed.waiting import eventually

RECORDS = 1_000


def test_the_status_of_an_idle_pipeline_is_not_written_again(
    shop: Shop, broker: Broker, operator: OperatorPod
) -> None:
    shop.apply(
        unstarted("index", 1), log_pipeline("idle", stage("index", kafka(broker.bootstrap, broker.topic())))
    )
    shop.until_event("idle", "Claimed")
    eventually(
        lambda: shop.get("lp/idle")["status"]["stages"][0],
        lambda seen: (seen.get("arrivalPerSecond"), seen.get("consumptionPerSecond")) == (0, 0),
        "its rates are never known",
    )
    wait_for_passes(operator, shop.namespace, "idle")
    before = shop.get("lp/idle")["metadata"]["resourceVersion"]
    wait_for_passes(operator, shop.namespace, "idle", passes=5)
    assert shop.get("lp/idle")["metadata"]["resourceVersion"] == before


def test_kubectl_get_answers_how_things_are_and_why(shop: Shop, broker: Broker) -> None:
    source = kafka(broker.bootstrap, broker.topic(records=RECORDS))
    shop.apply(unstarted("index", 2), log_pipeline("logs", stage("index", source, mode="Advise")))
    shop.until_governed("logs")
    eventually(
        lambda: shop.get("lp/logs")["status"]["summary"],
        lambda summary: {"oldestSeconds", "arrivalPerSecond"} <= summary.keys(),
        "not all is ever known",
    )
    short, wide = shop.table("lp"), shop.table("lp", "-o", "wide")
    assert short["READY"] == "True"
    assert short["MODE"] == "Advise"
    assert short["BACKLOG"] == str(RECORDS)
    assert short["REPLICAS"] == "2/2"
    assert [name for name, value in {**short, **wide}.items() if not value] == ["NEXT SALE"]
    assert "DECISION" in wide


def test_prometheus_sees_each_stage_and_nothing_of_a_pipeline_that_is_gone(
    shop: Shop, broker: Broker, operator: OperatorPod
) -> None:
    source = kafka(broker.bootstrap, broker.topic(records=RECORDS))
    shop.apply(unstarted("index", 2), log_pipeline("logs", stage("index", source, mode="Paused")))
    shop.until_governed("logs")
    eventually(
        lambda: {
            (key.metric, dict(key.labels).get("count")): value
            for key, value in series_of(operator, shop.namespace, "logs").items()
        },
        lambda seen: (
            seen.get(("logpipeline_stage_backlog_records", None)) == RECORDS
            and 0 < seen.get(("logpipeline_stage_arrival_records_per_second", None), 0.0) <= RECORDS / 60
        ),
        "the stage has no series",
    )
    shop.run("delete", "lp", "logs")
    eventually(lambda: series_of(operator, shop.namespace, "logs"), lambda seen: not seen, "its series stay")
