"""Of many groups no more are asked for than are answered in time, and each has its turn."""

from concurrent.futures import Future
from typing import Any

import pytest

from logpipeline.sources.kafka import turns as module
from logpipeline.sources.kafka.turns import FIRST, Asking, Turns

MANY = [f"group-{number:04}" for number in range(1_000)]
SECONDS = 2.0


class Broker:
    """Answers so many questions in a second; of silent groups it never answers any."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, pace: float) -> None:
        self.now, self.pace = 100.0, pace
        self.silent: frozenset[str] = frozenset()
        self.asked: list[str] = []
        self._waiting: list[tuple[str, Future[Any]]] = []
        monkeypatch.setattr(module, "monotonic", lambda: self.now)

    def question(self, name: str) -> Asking:
        future: Future[Any] = Future()
        self.asked.append(name)
        if name not in self.silent:
            self._waiting.append((name, future))
        return {name: future}

    def run(self, turns: Turns) -> set[str]:
        """A pass: what was asked for and answered in it. The broker goes on with what it owes from before."""
        self.asked = []
        futures = turns.ask(MANY, self.question)
        until = self.now + SECONDS
        while self._waiting and self.now + 1 / self.pace <= until:
            self.now += 1 / self.pace
            self._waiting.pop(0)[1].set_result("here")
        self.slow = turns.settle(SECONDS)
        self.now = until + 3.0
        return {name for name, future in futures.items() if future.done()}


def test_a_quick_broker_is_soon_asked_for_all(monkeypatch: pytest.MonkeyPatch) -> None:
    broker, turns = Broker(monkeypatch, pace=10_000), Turns()
    assert [len(broker.run(turns)) for _ in range(4)] == [FIRST, 2 * FIRST, 4 * FIRST, len(MANY)]
    assert not broker.slow


def test_a_slow_broker_is_asked_for_what_it_answers_and_each_group_has_its_turn(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    broker, turns = Broker(monkeypatch, pace=100), Turns()
    answered, passes = set[str](), 0
    while answered != set(MANY):
        answered |= broker.run(turns)
        passes += 1
        assert passes < 20, "at up to 200 in a pass"
    assert 100 <= len(broker.asked) <= 200


def test_what_one_broker_never_answers_makes_nobody_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    broker, turns = Broker(monkeypatch, pace=10_000), Turns()
    broker.silent = frozenset(MANY[100:900])
    for _ in range(5):
        answered = broker.run(turns)
    assert answered == set(MANY) - broker.silent
    assert not broker.slow, "silent, rather"


def test_nobody_at_all_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    broker, turns = Broker(monkeypatch, pace=10_000), Turns()
    broker.silent = frozenset(MANY)
    assert [len(broker.run(turns)) for _ in range(3)] == [0, 0, 0]
    broker.silent = frozenset()
    assert len(broker.run(turns)) == FIRST
