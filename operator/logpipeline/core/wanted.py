"""All that was measured of one stage -> the count that is wanted, in the order of the rules."""

from dataclasses import dataclass, replace

from logpipeline.api.pipeline import Scaling, Stage
from logpipeline.core.arrays import some
from logpipeline.core.capacity import Known, can_learn, known_capacity, learn, watch_full
from logpipeline.core.demand import Demand, demand, pace_of, raised_to
from logpipeline.core.figures import spell_count, spell_rate
from logpipeline.core.fit import Fit, fit
from logpipeline.core.floors.expected import unsurprised
from logpipeline.core.floors.floor import Floor, highest
from logpipeline.core.flow import Outflow, expected_arrival, watch_inflow
from logpipeline.core.headroom import DOUBT, Pace, utilization
from logpipeline.core.limits import Move, can_wait, clamp, limit, remember_want
from logpipeline.core.markers import marked, watch_markers
from logpipeline.core.memory import StageMemory
from logpipeline.core.model import Applied, Measures, Workload
from logpipeline.core.outlook import Crew, Outlook, outlook
from logpipeline.core.pauses import pause_seconds
from logpipeline.core.readings import Group, GroupState, Rates, Sharing
from logpipeline.core.rules import Rule
from logpipeline.core.startup import at_work_of, has_settled, is_starting, start_up_seconds
from logpipeline.core.sustainable import sustainable_rate
from logpipeline.core.unknown import raised
from logpipeline.core.verdicts import Symptom, Verdicts, judged, out_of_reach, spared, without


@dataclass(frozen=True, slots=True)
class Wanted:
    """A count, the count without bounds, and how both came about."""

    replicas: int
    uncapped: int | None
    usable: int | None
    rules: tuple[Applied, ...]
    verdicts: Verdicts | None = None
    sustainable: float | None = None
    outflow: Outflow | None = None


@dataclass(frozen=True, slots=True)
class Sight:
    """What one decision about one stage looks at."""

    stage: Stage
    alert_backlog: int
    workload: Workload
    now: float
    upstream: Outflow | None = None
    """What the stage before will hand on."""
    floors: tuple[Floor, ...] = ()
    """What announced events ask for by now."""

    @property
    def scaling(self) -> Scaling:
        """How the stage is to be scaled."""
        return self.stage.scaling


@dataclass(frozen=True, slots=True)
class Terms:
    """What a count is worked out with."""

    known: Known
    pace: Pace
    coming: float | None
    """Records/s that will come of the stage before; None where that is not known."""
    spared: float
    """Records/s that are not worth replicas."""


