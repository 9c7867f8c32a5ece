"""Resources that nobody would write: the API server and the operator agree on them, and both live on."""

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import pytest
import requests
from hypothesis import HealthCheck, Phase, given, settings

from logpipeline.api.logpipeline import API_VERSION
from logpipeline.api.resources import LOG_PIPELINE, SALES_EVENT, Resource
from logpipeline.api.sale import SalesEventSpec
from logpipeline.core.schedule import current_or_next, problem
from logpipeline.kube import resource_path
from logpipeline.sources.base import query_of
from logpipeline.sources.naming import name_of
from logpipeline.world.objects import SpecError, pipeline_of
from sandbox.sandbox import Sandbox
from tests.cluster.installed.manifests import kafka, log_pipeline, stage, unstarted
from tests.cluster.installed.records import Broker, unique
from tests.cluster.installed.shop import Shop
from tests.cluster.installed.waiting import eventually
from tests.fuzz import spec_schema, specs
from tests.kubectl import Kubectl
from tests.operator_process import OperatorProcess, kubeconfig_of, operator_process

pytestmark = [pytest.mark.cluster, pytest.mark.usefixtures("crds")]

ANSWER_WITHIN_SECONDS = 10.0
LEAST_SENTENCE = 10
LEAST_APPLIED, RECORDS = 10, 80_000
GOOD = "good"
CREATED, REFUSED = 201, frozenset({400, 422})


@dataclass(frozen=True, slots=True)
class Answer:
    """What the API server says to a resource."""

    status: int
    body: dict[str, Any]


Create = Callable[..., Answer]


@pytest.fixture(scope="module")
def create(cluster: Sandbox) -> Iterator[Create]:
    """Creates a resource, as strictly as kubectl does; with `dryRun="All"` it is not kept."""
    pki = cluster.layout.pki
    with requests.Session() as session:
        session.trust_env = False
        session.verify, session.cert = str(pki / "ca.crt"), (str(pki / "admin.crt"), str(pki / "admin.key"))

        def create(
            spec: object,
            name: str = "fuzz",
            namespace: str = "default",
            resource: Resource = LOG_PIPELINE,
            **options: str,
        ) -> Answer:
            manifest = {
                "apiVersion": API_VERSION,
                "kind": resource.kind,
                "metadata": {"name": name},
                "spec": spec,
            }
            answer = session.post(
                cluster.layout.api_server + resource_path(API_VERSION, resource.plural, namespace),
                params={"fieldValidation": "Strict", **options},
                data=json.dumps(manifest),
                headers={"Content-Type": "application/json"},
                timeout=ANSWER_WITHIN_SECONDS,
            )
            return Answer(answer.status_code, answer.json())

        yield create


@dataclass(frozen=True, slots=True)
class Alive:
    """Where an operator governs a good pipeline."""

    shop: Shop
    broker: Broker
    topic: str
    operator: OperatorProcess


BOUNDED: Final = settings(
    deadline=None, derandomize=True, database=None, suppress_health_check=[HealthCheck.too_slow]
)


@given(spec=specs(spec_schema("logpipelines"), faults=2))
@settings(BOUNDED, max_examples=150)
def test_what_the_api_server_accepts_the_operator_can_read_or_says_why_not(
    create: Create, spec: object
) -> None:
    answer = create(spec, dryRun="All")
    assert answer.status in {CREATED, *REFUSED}, answer
    stored = {**answer.body, "metadata": {"uid": "1", "resourceVersion": "1", **answer.body["metadata"]}}
    if answer.status != CREATED:
        assert len(answer.body["message"]) > LEAST_SENTENCE
        return
    pipeline = pipeline_of(stored)
    if isinstance(pipeline.spec, SpecError):
        assert pipeline.spec.message.startswith("spec.")
        return
    for one in pipeline.spec.stages:
        connection = query_of(one.source, "shop").connection
        assert name_of(connection)


@given(spec=specs(spec_schema("salesevents"), faults=2))
@settings(BOUNDED, max_examples=100)
def test_a_sale_that_the_api_server_accepts_is_read_and_its_times_are_told_or_why_there_are_none(
    create: Create, spec: object
) -> None:
    answer = create(spec, dryRun="All", resource=SALES_EVENT)
    assert answer.status in {CREATED, *REFUSED}, answer
    if answer.status != CREATED:
        assert len(answer.body["message"]) > LEAST_SENTENCE
        return
    sale = SalesEventSpec.model_validate(answer.body["spec"])
    assert (problem(sale) is None) == (current_or_next(sale, time.time()) is not None)


@pytest.fixture(scope="module")
def alive(
    kubectl: Kubectl, kafka_bootstrap: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Alive]:
    """A namespace with an operator, and a good pipeline that it governs."""
    namespace, folder, broker = unique("fuzz"), tmp_path_factory.mktemp("fuzz"), Broker(kafka_bootstrap)
    kubectl("create", "namespace", namespace)
    shop, topic = Shop(kubectl, namespace), broker.topic()
    kubeconfig = kubeconfig_of(kubectl, "operator", namespace, folder / "kubeconfig")
    shop.apply(unstarted(GOOD, 1), log_pipeline(GOOD, stage(GOOD, kafka(kafka_bootstrap, topic))))
    with operator_process(
        kubeconfig,
        folder / "operator.log",
        watch_namespaces=json.dumps([namespace]),
        lease_namespace=namespace,
        sample_seconds=1,
        status_seconds=1,
    ) as operator:
        shop.until_governed(GOOD)
        yield Alive(shop, broker, topic, operator)
    kubectl("delete", "namespace", namespace, "--wait=false")


@given(spec=specs(spec_schema("logpipelines"), faults=0))
@settings(BOUNDED, max_examples=40, phases=[Phase.generate])
def _apply_many(create: Create, namespace: str, spec: object) -> None:
    create(spec, name=unique("odd"), namespace=namespace)


def test_pipelines_that_nobody_would_write_cost_the_others_nothing(create: Create, alive: Alive) -> None:
    _apply_many(create, alive.shop.namespace)
    names = [
        one["metadata"]["name"]
        for one in alive.shop.kubectl.get("lp", namespace=alive.shop.namespace)["items"]
    ]
    assert len(names) > LEAST_APPLIED
    alive.broker.produce(alive.topic, 4, RECORDS)
    alive.shop.until_replicas(
        GOOD, lambda count: count > 1, f"it is governed no longer: see {alive.operator.log}"
    )
    for name in names:
        eventually(partial(alive.shop.condition, name, "Ready"), bool, f"nothing is said of {name}")
    assert '"exception"' not in alive.operator.log.read_text()
    assert alive.operator.process.poll() is None
    assert alive.operator.says("/healthz")[0] == 200
