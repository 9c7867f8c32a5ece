"""Servers that want to know who asks, shared by all tests of this folder."""

from collections.abc import Iterator

import pytest

from tests.servers.kafka import SecuredKafka, secured_kafka
from tests.servers.pki import Pki
from tests.servers.prometheus import SecuredPrometheus, secured_prometheus
from tests.servers.redis import SecuredRedis, secured_redis


@pytest.fixture(scope="session")
def pki(tmp_path_factory: pytest.TempPathFactory) -> Pki:
    return Pki(tmp_path_factory.mktemp("pki"))


@pytest.fixture(scope="session")
def kafka(tmp_path_factory: pytest.TempPathFactory, pki: Pki) -> Iterator[SecuredKafka]:
    with secured_kafka(tmp_path_factory.mktemp("kafka"), pki) as kafka:
        yield kafka


@pytest.fixture(scope="session")
def redis(tmp_path_factory: pytest.TempPathFactory, pki: Pki) -> Iterator[SecuredRedis]:
    with secured_redis(tmp_path_factory.mktemp("redis"), pki) as redis:
        yield redis


@pytest.fixture(scope="session")
def prometheus(tmp_path_factory: pytest.TempPathFactory, pki: Pki) -> Iterator[SecuredPrometheus]:
    with secured_prometheus(tmp_path_factory.mktemp("prometheus"), pki) as prometheus:
        yield prometheus
