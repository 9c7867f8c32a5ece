import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.pods.environment import (
    Found,
    Identity,
    Reference,
    build_environment,
    expand,
    localize,
    references,
)
from sandbox.pods.state import NotStartableError, Reason
from tests.unit.sandbox_pods.manifests import container, pod

SECRET = Reference("Secret", "redis-auth")
CONFIG = Reference("ConfigMap", "tuning")


def environment(
    found: Found | None = None, base: dict[str, str] | None = None, **fields: object
) -> dict[str, str]:
    described = pod(container(**fields))
    return build_environment(
        described.containers[0], Identity(described, "127.9.0.1"), found or {}, base or {}
    )


def from_field(path: str) -> dict[str, str]:
    return environment(env=[{"name": "X", "valueFrom": {"fieldRef": {"fieldPath": path}}}])


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("metadata.name", "web-0"),
        ("metadata.namespace", "shop"),
        ("metadata.uid", "0123456789abcdef"),
        ("metadata.labels['app']", "web"),
        ("metadata.annotations['note']", "hello"),
        ("metadata.labels['absent']", ""),
        ("status.podIP", "127.9.0.1"),
        ("status.hostIP", "127.0.0.1"),
        ("spec.nodeName", "runner"),
        ("spec.serviceAccountName", "default"),
    ],
)
def test_a_process_knows_its_pod_by_field_references(path: str, value: str) -> None:
    assert from_field(path) == {"X": value}


def test_a_field_that_does_not_exist_is_named() -> None:
    with pytest.raises(NotStartableError, match=r"spec.nonsense"):
        from_field("spec.nonsense")


def test_a_secret_reaches_the_process() -> None:
    entry = {"name": "PASSWORD", "valueFrom": {"secretKeyRef": {"name": "redis-auth", "key": "password"}}}
    assert environment({SECRET: {"password": b"s3cret"}}, env=[entry]) == {"PASSWORD": "s3cret"}


@pytest.mark.parametrize("data", [None, {"other": b"x"}])
def test_a_missing_secret_or_key_keeps_the_container_waiting_and_is_named(
    data: dict[str, bytes] | None,
) -> None:
    entry = {"name": "PASSWORD", "valueFrom": {"secretKeyRef": {"name": "redis-auth", "key": "password"}}}
    with pytest.raises(NotStartableError, match=r"Secret 'redis-auth'") as refused:
        environment({SECRET: data}, env=[entry])
    assert refused.value.reason is Reason.CONFIG_ERROR


@pytest.mark.parametrize("data", [None, {"other": b"x"}])
def test_an_optional_key_that_is_missing_leaves_its_variable_out(data: dict[str, bytes] | None) -> None:
    origin = {"configMapKeyRef": {"name": "tuning", "key": "rate", "optional": True}}
    assert environment({CONFIG: data}, env=[{"name": "RATE", "valueFrom": origin}]) == {}


def test_a_secret_that_is_no_text_is_refused_as_a_variable() -> None:
    entry = {"name": "KEY", "valueFrom": {"secretKeyRef": {"name": "redis-auth", "key": "der"}}}
    with pytest.raises(NotStartableError, match=r"mount it as a file"):
        environment({SECRET: {"der": b"\xff\xfe"}}, env=[entry])


def test_a_whole_config_map_becomes_variables_and_single_entries_win() -> None:
    found = {CONFIG: {"RATE": b"10", "LIMIT": b"5", "not a name": b"x"}}
    source = {"prefix": "T_", "configMapRef": {"name": "tuning"}}
    values = environment(found, envFrom=[source], env=[{"name": "T_LIMIT", "value": "7"}])
    assert values == {"T_RATE": "10", "T_LIMIT": "7"}


def test_a_whole_secret_that_is_missing_stops_the_start_unless_optional() -> None:
    with pytest.raises(NotStartableError, match=r"Secret 'redis-auth' not found"):
        environment({SECRET: None}, envFrom=[{"secretRef": {"name": "redis-auth"}}])
    assert (
        environment({SECRET: None}, envFrom=[{"secretRef": {"name": "redis-auth", "optional": True}}]) == {}
    )


def test_the_pod_has_the_last_word_over_the_sandbox() -> None:
    entries = [{"name": "KAFKA_BOOTSTRAP", "value": "mine"}]
    assert environment(base={"KAFKA_BOOTSTRAP": "ours"}, env=entries)["KAFKA_BOOTSTRAP"] == "mine"


def test_a_variable_can_use_those_before_it() -> None:
    entries = [{"name": "HOST", "value": "a"}, {"name": "URL", "value": "http://$(HOST)/$(LATER)"}]
    assert environment(env=entries)["URL"] == "http://a/$(LATER)"


@pytest.mark.parametrize(
    ("resource", "value"),
    [
        ({"resource": "limits.cpu"}, "2"),
        ({"resource": "limits.cpu", "divisor": "1m"}, "1500"),
        ({"resource": "requests.memory", "divisor": "1Mi"}, "256"),
        ({"resource": "limits.memory", "divisor": "1Gi"}, "64"),
    ],
)
def test_a_process_can_read_its_limits_rounded_up_and_the_nodes_where_it_has_none(
    resource: dict[str, str], value: str
) -> None:
    resources = {"limits": {"cpu": "1500m"}, "requests": {"memory": "256Mi"}}
    entries = [{"name": "X", "valueFrom": {"resourceFieldRef": resource}}]
    assert environment(env=entries, resources=resources) == {"X": value}


def test_everything_the_environment_needs_is_looked_up() -> None:
    described = pod(
        container(
            envFrom=[{"configMapRef": {"name": "tuning"}}],
            env=[
                {"name": "A", "value": "plain"},
                {"name": "B", "valueFrom": {"secretKeyRef": {"name": "redis-auth", "key": "k"}}},
            ],
        )
    )
    assert references(described.containers[0]) == {SECRET, CONFIG}


@pytest.mark.parametrize(
    ("text", "expanded"),
    [("$(A)", "1"), ("x$(A)y$(A)", "x1y1"), ("$$(A)", "$(A)"), ("$(B)", "$(B)"), ("$A $", "$A $")],
)
def test_variables_expand_as_kubernetes_does(text: str, expanded: str) -> None:
    assert expand(text, {"A": "1"}) == expanded


@pytest.mark.parametrize(
    ("text", "local"),
    [
        ("/etc/app", "/L/app"),
        ("/etc/app/config.yaml", "/L/app/config.yaml"),
        ("--config=/etc/app/config.yaml", "--config=/L/app/config.yaml"),
        ("/etc/app/inner/x", "/L/inner/x"),
        ("file:///etc/apple", "file:///etc/apple"),
        ("/opt/etc/app", "/opt/etc/app"),
        ("/etc/app:/etc/app/inner", "/L/app:/L/inner"),
    ],
)
def test_mount_paths_are_replaced_where_they_stand_whole(text: str, local: str) -> None:
    assert localize(text, {"/etc/app": "/L/app", "/etc/app/inner": "/L/inner"}) == local


@given(st.text())
def test_text_without_mounts_and_variables_is_left_as_it_is(text: str) -> None:
    assert localize(text, {}) == text
    assert expand(text.replace("$", ""), {"A": "1"}) == text.replace("$", "")
