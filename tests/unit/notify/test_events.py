"""People read about what the operator did in `kubectl describe`."""

import pytest
from structlog.testing import capture_logs

from logpipeline.api.conditions import Reason
from logpipeline.core.model import Announcement, Urgency
from logpipeline.kube import ApiError, Json, KubeApi
from logpipeline.notify.events import EventRecorder, Involved, event

PIPELINE = Involved("logpipeline.io/v1alpha1", "LogPipeline", "shop", "access-logs", "uid-1")
FIRED = Announcement(Urgency.WARNING, Reason.ALERT_FIRED, "1,240,000 records wait")


class Recording(KubeApi):
    """Keeps what is created, or fails."""

    def __init__(self, broken: ApiError | None = None) -> None:
        self.broken = broken
        self.created: list[tuple[str, Json]] = []

    async def create(self, path: str, body: Json) -> Json:
        if self.broken:
            raise self.broken
        self.created.append((path, body))
        return body


async def test_an_announcement_is_an_event_of_its_pipeline() -> None:
    api = Recording()
    await EventRecorder(api, "operator-0", clock=lambda: 0.0).announce(PIPELINE, FIRED)
    [(path, written)] = api.created
    assert path == "/api/v1/namespaces/shop/events"
    assert written["involvedObject"]["uid"] == "uid-1"
    assert (written["type"], written["reason"]) == ("Warning", "AlertFired")
    assert written["message"] == "1,240,000 records wait"
    assert written["lastTimestamp"] == "1970-01-01T00:00:00Z"
    assert written["source"]["component"] == written["reportingComponent"] == "logpipeline-operator"


async def test_an_event_that_cannot_be_written_is_logged_and_disturbs_nobody() -> None:
    recorder = EventRecorder(
        Recording(broken=ApiError(403, "Forbidden", "events is forbidden")), "operator-0"
    )
    with capture_logs() as logged:
        await recorder.announce(PIPELINE, FIRED)
    assert "events is forbidden" in logged[-1]["error"]


async def test_what_is_announced_is_in_the_log_too() -> None:
    with capture_logs() as logged:
        await EventRecorder(Recording(), "operator-0").announce(PIPELINE, FIRED)
    assert [(line["log_level"], line["reason"], line["message"]) for line in logged] == [
        ("warning", "AlertFired", "1,240,000 records wait")
    ]


def test_two_events_in_the_same_second_do_not_collide() -> None:
    first, second = (event(PIPELINE, FIRED, "operator-0", 0.0) for _ in range(2))
    assert first["metadata"]["name"] != second["metadata"]["name"]


@pytest.mark.parametrize("name", ["a" * 253, "a." * 126 + "a", "x"])
def test_the_longest_pipeline_name_gives_a_valid_event_name(name: str) -> None:
    involved = Involved("v1", "LogPipeline", "shop", name, "uid")
    named = event(involved, FIRED, "operator-0", 0.0)["metadata"]["name"]
    assert len(named) <= 253
    assert ".." not in named
    assert ".-" not in named


@pytest.mark.parametrize("message", ["x" * 5_000, "é" * 5_000, "→" * 342])
def test_a_long_message_is_cut_where_a_character_ends(message: str) -> None:
    told = event(PIPELINE, Announcement(Urgency.NORMAL, Reason.SCALED_UP, message), "operator-0", 0.0)[
        "message"
    ]
    assert len(told.encode()) <= 1_024
    assert told.endswith("…")
    assert message.startswith(told[:-1])
