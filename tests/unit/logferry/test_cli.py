import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from logferry.cli import main

KAFKA = ["--kafka", "localhost:1", "--topic", "t"]
REDIS = ["--redis", "redis://localhost:1/0", "--stream", "s"]


@pytest.fixture(autouse=True)
def restore_logging() -> Iterator[None]:
    """The commands configure logging for the whole process; the next test shall not notice."""
    yield
    structlog.reset_defaults()


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr("sys.argv", ["logferry", *arguments])
    with pytest.raises(SystemExit) as end:
        main()
    return int(end.value.code or 0)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["relay"], "--redis is missing: give it, or set LOGFERRY_REDIS"),
        (["relay", "--redis", "redis://localhost:1/0"], "--stream is missing"),
        (["worker"], "either --kafka with --topic, or --redis with --stream"),
        (["worker", *KAFKA, *REDIS], "either --kafka"),
        (["worker", "--kafka", "localhost:1", "--listen", "off"], "--topic is missing"),
        (["worker", *KAFKA, "--sink", "s3:x"], "use file:DIRECTORY"),
        (["worker", *KAFKA, "--batch-wait", "1m"], "--batch-wait 1m is out of range"),
        (["worker", *KAFKA, "--listen", "nowhere"], "write HOST:PORT"),
        (["worker", "--redis", "http://:secret@x", "--stream", "s", "--listen", "off"], "not a Redis URL"),
        (["generate", *KAFKA], "say when to stop"),
        (["generate", *KAFKA, "--rate", "5", "--curve", "0s:5"], "not both"),
        (["generate", *KAFKA, "--count", "1", "--id-prefix", 'a"b'], "letters, digits"),
        (["count", "nowhere"], "not a directory"),
    ],
)
def test_a_wrong_option_is_named_in_one_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], arguments: list[str], says: str
):
    assert run(monkeypatch, *arguments) == 2

    message = capsys.readouterr().err
    assert says in message
    assert message.startswith("logferry: ")
    assert len(message.splitlines()) == 1
    assert "secret" not in message


def test_options_come_from_the_environment(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setenv("LOGFERRY_REDIS", "redis://localhost:1/0")
    assert run(monkeypatch, "relay") == 2
    assert "--stream is missing" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["worker", "relay", "generate", "count"])
def test_help_shows_an_example(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], command: str
):
    assert run(monkeypatch, command, "--help") == 0
    assert f"\n    logferry {command} " in capsys.readouterr().out


def test_a_count_that_is_not_met_fails_and_says_by_how_much(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
):
    (tmp_path / "a.ndjson").write_text('{"id":"p-0"}\n{"id":"p-2"}\n')

    assert run(monkeypatch, "count", str(tmp_path), "--expect", "3", "-o", "json") == 1

    output = capsys.readouterr()
    assert json.loads(output.out)["missing"] == 1
    assert output.err == "logferry: expected 3 distinct records, found 2\n"
    assert run(monkeypatch, "count", str(tmp_path), "--expect", "2") == 0
