"""The operator asks for no right that it does not use, and uses none that it does not have."""

import json
from collections.abc import Iterator

from sandbox.demo.operator_pod import NAMESPACE, RELEASE, OperatorPod
from sandbox.sandbox import Sandbox
from tests.cluster.installed.manifests import Json, kafka, log_pipeline, stage, unstarted
from tests.cluster.installed.records import Broker
from tests.cluster.installed.shop import Shop
from tests.cluster.installed.waiting import eventually

USER = f"system:serviceaccount:{NAMESPACE}:{RELEASE}"
READS = {"get", "list", "watch"}
FORBIDDEN = 403


def test_every_right_to_write_is_used_and_no_write_is_refused(
    shop: Shop, broker: Broker, cluster: Sandbox, operator: OperatorPod
) -> None:
    topic = broker.topic()
    kinds = ("Deployment", "StatefulSet", "ReplicaSet")
    for kind in kinds:
        name, target = kind.lower(), {"kind": kind, "name": kind.lower()}
        shop.apply(
            unstarted(name, 1, kind),
            log_pipeline(name, stage("index", kafka(broker.bootstrap, topic), target)),
        )
    for kind in kinds:
        shop.until_event(kind.lower(), "Claimed")
        shop.until_governed(kind.lower())

    role = shop.kubectl.get("clusterrole", RELEASE, namespace=shop.namespace)
    asked = {
        (group, resource, verb)
        for rule in role["rules"]
        for group in rule["apiGroups"]
        for resource in rule["resources"]
        for verb in set(rule["verbs"]) - READS
    }
    eventually(
        lambda: asked - {used(line) for line in writes(cluster)}, lambda idle: not idle, "rights not used"
    )
    mine = [line for line in writes(cluster) if line["objectRef"]["namespace"] == shop.namespace]
    assert {used(line) for line in mine} <= asked
    refused = [line for line in writes(cluster) if line["responseStatus"]["code"] == FORBIDDEN]
    assert refused == []
    assert "Forbidden" not in operator.log_tail()


def writes(cluster: Sandbox) -> Iterator[Json]:
    """What the operator wrote, or tried to, from the API server's audit log."""
    for text in cluster.audit_log.read_text().splitlines():
        line: Json = json.loads(text)
        if line["user"]["username"] == USER:
            yield line


def used(line: Json) -> tuple[str, str, str]:
    """The right that a request takes."""
    at = line["objectRef"]
    resource = "/".join(part for part in (at["resource"], at.get("subresource")) if part)
    return at.get("apiGroup", ""), resource, line["verb"]