def wanted_of(sight: Sight, measures: Measures, memory: StageMemory) -> tuple[Wanted, StageMemory]:
    """The count that is wanted, and what the next decision must remember."""
    scaling, workload = sight.scaling, sight.workload
    memory = _watch_markers(memory, measures, sight.now)
    measures = without(measures, marked(memory.markers, measures))
    memory = _learn(memory, measures, scaling, sight.now)
    inflow = watch_inflow(memory.inflow, measures, sight.upstream)
    memory = memory if inflow is memory.inflow else replace(memory, inflow=inflow)
    known = known_capacity(scaling, memory.learned, sight.now)
    pace = pace_of(start_up_seconds(memory), pause_seconds(memory, measures.sharing))
    per_consumer = known.records_per_second / scaling.consumers_per_replica
    verdicts = judged(measures, per_consumer, memory.full)
    coming = expected_arrival(memory.inflow, sight.upstream)
    terms = Terms(known, pace, coming, spared(measures, per_consumer, verdicts))
    measures = unsurprised(measures, sight.floors)
    whole, measures = measures, without(measures, out_of_reach(verdicts))

    asked, fitted = _fitting(sight, measures, memory, terms)
    usable = fitted.usable if _is_settled(measures.group) else None
    ahead = _outlook(sight, measures, memory, terms) if fitted.replicas > workload.replicas else None
    move = Move(
        fitted.replicas, measures, workload, scaling, memory, sight.now, usable, ahead, sight.alert_backlog
    )
    if ahead is not None and not can_wait(move):
        asked, fitted = _fitting(sight, measures, memory, terms, ahead.queued)
    count, awake = _awake(fitted.replicas, whole, sight)
    memory = remember_want(memory, clamp(count, scaling, usable)[0], scaling, sight.now)
    ahead_of = highest(sight.floors)
    guard = next((floor.name for floor in sight.floors if floor.guards(sight.now)), None)
    floor = 0 if ahead_of is None else ahead_of.replicas
    limited, limits = limit(replace(move, target=count, memory=memory, floor=floor, guard=guard))
    replicas, raising = raised(limited, scaling, memory, sight.now, Rule.LOWER_BOUND)
    partitions = _partition_rules(
        fitted, 0 if measures.sharing is Sharing.SHARED else len(measures.partitions)
    )
    told = _verdict_rules(whole, verdicts)
    return Wanted(
        replicas,
        uncapped=max(floor, 0 if count == 0 else max(count, fitted.needed)),
        usable=usable,
        rules=(*asked.rules, *partitions, *told, *awake, *floor_rules(ahead_of, count), *limits, *raising),
        verdicts=verdicts.with_bound() if fitted.bound else verdicts,
        sustainable=sustainable_rate(
            measures,
            scaling,
            known,
            planned=utilization(scaling, measures.noise, pace, known.confidence),
            usable=fitted.usable,
            assignor=memory.assignor,
        ),
        outflow=_outflow(sight, measures, replicas, known),
    ), memory


def floor_rules(floor: Floor | None, count: int) -> tuple[Applied, ...]:
    """The floor, where it is more than `count`, or as much."""
    if floor is None or floor.replicas == 0 or floor.replicas < count:
        return ()
    return (Applied(Rule.EVENT_FLOOR, floor.line),)


def _outflow(sight: Sight, measures: Measures, replicas: int, known: Known) -> Outflow | None:
    """What the stage will consume: what arrives and drains, as far as its replicas can."""
    if measures.arrival is None:
        return None
    within = sight.scaling.drain_within.total_seconds()
    asked = measures.arriving + measures.exceeding / within
    consuming = None if measures.consumption is None else measures.consuming
    most = replicas * known.records_per_second
    return Outflow(sight.stage.name, min(most, asked), measures.consumed, consuming)


def _outlook(sight: Sight, measures: Measures, memory: StageMemory, terms: Terms) -> Outlook | None:
    """What will wait if nothing is decided now, with what is about to come of the stage before."""
    arrival = measures.arrival
    if arrival is not None and terms.coming is not None and terms.coming > measures.arriving:
        measures = replace(measures, arrival=raised_to(arrival, terms.coming))
    return outlook(measures, _crew(sight, memory, terms.known), terms.pace)


def _fitting(
    sight: Sight,
    measures: Measures,
    memory: StageMemory,
    terms: Terms,
    queued: Rates | None = None,
) -> tuple[Demand, Fit]:
    """What is asked for, and the count that takes it; with what will be `queued` where it must change."""
    asked = demand(
        measures,
        sight.scaling,
        terms.known,
        at_work=terms.known.records_per_second * at_work_of(sight.workload),
        pace=terms.pace,
        alert_backlog=sight.alert_backlog,
        settled=has_settled(memory, sight.workload, sight.now),
        queued=queued,
        coming=terms.coming,
    )
    capacity = terms.known.records_per_second
    fitted = fit(
        measures,
        asked.load,
        sight.scaling,
        memory.assignor,
        capacity=capacity,
        total=asked.total,
        spared=terms.spared,
    )
    return asked, fitted


def _crew(sight: Sight, memory: StageMemory, known: Known) -> Crew:
    """Who works, and who will as soon as all that were asked for have started."""
    each, workload = sight.scaling.consumers_per_replica, sight.workload
    since = memory.starting_since if is_starting(memory, sight.now) else None
    waited = 0.0 if since is None else sight.now - since
    return Crew(
        at_work=min(at_work_of(workload), workload.replicas) * each,
        soon=workload.replicas * each,
        starts_in=max(0.0, start_up_seconds(memory) - waited),
        capacity=known.records_per_second * (1 - DOUBT[known.confidence]) / each,
        assignor=memory.assignor,
    )


