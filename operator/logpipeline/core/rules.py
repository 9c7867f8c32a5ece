"""Every rule that can shape a decision, by name. Tests assert which of them fired."""

from enum import StrEnum


class Rule(StrEnum):
    """What shaped a count, in the order in which decisions are made."""

    # demand: what the records ask for
    ARRIVAL_TERM = "ArrivalTerm"
    """What arrives, looking ahead by the lead time, at the target utilisation."""
    FLOW = "Flow"
    """More than arrives now will come of the stage before."""
    PARTITION_STALLED = "PartitionStalled"
    """What waits in stalled partitions asks for no replicas: none of them would get on with it."""
    DRAIN_TERM = "DrainTerm"
    """What arrives, and the backlog gone within `drainWithin`."""
    ARRIVAL_UNKNOWN = "ArrivalUnknown"
    """Nobody tells what arrives: it is taken from how the backlog grows beside the replicas at work."""
    ALERT_TERM = "AlertTerm"
    """What keeps the backlog below its alert threshold, or brings it back as soon as can be."""
    # fit: what the partitions allow
    PARTITION_FIT = "PartitionFit"
    """How many partitions a consumer has at most; more replicas where they do not divide evenly."""
    PARTITION_BOUND = "PartitionBound"
    """Partitions limit the count: no count keeps up, or more are asked for than can have work at once."""
    HOT_PARTITION = "HotPartition"
    """More arrives in one partition than one consumer takes: that asks for no replicas, for none would
    help."""
    DOWNSTREAM_SATURATED = "DownstreamSaturated"
    """More replicas took no more, because what they write to is full: nothing is learned of them
    meanwhile."""
    SOURCE_SATURATED = "SourceSaturated"
    """More replicas took no more from a source that is one server."""
    AWAKE = "Awake"
    """Something waits or arrives: not fewer than one."""
    OVERWRITTEN = "Overwritten"
    """Another field manager changed the count that this operator had written."""
    # not knowing
    NOT_KNOWN = "NotKnown"
    """Nothing could be measured: the count is held, or what it was before somebody else lowered it."""
    LOWER_BOUND = "LowerBound"
    """Only a part could be measured: it may raise the count and never lower it."""
    FALLBACK = "Fallback"
    """Not everything could be measured for `fallback.after`: not fewer than `fallback.replicas`."""
    # up
    TRIFLE = "Trifle"
    """A few more would be wanted, but nobody is late: not worth a rebalance."""
    IN_TIME = "InTime"
    """More would be wanted, but until a later decision works no record will be older than `oldestWithin`."""
    STILL_STARTING = "StillStarting"
    """Replicas asked for before are not ready yet, and only a few more are wanted."""
    # announced
    EVENT_FLOOR = "EventFloor"
    """An announced event asks for so many by now: no brake holds that back."""
    # down
    EVENT_NEAR = "EventNear"
    """An announced event warms, or has just begun: nothing is taken away."""
    SEEN_TOO_LITTLE = "SeenTooLittle"
    """This operator has not watched for a whole stabilization window or a minute yet, without a gap."""
    STABILIZATION = "Stabilization"
    """More was wanted within the stabilization window."""
    LATE = "Late"
    """Records wait, or will wait, longer than `drainWithin`: nothing is taken away."""
    UNSETTLED = "Unsettled"
    """The last change is not through yet, or the group rebalances."""
    TOO_LITTLE_LESS = "TooLittleLess"
    """The difference is not worth a rebalance."""
    STEP = "Step"
    """At most `maxPercent` at a time."""
    # the clamp
    MAXIMUM = "Maximum"
    """`maxReplicas`."""
    MINIMUM = "Minimum"
    """`minReplicas`."""
