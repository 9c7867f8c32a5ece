"""Conditions of our resources and the reasons for them: the only place where they are named."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from logpipeline.api.base import ApiModel


class ConditionType(StrEnum):
    """What is said about a LogPipeline, and the last two about a SalesEvent. The first three are kstatus'."""

    READY = "Ready"
    RECONCILING = "Reconciling"
    STALLED = "Stalled"
    SCALING_ACTIVE = "ScalingActive"
    SOURCES_AVAILABLE = "SourcesAvailable"
    ALERTS_FIRING = "AlertsFiring"
    FEASIBLE = "Feasible"
    PREWARM_READY = "PrewarmReady"


class ConditionStatus(StrEnum):
    """Whether a condition holds."""

    TRUE = "True"
    FALSE = "False"
    UNKNOWN = "Unknown"


class Reason(StrEnum):
    """Why a condition is as it is. Also the reasons of the Events."""

    # Ready, Reconciling, Stalled
    GOVERNED = "Governed"
    STARTING = "Starting"
    SPEC_INVALID = "SpecInvalid"
    # ScalingActive
    SCALING = "Scaling"
    ADVISING = "Advising"
    PAUSED = "Paused"
    TARGET_MISSING = "TargetMissing"
    TARGET_NOT_SCALABLE = "TargetNotScalable"
    TARGET_SHARED = "TargetShared"
    TARGET_HAS_AUTOSCALER = "TargetHasAutoscaler"
    TARGET_CONTESTED = "TargetContested"
    SCALE_REFUSED = "ScaleRefused"
    # SourcesAvailable, and why a measurement is missing
    MEASURED = "Measured"
    PARTLY_MEASURED = "PartlyMeasured"
    NOT_YET_MEASURED = "NotYetMeasured"
    SOURCE_UNREACHABLE = "SourceUnreachable"
    SOURCE_TOO_SLOW = "SourceTooSlow"
    SOURCE_REFUSED = "SourceRefused"
    TOPIC_MISSING = "TopicMissing"
    STREAM_MISSING = "StreamMissing"
    GROUP_MISSING = "GroupMissing"
    SOURCE_INCONSISTENT = "SourceInconsistent"
    TOO_MANY_PARTITIONS = "TooManyPartitions"
    SECRET_MISSING = "SecretMissing"  # noqa: S105 - a reason
    SECRET_NOT_LABELLED = "SecretNotLabelled"  # noqa: S105 - a reason
    SECRET_INVALID = "SecretInvalid"  # noqa: S105 - a reason
    NO_SERIES = "NoSeries"
    SEVERAL_SERIES = "SeveralSeries"
    STALE_SERIES = "StaleSeries"
    NOT_A_NUMBER = "NotANumber"
    # Doubts about what was measured: nothing shrinks on such a measurement
    RECORDS_LOST = "RecordsLost"
    PARTITION_REWOUND = "PartitionRewound"
    REDIS_MEMORY_NEAR = "RedisMemoryNear"
    ARRIVAL_UNKNOWN = "ArrivalUnknown"
    # AlertsFiring
    NO_ALERTS = "NoAlerts"
    ALERTS_PENDING = "AlertsPending"
    FIRING = "Firing"
    # Feasible: whether what is announced can be read, and whether it can be had
    FITS = "Fits"
    DOES_NOT_FIT = "DoesNotFit"
    QUOTA_TOO_SMALL = "QuotaTooSmall"
    NO_ROOM = "NoRoom"
    LEAD_TOO_SHORT = "LeadTooShort"
    NOTHING_SELECTED = "NothingSelected"
    STAGE_UNKNOWN = "StageUnknown"
    BASELINE_UNKNOWN = "BaselineUnknown"
    SUSPENDED = "Suspended"
    SCHEDULE_INVALID = "ScheduleInvalid"
    TIME_ZONE_UNKNOWN = "TimeZoneUnknown"
    NEVER_STARTS = "NeverStarts"
    NEVER_AGAIN = "NeverAgain"
    # PrewarmReady
    NOT_DUE = "NotDue"
    WARMING = "Warming"
    PREWARMED = "Prewarmed"
    PREWARM_NOT_READY = "PrewarmNotReady"
    # Events that are not conditions
    CLAIMED = "Claimed"
    SCALED_UP = "ScaledUp"
    SCALED_DOWN = "ScaledDown"
    WOKEN = "Woken"
    PUT_TO_SLEEP = "PutToSleep"
    ALERT_FIRED = "AlertFired"
    ALERT_RESOLVED = "AlertResolved"
    STARTED = "Started"
    OVER = "Over"
    MISSED = "Missed"


class Condition(ApiModel):
    """One thing that is said about a resource, in the standard form of Kubernetes."""

    type: Annotated[str, Field(max_length=316)]
    """What is said."""
    status: ConditionStatus
    """Whether it holds."""
    reason: Annotated[str, Field(max_length=1_024)]
    """Why, in one word."""
    message: Annotated[str, Field(max_length=32_768)]
    """Why, in a sentence."""
    last_transition_time: Annotated[str, Field(json_schema_extra={"format": "date-time"})]
    """When `status` last changed."""
    observed_generation: int
    """The generation of the spec this speaks of."""
