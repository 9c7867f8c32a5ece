"""What an error of Kafka means to the person who must act on it."""

import re
from dataclasses import dataclass

from confluent_kafka import KafkaError

from logpipeline.api.conditions import Reason
from logpipeline.core.readings import Missing, PartitionId

REFUSALS = frozenset(
    {
        KafkaError._AUTHENTICATION,  # noqa: SLF001 - local errors are named so
        KafkaError._SSL,  # noqa: SLF001
        KafkaError._UNSUPPORTED_FEATURE,  # noqa: SLF001
        KafkaError.CLUSTER_AUTHORIZATION_FAILED,
        KafkaError.GROUP_AUTHORIZATION_FAILED,
        KafkaError.TOPIC_AUTHORIZATION_FAILED,
        KafkaError.SASL_AUTHENTICATION_FAILED,
        KafkaError.ILLEGAL_SASL_STATE,
        KafkaError.SECURITY_DISABLED,
        KafkaError.UNSUPPORTED_SASL_MECHANISM,
        KafkaError.UNSUPPORTED_VERSION,
        KafkaError.INVALID_GROUP_ID,
        KafkaError.TOPIC_EXCEPTION,
    }
)
TOPIC_GONE = frozenset(
    {
        KafkaError.UNKNOWN_TOPIC_OR_PART,
        KafkaError._UNKNOWN_TOPIC,  # noqa: SLF001
        KafkaError._UNKNOWN_PARTITION,  # noqa: SLF001
    }
)
COORDINATOR_MOVES = frozenset(
    {
        KafkaError.NOT_COORDINATOR,
        KafkaError.COORDINATOR_NOT_AVAILABLE,
        KafkaError.COORDINATOR_LOAD_IN_PROGRESS,
    }
)
NOT_ANSWERED = frozenset(
    {
        KafkaError._TIMED_OUT,  # noqa: SLF001
        KafkaError._TIMED_OUT_QUEUE,  # noqa: SLF001
        KafkaError._TRANSPORT,  # noqa: SLF001
        KafkaError._ALL_BROKERS_DOWN,  # noqa: SLF001
        KafkaError._RESOLVE,  # noqa: SLF001
        KafkaError._WAIT_COORD,  # noqa: SLF001
        KafkaError._DESTROY,  # noqa: SLF001
    }
)


def is_local(outcome: object) -> bool:
    """An error that the client library made up for want of an answer."""
    return isinstance(outcome, KafkaError) and outcome.code() < 0


def is_silence(outcome: object) -> bool:
    """Nobody answered, or not in time."""
    return isinstance(outcome, KafkaError) and outcome.code() in NOT_ANSWERED


@dataclass(frozen=True, slots=True)
class Trouble:
    """One thing that was asked of a cluster and not had."""

    where: str
    subject: str
    """What was asked for, `topic 'x'` for example."""
    error: KafkaError
    complaint: KafkaError | None
    """What the client library said of its connections meanwhile."""
    answered: bool
    """Whether a broker answered anything in this pass."""
    seconds: float
    """How long the pass could take."""


def explain(at: float, trouble: Trouble) -> Missing:
    """Why something could not be had, and what to do."""
    complaint, code = trouble.complaint, trouble.error.code()
    if code in NOT_ANSWERED and complaint is not None and _is_refusal(complaint):
        return _refused(at, trouble.where, "the connection", complaint)
    if code in REFUSALS:
        return _refused(at, trouble.where, trouble.subject, trouble.error)
    if code in TOPIC_GONE:
        return Missing(
            at,
            Reason.TOPIC_MISSING,
            f"{trouble.subject} is not there (yet) on {trouble.where}: create it, or mend topics in the spec",
        )
    if code in COORDINATOR_MOVES:
        message = f"{trouble.where} could not give the {trouble.subject}: the coordinator is being chosen"
        return Missing(at, Reason.SOURCE_UNREACHABLE, f"{message}, it is asked again at the next pass")
    if code in NOT_ANSWERED:
        return _too_slow(at, trouble) if trouble.answered else _unreachable(at, trouble)
    return Missing(
        at,
        Reason.SOURCE_UNREACHABLE,
        f"{trouble.where} could not give the {trouble.subject}: {_text(trouble.error)}",
    )


def _is_refusal(complaint: KafkaError) -> bool:
    """Whether somebody was there and would not have us; a TLS alert comes as a lost connection."""
    return complaint.code() in REFUSALS or "SSL alert number" in complaint.str()


def is_refused_login(complaint: KafkaError) -> bool:
    """Whether a broker knows neither us nor our password."""
    return complaint.code() in {KafkaError._AUTHENTICATION, KafkaError.SASL_AUTHENTICATION_FAILED}  # noqa: SLF001


def refused_login(at: float, where: str, complaint: KafkaError) -> Missing:
    """What a broker said of our login, which is not tried again for a while."""
    return _refused(at, where, "the connection", complaint)


def no_leader(at: float, where: str, partition: PartitionId) -> Missing:
    """An end offset that is not one: the leader of the partition is away."""
    return Missing(
        at,
        Reason.SOURCE_UNREACHABLE,
        f"partition {partition.topic}/{partition.partition} has no leader on {where}: "
        "look whether all brokers are up",
    )


def _refused(at: float, where: str, subject: str, error: KafkaError) -> Missing:
    return Missing(
        at,
        Reason.SOURCE_REFUSED,
        f"{where} refused {subject}: {_text(error)}; look at credentials, ACLs and the broker's version",
    )


def _unreachable(at: float, trouble: Trouble) -> Missing:
    cause = (
        _text(trouble.complaint)
        if trouble.complaint
        else "nothing came back; look whether it runs and whether this address is right"
    )
    return Missing(
        at,
        Reason.SOURCE_UNREACHABLE,
        f"no broker of {trouble.where} answered within {trouble.seconds:g} s: {cause}",
    )


def _too_slow(at: float, trouble: Trouble) -> Missing:
    cause = f": {_text(trouble.complaint)}" if trouble.complaint else ""
    return Missing(
        at,
        Reason.SOURCE_TOO_SLOW,
        f"{trouble.where} answered, but did not give the {trouble.subject} within "
        f"{trouble.seconds:g} s{cause}",
    )


def _text(error: KafkaError) -> str:
    """The library's sentence without what only its authors need: threads, workers, repeat counts, states."""
    said = re.sub(r"\s*\(after \d+ms.*$", "", error.str())
    cause = re.sub(r"^(?:\S+/(?:bootstrap|\d+): |.*\b(?:Broker|Local): )", "", said).strip()
    # Some answers carry no sentence but the name of the request; the error's own name says more then.
    return cause if cause and not cause.endswith(":") else str(error.name())
