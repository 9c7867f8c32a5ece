"""What a namespace would refuse of what is planned, with the number that would do."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest

from logpipeline.core.sales.quantity import read_quantity, spell_quantity
from logpipeline.core.sales.room import Need, room_for

INDEX, STORE = ("access-logs", "index"), ("access-logs", "store")


def quota(hard: Mapping[str, str], used: Mapping[str, str] | None = None, **spec: object) -> dict[str, Any]:
    return {
        "metadata": {"name": "compute"},
        "spec": {"hard": hard, **spec},
        "status": {"hard": hard, "used": used or {}},
    }


def limits(kind: str = "Container", **item: object) -> dict[str, Any]:
    return {"metadata": {"name": "sizes"}, "spec": {"limits": [{"type": kind, **item}]}}


def pod(requests: Mapping[str, str] | None = None, limit: Mapping[str, str] | None = None) -> dict[str, Any]:
    resources = {"requests": requests or {}, "limits": limit or {}}
    return {"containers": [{"name": "worker", "resources": resources}]}


def refusal(needs: dict[tuple[str, str], Need], *objects: dict[str, Any]) -> dict[tuple[str, str], str]:
    quotas = [one for one in objects if "hard" in one["spec"]]
    ranges = [one for one in objects if "limits" in one["spec"]]
    return {place: why.message for place, why in room_for(needs, quotas, ranges).items()}


def test_pods_are_counted_and_the_number_that_would_do_is_named() -> None:
    told = refusal({INDEX: Need(62, pod())}, quota({"pods": "20"}, {"pods": "5"}))
    assert told == {INDEX: "ResourceQuota compute allows pods 20, 5 are taken: 67 would do"}
    assert refusal({INDEX: Need(15, pod())}, quota({"pods": "20"}, {"pods": "5"})) == {}


def test_stages_share_a_quota_and_the_one_that_needs_most_is_told() -> None:
    needs = {INDEX: Need(10, pod()), STORE: Need(8, pod())}
    assert refusal(needs, quota({"count/pods": "20"}, {"count/pods": "5"})) == {
        INDEX: "ResourceQuota compute allows count/pods 20, 5 are taken: 23 would do"
    }


@pytest.mark.parametrize(
    ("resource", "hard", "used", "would"),
    [
        ("requests.cpu", "4", "500m", "5500m"),
        ("cpu", "4", "500m", "5500m"),
        ("requests.memory", "1Gi", "0", "2560Mi"),
        ("limits.memory", "2Gi", "0", "5120Mi"),
    ],
)
def test_what_the_containers_ask_for_is_added_up(resource: str, hard: str, used: str, would: str) -> None:
    spec = pod({"cpu": "500m", "memory": "256Mi"}, {"cpu": "1", "memory": "512Mi"})
    told = refusal({INDEX: Need(10, spec)}, quota({resource: hard}, {resource: used}))
    assert told[INDEX].endswith(f"{would} would do")


def test_defaults_of_the_namespace_are_filled_in_as_admission_does() -> None:
    sizes = limits(defaultRequest={"cpu": "1"}, default={"cpu": "2"})
    told = refusal({INDEX: Need(10, pod())}, quota({"requests.cpu": "4"}), sizes)
    assert told[INDEX].endswith("10 would do")


def test_pods_that_leave_open_what_a_quota_counts_are_refused() -> None:
    told = refusal({INDEX: Need(1, pod())}, quota({"requests.cpu": "4"}))
    assert told == {INDEX: "ResourceQuota compute refuses pods whose containers set no requests.cpu: set it"}


def test_a_container_beyond_the_limit_range_is_refused_whatever_the_count() -> None:
    told = refusal({INDEX: Need(1, pod(limit={"cpu": "2"}))}, limits(max={"cpu": "1"}))
    assert told == {INDEX: "LimitRange sizes allows cpu 1, and container worker has 2: as much would do"}


def test_a_pod_beyond_the_limit_range_is_refused() -> None:
    both = {"containers": [{"name": n, "resources": {"limits": {"memory": "600Mi"}}} for n in ("a", "b")]}
    told = refusal({INDEX: Need(1, both)}, limits("Pod", max={"memory": "1Gi"}))
    assert "the pod has 1200Mi" in told[INDEX]


def test_a_quota_about_some_pods_is_not_held_against_all() -> None:
    for scope in ({"scopes": ["BestEffort"]}, {"scopeSelector": {"matchExpressions": []} | {"x": 1}}):
        assert refusal({INDEX: Need(9, pod())}, quota({"pods": "1"}, **scope)) == {}


def test_of_kinds_whose_pods_are_not_known_only_the_number_counts() -> None:
    told = refusal({INDEX: Need(9, None)}, quota({"pods": "5", "requests.cpu": "1"}))
    assert told == {INDEX: "ResourceQuota compute allows pods 5, 0 are taken: 9 would do"}


def test_who_needs_no_more_pods_is_refused_none() -> None:
    assert refusal({INDEX: Need(0, pod())}, quota({"pods": "1"}, {"pods": "9"})) == {}


def test_init_containers_run_before_and_sidecars_beside() -> None:
    spec = pod({"cpu": "1"})
    spec["initContainers"] = [
        {"name": "migrate", "resources": {"requests": {"cpu": "3"}}},
        {"name": "proxy", "restartPolicy": "Always", "resources": {"requests": {"cpu": "500m"}}},
    ]
    told = refusal({INDEX: Need(2, spec)}, quota({"requests.cpu": "1"}))
    assert told[INDEX].endswith("6 would do")


@pytest.mark.parametrize(
    ("text", "value"),
    [("500m", "0.5"), ("2Gi", "2147483648"), ("1e3", "1000"), ("1.5k", "1500"), ("2E", "2E18"), ("7", "7")],
)
def test_quantities_are_read(text: str, value: str) -> None:
    assert read_quantity(text) == Decimal(value)


@pytest.mark.parametrize("text", ["", "much", "1.2.3", None, "5 apples"])
def test_what_is_no_quantity_is_none(text: object) -> None:
    assert read_quantity(text) is None


def test_quantities_are_spelled_rounded_up() -> None:
    assert spell_quantity("requests.cpu", Decimal("0.0001")) == "1m"
    assert spell_quantity("limits.memory", Decimal(1024**2 + 1)) == "2Mi"
    assert spell_quantity("pods", Decimal(12)) == "12"
