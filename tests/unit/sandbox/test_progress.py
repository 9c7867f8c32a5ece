import pytest
from rich.console import Console

from sandbox.progress import Board, Lines, Step


def test_without_a_terminal_there_is_one_line_for_each_change(capsys: pytest.CaptureFixture[str]) -> None:
    lines = Lines()
    lines.report("etcd", Step.BUILDING, "usually 50 s")
    lines.report("etcd", Step.BUILDING, "usually 50 s")
    lines.report("etcd", Step.READY)

    printed = [line.split()[1:] for line in capsys.readouterr().err.splitlines()]
    assert printed == [["etcd", "building", "usually", "50", "s"], ["etcd", "ready"]]


def test_on_a_terminal_each_item_has_one_line() -> None:
    board = Board()
    board.report("etcd", Step.BUILDING, "usually 50 s")
    board.report("kubectl", Step.WAITING)
    board.report("etcd", Step.READY)
    console = Console(width=80, record=True, file=None, quiet=False)
    with console.capture() as drawn:
        console.print(board)

    lines = drawn.get().splitlines()
    assert len(lines) == 2
    assert "etcd" in lines[0]
    assert "ready" in lines[0]
    assert "waiting" in lines[1]
