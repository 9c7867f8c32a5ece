"""A window of readings -> backlog, rates and ages of one stage.

Rates come from counters that only grow (log end offsets, committed offsets), so a late or a lost reading
costs precision and never correctness. Where a source has no counters, only a rate of arrival that it is told
and the backlog itself speak. Arrays are (P,) over the partitions of the newest sample.
"""

import math

import numpy as np
from numpy.typing import NDArray

from logpipeline.api.conditions import Reason
from logpipeline.core.arrays import some, sum_of
from logpipeline.core.figures import MOST, whole
from logpipeline.core.history import History
from logpipeline.core.model import Measures
from logpipeline.core.readings import Counts, Doubt, Missing, Rates, Sample, Sharing
from logpipeline.core.window import Window

ARRIVAL_SECONDS = (60.0, 300.0)
"""Arrival is the larger of its means over these: quick to see growth, slow to forget it."""
CONSUMPTION_SECONDS = 30.0
"""Consumption is the mean over this, or over three commit intervals where those are longer."""
LEARNING_SECONDS = 60.0
"""What one replica can do is learned over this at least,"""
LEARNING_COMMITS = 6
"""and over so many commit intervals: what is committed in a burst was not done in one."""
ON_ITS_WAY_COMMITS = 2
"""A position that has not moved for so many commit intervals is no work: somebody is stuck there."""
STALE_INTERVALS = 6
"""A newest reading older than so many usual intervals is no measurement any more."""
USUAL_INTERVAL_SECONDS = 5.0
MAX_FLOW_SECONDS = 30.0
"""At most so much consumption is taken to be in flow between two commits."""
GONE_SECONDS = 600.0
"""A topic that was there so shortly ago may come back, with all that arrives there."""
LONGEST_DRAIN_SECONDS = 604_800.0
"""A backlog that takes longer than the longest `drainWithin` is as good as not shrinking."""


def evaluate(window: Window, now: float) -> Measures | Missing:
    """What `window` says at `now`; Missing when its newest reading is, or is stale, or there is none."""
    newest = window.newest
    if newest is None:
        return Missing(now, Reason.NOT_YET_MEASURED, "Nothing has been measured yet.")
    if isinstance(newest, Missing):
        return newest
    age = now - newest.at
    most = STALE_INTERVALS * USUAL_INTERVAL_SECONDS
    if abs(age) > most and abs(age) > STALE_INTERVALS * window.interval_seconds:
        told = f"{age:.0f} s old" if age > 0 else f"{-age:.0f} s ahead: the clock was set back"
        return Missing(now, Reason.SOURCE_TOO_SLOW, f"The last measurement is {told}.")
    if newest.counted and window.history is not None:
        return _by_counters(newest, window.history, window.pace, now)
    return _by_backlog(newest, window.pace, now)


def _by_counters(newest: Sample, history: History, pace: float | None, now: float) -> Measures:
    arrival = np.fmax(*(history.produced_per_second(seconds) for seconds in ARRIVAL_SECONDS))
    commit_interval = history.commit_interval_seconds
    consumption = history.consumed_per_second(max(CONSUMPTION_SECONDS, 3 * commit_interval), commit_interval)
    learning = max(LEARNING_SECONDS, LEARNING_COMMITS * commit_interval)
    backlog = newest.backlog
    taken, busy = _taken(backlog, history, learning, commit_interval)
    arriving, consuming = sum_of(arrival), sum_of(consumption)
    known = len(arrival) > 0 and not math.isnan(arriving + consuming)
    excess = backlog.astype(np.float64)
    if newest.sharing is Sharing.PARTITIONED:
        excess = _beyond_commits(excess, consumption, commit_interval)
    gained = consuming - arriving if known else _total(consumption) - _total(arrival)
    trend = history.trend
    doubts = (*newest.doubts, *_gone(newest, history))
    return Measures(
        at=newest.at,
        sharing=newest.sharing,
        partitions=newest.partitions,
        missing=len(newest.missing),
        lower_bound=not (newest.complete and known) or bool(doubts),
        backlog=backlog,
        excess=excess,
        arrival=arrival if known else _known(arrival),
        slope=trend.slope,
        noise=trend.noise,
        commit_interval_seconds=commit_interval,
        consumption=consumption if known else _known(consumption),
        oldest_seconds=_oldest_seconds(newest, history, now),
        drain_seconds=_drain_seconds(sum_of(excess), gained),
        pace=pace,
        estimated=newest.estimated,
        group=newest.group,
        missing_because=newest.missing_because,
        taken=taken,
        taken_seconds=learning,
        busy=busy,
        still_seconds=_still_seconds(backlog, history, consumption),
        rewound_seconds=history.rewound_seconds,
        kept=newest.kept,
        produced=sum_of(newest.produced) if newest.complete else None,
        consumed=sum_of(newest.consumed) if newest.complete else None,
        lost=_lost(newest),
        doubts=doubts,
    )


