"""kopf watches for us, and must never write to what it watches."""

# ruff: noqa: SLF001 (kopf shows what is registered nowhere else)

from itertools import islice
from pathlib import Path

import kopf
import pytest

from logpipeline.handlers.indexes import Backoffs, kopf_settings, log_in, register
from logpipeline.world.view import Watched, World


@pytest.fixture
def registry() -> kopf.OperatorRegistry:
    registry = kopf.OperatorRegistry()
    register(registry, World())
    return registry


def test_no_handler_adds_a_finalizer_or_keeps_state_in_the_objects(registry: kopf.OperatorRegistry) -> None:
    """Daemons, timers and handlers of changes do; with one of them a LogPipeline could not be deleted
    while the operator is away."""
    assert not registry._changing.get_all_handlers()
    assert not registry._spawning.get_all_handlers()
    assert not registry._webhooks.get_all_handlers()


def test_everything_that_the_world_knows_of_is_watched(registry: kopf.OperatorRegistry) -> None:
    selectors = [handler.selector for handler in registry._watching.get_all_handlers()]
    watched = {
        f"{selector.group}/{selector.version}/{selector.any_name}" for selector in selectors if selector
    }
    assert watched == {str(kind) for kind in Watched}


def test_handlers_are_not_in_the_registry_that_all_of_a_process_share(
    registry: kopf.OperatorRegistry,
) -> None:
    assert kopf.get_default_registry() is not registry
    assert not kopf.get_default_registry()._watching.get_all_handlers()


def test_kopf_asks_for_no_rights_on_namespaces_and_writes_no_events() -> None:
    settings = kopf_settings()
    assert settings.scanning.disabled
    assert settings.peering.standalone
    assert not settings.posting.enabled


def test_nothing_of_an_object_is_copied_or_kept_between_its_events() -> None:
    kept = kopf_settings().persistence
    body = kopf.Body({"metadata": {"name": "access-logs"}, "spec": {"stages": []}})
    assert kept.diffbase_storage.fetch(body=body) is None
    assert kept.diffbase_storage.build(body=body, extra_fields=()) == {}


def test_an_api_server_that_is_away_is_waited_for_without_end_at_every_request() -> None:
    backoffs = kopf_settings().networking.error_backoffs
    assert isinstance(backoffs, Backoffs)
    for _ in range(2):
        assert len(list(islice(backoffs, 1_000))) == 1_000


async def test_kopf_logs_in_as_we_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kubeconfig = tmp_path / "kubeconfig"
    kubeconfig.write_text(
        "current-context: here\n"
        "contexts: [{name: here, context: {cluster: here, user: operator}}]\n"
        "clusters: [{name: here, cluster: {server: 'https://10.0.0.1:6443'}}]\n"
        "users: [{name: operator, user: {token: sesame}}]\n"
    )
    monkeypatch.setenv("KUBECONFIG", str(kubeconfig))
    way = await log_in()
    assert way.server == "https://10.0.0.1:6443"
    assert way.as_http_headers() == {"Authorization": "Bearer sesame"}
