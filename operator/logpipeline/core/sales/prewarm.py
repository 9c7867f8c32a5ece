"""Whether all that is planned for an event is proven ready, and what it lacks."""

from collections.abc import Iterator, Mapping, Sequence

from logpipeline.api.conditions import ConditionStatus, ConditionType, Reason
from logpipeline.core.model import Statement
from logpipeline.core.occurrence import Occurrence
from logpipeline.core.sales.feasible import Place
from logpipeline.core.sales.share import Part, Share
from logpipeline.core.timestamps import spell_time

_MINUTE = 60.0
_HOUR = 3_600.0
_MOST_TOLD = 5


def planned(shares: Sequence[Share]) -> int:
    """Replicas, over all stages."""
    return sum(part.floor.planned for share in shares for part in share.parts.values())


def proven(shares: Sequence[Share]) -> int:
    """Of those, the ones that are proven ready."""
    return planned(shares) - shortfall(shares)


def shortfall(shares: Sequence[Share]) -> int:
    """Of those, the ones that are not."""
    return sum(part.floor.shortfall for share in shares for part in share.parts.values())


def is_whole(shares: Sequence[Share]) -> bool:
    """All that is planned is proven ready."""
    return planned(shares) > 0 and shortfall(shares) == 0


def prewarm_ready(
    times: Occurrence, shares: Sequence[Share], causes: Mapping[Place, str], now: float
) -> Statement:
    """Whether all that is planned for `times` is proven ready. `causes` are why replicas are missing."""
    if now < times.warming:
        text = f"Warming begins at {spell_time(times.warming)}."
        return _statement(ConditionStatus.FALSE, Reason.NOT_DUE, text)
    if now >= times.end:
        return _statement(ConditionStatus.FALSE, Reason.NOT_DUE, "It is over: nothing is warmed any more.")
    if is_whole(shares):
        proofs = sorted({part.floor.proof for share in shares for part in share.parts.values()})
        text = f"All {planned(shares)} replicas are proven ready, by {'; '.join(proofs)}."
        return _statement(ConditionStatus.TRUE, Reason.PREWARMED, text)
    stand = f"{proven(shares)} of {planned(shares)} replicas are proven ready; {_left(times, now)}."
    if now < times.ready:
        due = f"All are to be in {spell_seconds(times.ready - now)}."
        return _statement(ConditionStatus.FALSE, Reason.WARMING, f"{stand} {due}")
    told = " ".join((f"{shortfall(shares)} are missing: {stand}", *_lacks(shares, causes)))
    return _statement(ConditionStatus.FALSE, Reason.PREWARM_NOT_READY, told)


def spell_seconds(seconds: float) -> str:
    """As people say how long it is until something: `45 s`, `12 min`, `30 h`, `11 days`."""
    if seconds < 2 * _MINUTE:
        return f"{max(0.0, seconds):.0f} s"
    if seconds < 2 * _HOUR:
        return f"{seconds / _MINUTE:.0f} min"
    return f"{seconds / _HOUR:.0f} h" if seconds < 48 * _HOUR else f"{seconds / _HOUR / 24:.0f} days"


def _left(times: Occurrence, now: float) -> str:
    if now < times.start:
        return f"it starts in {spell_seconds(times.start - now)}"
    return f"it started {spell_seconds(now - times.start)} ago"


def _lacks(shares: Sequence[Share], causes: Mapping[Place, str]) -> Iterator[str]:
    """A sentence for each stage that is short, the shortest first."""
    short = sorted(
        (
            (-part.floor.shortfall, share.pipeline, name, part)
            for share in shares
            for name, part in share.parts.items()
            if part.floor.shortfall
        ),
        key=lambda each: each[:3],
    )
    for _, pipeline, name, part in short[:_MOST_TOLD]:
        yield f"{pipeline}/{name}: {_lack(part)}. {causes.get((pipeline, name), '')}".rstrip()
    if len(short) > _MOST_TOLD:
        yield f"And {len(short) - _MOST_TOLD} more stages."


def _lack(part: Part) -> str:
    known = "nobody can tell how many" if part.floor.proven is None else str(part.floor.proven)
    return f"{known} of {part.floor.planned}"


def _statement(status: ConditionStatus, reason: Reason, message: str) -> Statement:
    return Statement(ConditionType.PREWARM_READY, status, reason, message)
