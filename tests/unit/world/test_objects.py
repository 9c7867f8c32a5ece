"""Objects are read as the API server writes them, and nothing a user writes stops the operator."""

from typing import Any

import pytest

from logpipeline.api.sale_status import Phase
from logpipeline.world.objects import (
    PipelineKey,
    SaleKey,
    SpecError,
    pipeline_of,
    replica_managers,
    sale_of,
    scaled_by,
    workload_of,
)
from logpipeline.world.target import Target
from tests.unit.sales import SPEC, sale

STAGE = {
    "name": "index",
    "scaleTargetRef": {"name": "log-indexer"},
    "source": {"kafka": {"bootstrapServers": "kafka-0:9092", "consumerGroup": "indexers"}},
    "scaling": {"maxReplicas": 8, "capacity": {"recordsPerSecond": 20_000}},
}
METADATA = {
    "namespace": "shop",
    "name": "access-logs",
    "uid": "uid-1",
    "generation": 3,
    "resourceVersion": "42",
    "creationTimestamp": "1970-01-01T00:01:00Z",
}


def raw(spec: object, **rest: object) -> dict[str, Any]:
    return {"metadata": METADATA, "spec": spec, **rest}


def test_a_pipeline_is_read_with_its_age_and_generation() -> None:
    seen = pipeline_of(raw({"stages": [STAGE]}))
    assert (seen.key, seen.generation, seen.created) == (PipelineKey("shop", "access-logs"), 3, 60.0)
    assert not isinstance(seen.spec, SpecError)
    assert seen.spec.stages[0].scaling.max_replicas == 8


@pytest.mark.parametrize(
    ("spec", "where"),
    [
        (None, "spec: "),
        ("stages", "spec: "),
        ({}, "spec.stages: "),
        ({"stages": []}, "spec.stages: "),
        ({"stages": [{**STAGE, "scaling": {"maxReplicas": -1}}]}, "spec.stages[0].scaling.maxReplicas: "),
        ({"stages": [STAGE], "alerts": {"backlg": 1}}, "spec.alerts.backlg: "),
    ],
)
def test_a_spec_that_does_not_parse_says_where(spec: object, where: str) -> None:
    seen = pipeline_of(raw(spec))
    assert isinstance(seen.spec, SpecError)
    assert where in seen.spec.message


@pytest.mark.parametrize("status", [{"summary": 3}, {"fromTheFuture": True}, "ok"])
def test_a_status_of_another_version_is_no_status(status: object) -> None:
    assert pipeline_of(raw({"stages": [STAGE]}, status=status)).status is None


def test_a_status_that_we_wrote_is_read_again() -> None:
    status = pipeline_of(raw({"stages": [STAGE]}, status={"observedGeneration": 2})).status
    assert status is not None
    assert status.observed_generation == 2


def fields(manager: str, spec: object, **more: object) -> dict[str, object]:
    return {"manager": manager, "operation": "Apply", "fieldsV1": {"f:spec": spec}, **more}


def test_managers_of_the_count_are_those_that_own_it_and_nobody_else() -> None:
    deployment = {
        "metadata": {
            "uid": "uid-2",
            "managedFields": [
                fields("logpipeline", {"f:replicas": {}}, subresource="scale"),
                fields("helm", {"f:template": {}, "f:replicas": {}}),
                fields("kubectl", {"f:template": {}}),
                fields("helm", {"f:replicas": {}}),
                {"manager": "kube-controller-manager", "fieldsV1": {"f:status": {"f:replicas": {}}}},
                {"manager": "old", "operation": "Update"},
            ],
        },
    }
    assert replica_managers(deployment) == ("logpipeline", "helm")


def test_a_workload_of_which_none_is_ready_is_not_one_of_which_nothing_is_known() -> None:
    seen = workload_of({"metadata": {"uid": "uid-2"}, "spec": {"replicas": 4}, "status": {}})
    assert (seen.replicas, seen.ready) == (4, 0)


def test_a_workload_at_zero_is_at_zero() -> None:
    assert workload_of({"metadata": {"uid": "uid-2"}, "spec": {"replicas": 0}}).replicas == 0


def test_an_autoscaler_names_its_target() -> None:
    ref = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "log-indexer"}
    assert scaled_by(raw({"scaleTargetRef": ref})) == Target("shop", "apps/v1", "Deployment", "log-indexer")


def test_an_autoscaler_without_a_target_is_harmless() -> None:
    assert scaled_by(raw({})) is None


def test_labels_are_read_and_none_are_none() -> None:
    assert pipeline_of(raw({"stages": [STAGE]})).labels == {}
    labelled = {"metadata": {**METADATA, "labels": {"tier": "storefront"}}, "spec": {"stages": [STAGE]}}
    assert pipeline_of(labelled).labels == {"tier": "storefront"}


def test_an_event_is_read_with_what_it_expects() -> None:
    seen = sale_of(sale(metadata={"generation": 3}))
    assert (seen.key, seen.generation, seen.status) == (SaleKey("shop", "double-eleven"), 3, None)
    assert not isinstance(seen.spec, SpecError)
    assert seen.spec.expected.records_per_second == 8_000


@pytest.mark.parametrize(
    ("spec", "where"),
    [
        ("tomorrow", "spec: "),
        ({**SPEC, "duration": "0s"}, "spec.duration: "),
        ({**SPEC, "schedule": {"at": "tomorrow"}}, "spec.schedule.at: "),
        ({**SPEC, "expected": {"multiplier": "many"}}, "spec.expected.multiplier: "),
    ],
)
def test_an_event_that_cannot_be_read_says_where(spec: object, where: str) -> None:
    seen = sale_of(sale(spec=spec))
    assert isinstance(seen.spec, SpecError)
    assert where in seen.spec.message


def test_the_status_of_an_event_is_read_again() -> None:
    status = sale_of(sale(status={"phase": "Active"})).status
    assert status is not None
    assert status.phase is Phase.ACTIVE
    assert sale_of(sale(status={"phase": "Dreaming"})).status is None
