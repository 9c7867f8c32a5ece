import pytest

from sandbox.cache import Cache
from sandbox.component import select
from sandbox.components import catalogue, port_names
from sandbox.errors import SandboxError
from sandbox.recipes import recipes
from sandbox.sandbox import ALL
from sandbox.tools import TOOLS


def names(*wanted: str, brokers: int = 1) -> list[str]:
    return [component.name for component in select(catalogue(brokers), wanted)]


def test_kafka_and_redis_alone_need_no_kubernetes() -> None:
    chosen = select(catalogue(1), ["kafka", "redis"])

    assert [c.name for c in chosen] == ["kafka-0", "redis"]
    assert {build for c in chosen for build in c.builds} == {"kafka"}


def test_what_a_component_needs_comes_with_it() -> None:
    assert names("kwok") == ["etcd", "kube-apiserver", "kwok"]


def test_a_group_is_all_of_its_components() -> None:
    assert names("kafka", brokers=3) == ["kafka-0", "kafka-1", "kafka-2"]
    assert names(*ALL) == [component.name for component in catalogue(1)]


def test_an_unknown_component_is_refused_with_those_there_are() -> None:
    with pytest.raises(SandboxError, match=r"no component kafak\. Groups: .*kafka.*components: etcd"):
        names("kafak")


def test_each_component_names_ports_programs_and_recipes_that_exist() -> None:
    built = recipes(Cache.from_environment({})).keys()
    for component in catalogue(3):
        assert component.port is None or component.port in port_names(3)
        assert set(component.builds) <= built
        assert set(component.tools) <= TOOLS.keys()
