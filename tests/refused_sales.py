"""SalesEvents that are nonsense: what is changed in a good one, and the sentence that refuses it.

The API server and the models refuse each, with the same sentence.
"""

from typing import Final

SCHEDULE: Final = "spec.schedule"
EXPECTED: Final = "spec.expected"
SELECTOR: Final = "spec.pipelineSelector"
AT: Final = "2026-11-11T00:00:00"
SHORT: Final = "readyBefore must not be longer than leadTime"
ONE_OF_THREE: Final = "exactly one of recordsPerSecond, multiplier and replicas must be given"
VALUES: Final = "values belong to the operators In and NotIn, and to no others"
STAGE: Final = "must be lowercase letters, digits and '-'"

REFUSED: Final[dict[str, tuple[str, object, str]]] = {
    "no time at all": (SCHEDULE, {}, "exactly one of at and cron must be given"),
    "at and cron": (f"{SCHEDULE}.cron", "0 20 * * 5", "exactly one of at and cron must be given"),
    "once, until": (f"{SCHEDULE}.until", AT, "until and except belong to cron"),
    "once, except": (f"{SCHEDULE}.except", ["2026-12-24"], "until and except belong to cron"),
    "an offset": (f"{SCHEDULE}.at", "2026-11-11T00:00Z", "must be a local time such as 2026-11-11T00:00:00"),
    "a date": (f"{SCHEDULE}.at", "2026-11-11", "must be a local time such as"),
    "month 13": (f"{SCHEDULE}.at", "2026-13-11T00:00:00", "must be a local time such as"),
    "year 26": (f"{SCHEDULE}.at", "0026-11-11T00:00:00", "must be a local time such as"),
    "24 o'clock": (f"{SCHEDULE}.at", "2026-11-11T24:00:00", "must be a local time such as"),
    "four fields": (SCHEDULE, {"cron": "0 20 * *"}, "must be five fields, such as '0 20 * * 5'"),
    "a nickname": (SCHEDULE, {"cron": "@daily"}, "must be five fields"),
    "an exception in words": (
        SCHEDULE,
        {"cron": "0 20 * * 5", "except": ["easter"]},
        "must be a date such as",
    ),
    "a zone that leads elsewhere": (
        f"{SCHEDULE}.timeZone",
        "../etc/passwd",
        "must be the name of a time zone",
    ),
    "no duration": ("spec.duration", "0s", "must be from 1m to 31d"),
    "a year": ("spec.duration", "365d", "must be from 1m to 31d"),
    "a long lead": ("spec.leadTime", "8d", "must be from 0s to 7d"),
    "an absurd lead": ("spec.leadTime", "9" * 31 + "w", "must be from 0s to 7d"),
    "ready before warming": ("spec.readyBefore", "1h1s", SHORT),
    "warming at the start": ("spec.leadTime", "0s", SHORT),
    "nothing expected": (EXPECTED, {}, ONE_OF_THREE),
    "rate and multiplier": (f"{EXPECTED}.recordsPerSecond", 800_000, ONE_OF_THREE),
    "multiplier and replicas": (f"{EXPECTED}.replicas", {"index": 64}, ONE_OF_THREE),
    "replicas of nothing": (EXPECTED, {"replicas": {}}, "at least 1"),
    "a stage that cannot be": (EXPECTED, {"replicas": {"Index_1": 1}}, STAGE),
    "a stage of a long name": (EXPECTED, {"replicas": {"a" * 64: 1}}, "63 characters"),
    "less than none": (EXPECTED, {"replicas": {"index": -1}}, "greater than or equal to 0"),
    "times nothing": (f"{EXPECTED}.multiplier", 0, "greater than or equal to 0.1"),
    "In of nothing": (f"{SELECTOR}.matchExpressions", [{"key": "tier", "operator": "In"}], VALUES),
    "Exists with values": (
        f"{SELECTOR}.matchExpressions",
        [{"key": "tier", "operator": "Exists", "values": ["storefront"]}],
        VALUES,
    ),
    "a label of two words": (f"{SELECTOR}.matchLabels", {"tier of shop": "a"}, "must be the name of a label"),
    "a value of two words": (f"{SELECTOR}.matchLabels", {"tier": "a b"}, "must be the value of a label"),
}
"""What is wrong -> where, what is there instead, and what is said."""
