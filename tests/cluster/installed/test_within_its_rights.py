"""The operator has no right that it does not use, and uses none that it does not have."""

from sandbox.demo.operator_pod import NAMESPACE, RELEASE, OperatorPod
from tests.cluster.installed.manifests import log_pipeline, redis, sales_event, stage, unstarted
from tests.cluster.installed.records import Streams, unique
from tests.cluster.installed.shop import Shop
from tests.cluster.installed.waiting import eventually
from tests.cluster.rights.audit_log import AuditLog, granted, refused, used

USER = f"system:serviceaccount:{NAMESPACE}:{RELEASE}"
CREDENTIALS = {
    "apiVersion": "v1",
    "kind": "Secret",
    "metadata": {"name": "redis-auth", "labels": {"logpipeline.io/use": "true"}},
    "stringData": {"username": "operator", "password": "unused"},
}


def test_every_right_is_used_and_no_request_is_refused(
    shop: Shop, streams: Streams, audit: AuditLog, operator: OperatorPod
) -> None:
    stream = unique("stream")
    streams.group(stream)
    kinds = ("Deployment", "StatefulSet", "ReplicaSet")
    for kind in kinds:
        name, target = kind.lower(), {"kind": kind, "name": kind.lower()}
        shop.apply(
            unstarted(name, 1, kind),
            log_pipeline(name, stage("index", redis(streams.url, stream), target)),
        )
    secured = redis(streams.url, stream)
    secured["redis"]["authentication"] = {"secretRef": {"name": "redis-auth"}}
    shop.apply(CREDENTIALS, log_pipeline("secured", stage("deployment", secured, mode="Advise")))
    more = {"replicas": {"index": 4}}
    shop.apply(
        sales_event("planned", 86_400.0, expected=more),
        sales_event("short", 3_000.0, leadTime="1h", readyBefore="1h", expected=more),
    )
    for kind in kinds:
        shop.until_event(kind.lower(), "Claimed")
        shop.until_governed(kind.lower())

    has = granted(
        shop.kubectl.get("clusterrole", RELEASE, namespace=NAMESPACE),
        shop.kubectl.get("role", f"{RELEASE}-lease", namespace=NAMESPACE),
    )
    eventually(lambda: has - used(audit.of(USER)), lambda idle: not idle, "rights that nothing uses")
    assert used(audit.of(USER)) == has
    here = ("", NAMESPACE, shop.namespace)
    assert refused(request for request in audit.of(USER) if request.namespace in here) == set()
    assert "Forbidden" not in operator.log_tail()