def _is_settled(group: Group | None) -> bool:
    """What a group reads can be counted on: while it rebalances some of its topics may not show."""
    return group is None or group.state is not GroupState.REBALANCING


def _awake(count: int, measures: Measures, sight: Sight) -> tuple[int, tuple[Applied, ...]]:
    """Sleep only where no more waits than may and nothing arrives; a sleeper wakes for what waits alone."""
    waiting = measures.waiting
    waits = waiting > sight.scaling.activation_backlog
    arrives = measures.arrival is None or some(measures.arrival)
    if not waits and (sight.workload.replicas == 0 or not arrives):
        return 0, ()
    if count == 0:
        arriving = "arrival is not known yet" if measures.arrival is None else "records arrive"
        return 1, (Applied(Rule.AWAKE, f"{spell_count(waiting)} waiting" if waits else arriving),)
    return count, ()


def _partition_rules(fitted: Fit, partitions: int) -> tuple[Applied, ...]:
    if fitted.bound:
        numbers = f"{spell_rate(fitted.beyond)} are more than its consumers can take, at any count"
        return (Applied(Rule.PARTITION_BOUND, numbers),)
    if not partitions or fitted.replicas == 0:
        return ()
    each = f"fits {partitions} partitions at {-(-partitions // fitted.replicas)} each"
    if fitted.replicas > fitted.needed:
        each = f"+{fitted.replicas - fitted.needed} as it {each}"
    return (Applied(Rule.PARTITION_FIT, each),)


def _verdict_rules(measures: Measures, verdicts: Verdicts) -> tuple[Applied, ...]:
    """What of the verdicts shapes the count, or says why a larger one would not help."""
    rules = []
    stalled = verdicts.partitions.get(Symptom.STALLED)
    if stalled is not None:
        left_out = spell_count(float(measures.excess[stalled].sum()))
        numbers = f"without {left_out} in {verdicts.count(Symptom.STALLED)} stalled partitions"
        rules.append(Applied(Rule.PARTITION_STALLED, numbers))
    hot = verdicts.partitions.get(Symptom.HOT)
    if hot is not None:
        topic, partition = measures.partitions[int(hot.argmax())]
        numbers = f"{topic}-{partition} alone is more than one consumer takes"
        rules.append(Applied(Rule.HOT_PARTITION, numbers))
    if Symptom.DOWNSTREAM_SATURATED in verdicts.stage:
        rules.append(
            Applied(Rule.DOWNSTREAM_SATURATED, "more replicas took no more: what they write to is full")
        )
    if Symptom.SOURCE_SATURATED in verdicts.stage:
        rules.append(
            Applied(Rule.SOURCE_SATURATED, "more replicas took no more of a source that is one server")
        )
    return tuple(rules)


def _watch_markers(memory: StageMemory, measures: Measures, now: float) -> StageMemory:
    since = memory.at_work_since if memory.at_work else None
    worked = 0.0 if since is None else now - since
    markers = watch_markers(memory.markers, measures, worked)
    return memory if markers is memory.markers else replace(memory, markers=markers)


def _learn(memory: StageMemory, measures: Measures, scaling: Scaling, now: float) -> StageMemory:
    """Learn what one replica can do, where the moment teaches it."""
    settled = (
        0.0 if memory.at_work_since is None else now - max(memory.at_work_since, memory.stable_since or 0.0)
    )
    if not scaling.capacity.learn or memory.at_work is None or not can_learn(measures, settled):
        return memory
    full = watch_full(memory.full, measures, memory.at_work)
    learned = memory.learned
    if full is None or not full.saturated:
        learned = learn(learned, measures, scaling, memory.at_work, memory.assignor)
    if full is memory.full and learned is memory.learned:
        return memory
    return replace(memory, full=full, learned=learned)