def _taken(
    backlog: Counts, history: History, seconds: float, commit_interval: float
) -> tuple[Rates | None, NDArray[np.bool_] | None]:
    """(P,) records/s consumed over `seconds`, and whether there was work all that time; None: not known.

    A partition had work as long as more waited in it than may be taken and not committed yet, and the group
    got on with it: the consumer of one that is stuck has little to do.
    """
    if not history.watched(seconds):
        return None, None
    taken = history.consumed_per_second(seconds, commit_interval)
    if math.isnan(sum_of(taken)):
        return None, None
    step = max(commit_interval, history.interval_seconds)
    flow = taken * step
    busy = (backlog > flow) & (taken > 0)
    if some(busy):
        busy &= (history.least_lag(seconds) > flow) & (history.still_seconds <= ON_ITS_WAY_COMMITS * step)
    return taken, busy


def _still_seconds(backlog: Counts, history: History, consumption: Rates) -> Rates | None:
    """(P,) how long positions have not moved; None where all with records that wait do."""
    idle = (backlog > 0) & ~(consumption > 0)
    return history.still_seconds if some(idle) else None


def _gone(newest: Sample, history: History) -> tuple[Doubt, ...]:
    """A topic that nobody says is missing, and that was there a moment ago: where topics are not named."""
    if history.places is None:
        return ()
    there = {partition.topic for partition in (*newest.partitions, *newest.missing)}
    lately = [~np.isnan(end.counters) for end in history.ends if newest.at - end.at <= GONE_SECONDS]
    seen = np.logical_or.reduce(lately)
    gone = {p.topic for p, known in zip(history.partitions, seen, strict=True) if known} - there
    told = "was there a moment ago and is not any more: was it deleted, or does the group no longer read it?"
    return tuple(Doubt(Reason.TOPIC_MISSING, f"{topic} {told}") for topic in sorted(gone))


def _by_backlog(newest: Sample, pace: float | None, now: float) -> Measures:
    """Of a source that tells what waits and perhaps a rate, and has no counters."""
    backlog, shares = newest.backlog, len(newest.partitions)
    told = newest.arrival_per_second
    known = shares > 0 and told is not None and 0 <= told <= MOST
    arrival = np.full(shares, told / shares) if known and told is not None else None
    consumption = None if arrival is None or pace is None else np.maximum(arrival - pace / shares, 0.0)
    return Measures(
        at=newest.at,
        sharing=newest.sharing,
        partitions=newest.partitions,
        missing=len(newest.missing),
        lower_bound=not newest.complete or consumption is None or bool(newest.doubts),
        backlog=backlog,
        excess=backlog.astype(np.float64),
        arrival=arrival,
        slope=0.0,
        consumption=consumption,
        oldest_seconds=_oldest_seconds(newest, None, now),
        drain_seconds=_drain_seconds(
            float(backlog.sum(dtype=np.float64)), math.nan if pace is None else -pace
        ),
        pace=pace,
        estimated=newest.estimated,
        group=newest.group,
        missing_because=newest.missing_because,
        lost=_lost(newest),
        doubts=newest.doubts,
    )


def _known(rates: Rates) -> Rates | None:
    """(P,) with zeros for the few that are not known; None where none is."""
    unknown = np.isnan(rates)
    if not some(unknown):
        return rates if len(rates) else None
    return None if unknown.all() else np.where(unknown, 0.0, rates)


def _total(rates: Rates) -> float:
    """Records/s in all, of the partitions that are known; NaN where none is."""
    known = _known(rates)
    return math.nan if known is None else sum_of(known)


def _lost(newest: Sample) -> int:
    return 0 if newest.lost is None else whole(newest.lost.sum(dtype=np.float64))


def _beyond_commits(backlog: Rates, consumption: Rates, commit_interval_seconds: float) -> Rates:
    """(P,) records beyond what was consumed and is not committed yet: two commit intervals of flow.

    Commits are a staircase: between two of them a healthy group shows lag that nobody has to work off.
    A Redis group acknowledges record by record, so all that waits there is excess.
    """
    flow = consumption * min(2 * commit_interval_seconds, MAX_FLOW_SECONDS)
    excess: Rates = np.maximum(backlog - flow, 0.0)
    return np.where(np.isnan(excess), backlog, excess) if math.isnan(sum_of(excess)) else excess


def _oldest_seconds(newest: Sample, history: History | None, now: float) -> float | None:
    """How long the oldest record has waited: told by the source, or since the log passed the group's offset.

    Where a record already waited when the window began it is at least so old.
    """
    if not some(newest.produced > newest.consumed):
        return 0.0
    if newest.oldest_at is not None:
        return max(0.0, now - newest.oldest_at)
    if history is None or history.span_seconds == 0:
        return None
    since = history.first_passed(newest.consumed)
    return None if since is None else max(0.0, now - since)


def _drain_seconds(excess: float, gained_per_second: float) -> float | None:
    """None where the excess is not shrinking, or nobody knows (NaN)."""
    if excess == 0:
        return 0.0
    return excess / gained_per_second if gained_per_second > excess / LONGEST_DRAIN_SECONDS else None
