"""Sentences about measurements of Redis that are no ground for a smaller count."""

from logpipeline.api.conditions import Reason
from logpipeline.core.readings import Doubt
from logpipeline.sources.base import ListKeys


def no_counter(where: str, key: str) -> Doubt:
    """Nobody counts what is pushed into a list."""
    message = (
        f"how much arrives in list '{key}' on {where} is not known, so nothing shrinks: have producers count "
        "with INCRBY what they push, and name the counter as arrivalKey in the spec"
    )
    return Doubt(Reason.ARRIVAL_UNKNOWN, message)


def counter_missing(where: str, key: str, counter: str) -> Doubt:
    """The counter of a list is not there: nothing was ever pushed, or it has another name."""
    message = (
        f"counter '{counter}' of list '{key}' on {where} is not there, so nothing shrinks: have producers "
        "count with INCRBY what they push, or mend arrivalKey in the spec"
    )
    return Doubt(Reason.ARRIVAL_UNKNOWN, message)


def no_number(where: str, key: str) -> Doubt:
    """The counter of a list holds something else."""
    message = (
        f"counter '{key}' on {where} is no number of records: have producers count with INCRBY, or mend "
        "arrivalKey in the spec"
    )
    return Doubt(Reason.SOURCE_REFUSED, message)


def uncounted(where: str, keys: ListKeys, records: int) -> Doubt:
    """More waits in a list than was counted when it was pushed."""
    message = (
        f"{records:,} records were pushed into list '{keys.key}' on {where} that counter '{keys.arrival}' "
        "does not count: every producer must push and INCRBY in one transaction"
    )
    return Doubt(Reason.SOURCE_INCONSISTENT, message)


def rewound(where: str, key: str, before: int, now: int) -> Doubt:
    """A counter fell: the stream or the list began anew."""
    message = (
        f"'{key}' on {where} began anew: {before:,} records had been counted before and {now:,} now; unless "
        "somebody deleted it on purpose, what waited in it is lost"
    )
    return Doubt(Reason.PARTITION_REWOUND, message)


def lost(where: str, key: str, group: str, records: int) -> Doubt:
    """A stream was trimmed past what its group was given."""
    message = (
        f"{records:,} records of stream '{key}' on {where} were deleted before group '{group}' was given "
        "them: trim later (a larger MAXLEN), or consume faster"
    )
    return Doubt(Reason.RECORDS_LOST, message)


def vanished(where: str, key: str, group: str, entries: int) -> Doubt:
    """Entries were deleted while a consumer had them."""
    message = (
        f"at least {entries:,} entries of stream '{key}' on {where} were deleted before group '{group}' had "
        "acknowledged them: trim later, and let XAUTOCLAIM or XACK take them off the group's list"
    )
    return Doubt(Reason.RECORDS_LOST, message)


def few_sentinels(where: str, primary: str, agreeing: int, asked: int) -> Doubt:
    """A primary is named, but not by most of the sentinels."""
    message = (
        f"only {agreeing} of {asked} of {where} name {primary}, and no other is named: look whether the rest "
        "of them run and know it"
    )
    return Doubt(Reason.SOURCE_INCONSISTENT, message)
