import pytest
import yaml
from typer.testing import CliRunner

from logpipeline.cli import NO_ADDRESS, NO_API_SERVER, UNUSABLE_SETTINGS, app
from logpipeline.handlers.audit import NotServed

RUNNER = CliRunner()


def test_the_crds_that_are_printed_are_crds() -> None:
    result = RUNNER.invoke(app, ["crd"])
    assert result.exit_code == 0
    names = [crd["metadata"]["name"] for crd in yaml.safe_load_all(result.stdout)]
    assert names == ["logpipelines.logpipeline.io", "salesevents.logpipeline.io"]


def test_help_shows_the_commands() -> None:
    result = RUNNER.invoke(app, ["--help"])
    assert result.exit_code == 0
    assert {"run", "check", "crd", "version"} <= set(result.stdout.split())


def test_a_setting_that_cannot_be_used_is_named_in_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOGPIPELINE_SAMPLE_SECONDS", "soon")
    result = RUNNER.invoke(app, ["run"])
    assert result.exit_code == UNUSABLE_SETTINGS
    assert result.stderr.startswith("LOGPIPELINE_SAMPLE_SECONDS='soon' cannot be used: ")


def test_a_kubeconfig_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KUBECONFIG", "/nowhere/kubeconfig")
    result = RUNNER.invoke(app, ["run"])
    assert result.exit_code == NO_API_SERVER
    assert "/nowhere/kubeconfig" in result.stderr


def test_a_list_that_is_not_json_is_named_in_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOGPIPELINE_WATCH_NAMESPACES", "shop")
    result = RUNNER.invoke(app, ["run"])
    assert result.exit_code == UNUSABLE_SETTINGS
    assert "watch_namespaces" in result.stderr
    assert '["shop"]' in result.stderr


@pytest.mark.parametrize(
    ("failure", "code", "sentence"),
    [
        (OSError(98, "address already in use"), NO_ADDRESS, "cannot be served on 127.0.0.1:8080"),
        (ExceptionGroup("parts", [NotServed("install its CRD")]), NO_API_SERVER, "install its CRD"),
    ],
)
def test_what_keeps_the_operator_from_running_is_a_sentence(
    monkeypatch: pytest.MonkeyPatch, failure: Exception, code: int, sentence: str
) -> None:
    async def fail(_: object) -> None:
        raise failure

    monkeypatch.setenv("LOGPIPELINE_HOST", "127.0.0.1")
    monkeypatch.setattr("logpipeline.cli.run", fail)
    monkeypatch.setattr("logpipeline.cli.set_up_logs", lambda *_: None)
    result = RUNNER.invoke(app, ["run"])
    assert result.exit_code == code
    assert sentence in result.stderr
    assert "Traceback" not in result.stderr
