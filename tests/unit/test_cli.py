import pytest
import yaml
from typer.testing import CliRunner

from logpipeline.cli import NO_API_SERVER, UNUSABLE_SETTINGS, app

RUNNER = CliRunner()


def test_the_crd_that_is_printed_is_a_crd() -> None:
    result = RUNNER.invoke(app, ["crd"])
    assert result.exit_code == 0
    assert yaml.safe_load(result.stdout)["metadata"]["name"] == "logpipelines.logpipeline.io"


def test_help_shows_the_commands() -> None:
    result = RUNNER.invoke(app, ["--help"])
    assert result.exit_code == 0
    assert {"run", "crd", "version"} <= set(result.stdout.split())


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
