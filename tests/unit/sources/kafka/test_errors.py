import pytest
from confluent_kafka import KafkaError

from logpipeline.api.conditions import Reason
from logpipeline.core.readings import PartitionId
from logpipeline.sources.kafka.errors import Trouble, explain, no_leader

TIMED_OUT = KafkaError._TIMED_OUT  # noqa: SLF001 - the library names its local errors so
REFUSED_CONNECTION = KafkaError(
    KafkaError._TRANSPORT,  # noqa: SLF001
    "kafka:9092/bootstrap: Connect to ipv4#10.0.0.1:9092 failed: Connection refused "
    "(after 3ms in state CONNECT)",
)
WRONG_PASSWORD = KafkaError(KafkaError._AUTHENTICATION, "wrong password")  # noqa: SLF001


def trouble(code: int, *, complaint: KafkaError | None = None, answered: bool = False) -> Trouble:
    return Trouble("kafka:9092", "topic 'log'", KafkaError(code), complaint, answered=answered, seconds=4.0)


@pytest.mark.parametrize(
    ("given", "reason", "says"),
    [
        (
            trouble(TIMED_OUT),
            Reason.SOURCE_UNREACHABLE,
            "no broker of kafka:9092 answered within 4 s",
        ),
        (
            trouble(TIMED_OUT, complaint=REFUSED_CONNECTION),
            Reason.SOURCE_UNREACHABLE,
            "within 4 s: Connect to ipv4#10.0.0.1:9092 failed: Connection refused",
        ),
        (
            trouble(TIMED_OUT, answered=True),
            Reason.SOURCE_TOO_SLOW,
            "did not give the topic 'log'",
        ),
        (trouble(KafkaError.UNKNOWN_TOPIC_OR_PART), Reason.TOPIC_MISSING, "topic 'log' is not there (yet)"),
        (
            trouble(KafkaError.TOPIC_AUTHORIZATION_FAILED),
            Reason.SOURCE_REFUSED,
            "kafka:9092 refused topic 'log'",
        ),
        (
            trouble(TIMED_OUT, complaint=WRONG_PASSWORD),
            Reason.SOURCE_REFUSED,
            "refused the connection: wrong password",
        ),
        (trouble(KafkaError.NOT_COORDINATOR), Reason.SOURCE_UNREACHABLE, "is being chosen"),
        (trouble(KafkaError.UNKNOWN), Reason.SOURCE_UNREACHABLE, "could not give the topic 'log'"),
    ],
    ids=[
        "silence",
        "away",
        "slow",
        "no topic",
        "no permission",
        "no credentials",
        "coordinator moves",
        "anything else",
    ],
)
def test_an_error_becomes_a_reason_and_a_sentence(given: Trouble, reason: Reason, says: str) -> None:
    missing = explain(7.0, given)
    assert (missing.at, missing.reason) == (7.0, reason)
    assert says in missing.message


def test_what_only_the_library_needs_is_left_out_of_the_sentence() -> None:
    message = explain(7.0, trouble(TIMED_OUT, complaint=REFUSED_CONNECTION)).message
    assert "bootstrap" not in message
    assert "state CONNECT" not in message


def test_a_partition_without_a_leader_is_named() -> None:
    missing = no_leader(7.0, "kafka:9092", PartitionId("log", 3))
    assert missing.reason is Reason.SOURCE_UNREACHABLE
    assert "log/3" in missing.message
