import json
from pathlib import Path

from typer.testing import CliRunner

from sandbox.cli import app


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, list(arguments))
    return result.exit_code, result.output


def test_help_shows_examples() -> None:
    code, output = run("--help")

    assert code == 0
    assert 'eval "$(python -m sandbox env)"' in output


def test_a_misspelt_component_is_a_sentence_and_not_a_traceback(tmp_path: Path) -> None:
    code, output = run("up", "--dir", str(tmp_path / "sandbox"), "--only", "redsi")

    assert code == 1
    assert output.startswith("There is no component redsi.")
    assert not (tmp_path / "sandbox").exists()


def test_where_there_is_no_sandbox_status_fails_and_down_does_not(tmp_path: Path) -> None:
    directory = str(tmp_path / "sandbox")

    assert run("status", "--dir", directory)[0] == 1
    assert json.loads(run("status", "--dir", directory, "-o", "json")[1]) == []
    assert run("down", "--dir", directory) == (0, "")
    assert run("env", "--dir", directory)[0] == 1
