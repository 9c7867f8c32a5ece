"""The kinds of objects that there are: their names, their models, and the columns of `kubectl get`."""

from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from logpipeline.api import logpipeline, salesevent
from logpipeline.api.base import ApiModel
from logpipeline.api.logpipeline import GROUP, LogPipeline
from logpipeline.api.salesevent import SalesEvent


class Column(NamedTuple):
    """One column of `kubectl get`; those that are `wide` need `-o wide`."""

    name: str
    path: str
    description: str
    type: str = "string"
    wide: bool = False

    def as_schema(self) -> dict[str, Any]:
        """The entry of `additionalPrinterColumns`."""
        return {
            "name": self.name,
            "type": self.type,
            "jsonPath": self.path,
            "description": self.description,
            "priority": int(self.wide),
        }


def _condition(name: str, part: str) -> str:
    return f'.status.conditions[?(@.type=="{name}")].{part}'


_PIPELINE: Final = (
    Column("Ready", _condition("Ready", "status"), "The pipeline is measured and governed."),
    Column("Mode", ".status.summary.mode", "How far the operator goes; Mixed where stages differ."),
    Column("Backlog", ".status.summary.backlogRecords", "Records that wait, in all stages.", "integer"),
    Column("Oldest", ".status.summary.oldestSeconds", "Age in seconds of the oldest that waits.", "integer"),
    Column("Arrival", ".status.summary.arrivalPerSecond", "Records/s that reach the first stage.", "integer"),
    Column("Replicas", ".status.summary.replicas", "Replicas now and wanted, over all stages."),
    Column("Next sale", ".status.summary.nextSale", "The announced event that starts next, and when."),
    Column("Scaling", _condition("ScalingActive", "reason"), "Whether it scales, or why not.", wide=True),
    Column("Sources", _condition("SourcesAvailable", "reason"), "Whether all is measured.", wide=True),
    Column("Alerts", _condition("AlertsFiring", "reason"), "Whether an alert fires.", wide=True),
    Column("Age", ".metadata.creationTimestamp", "Time since it was created.", "date"),
    Column("Decision", ".status.summary.decision", "The latest decision and its reason.", wide=True),
)
_SALE: Final = (
    Column("When", ".status.occurrence.start", "When it starts, or started."),
    Column("Phase", ".status.phase", "How far it is."),
    Column("Replicas", ".status.replicas", "Replicas proven ready and planned, over all stages."),
    Column("Short", ".status.shortfall", "Planned replicas that are not ready.", "integer"),
    Column("Feasible", _condition("Feasible", "status"), "Whether all that is announced can be had."),
    Column("Age", ".metadata.creationTimestamp", "Time since it was created.", "date"),
    Column("Ends", ".status.occurrence.end", "When it ends, or ended.", wide=True),
    Column("Pipelines", ".status.pipelines", "LogPipelines that it selects.", "integer", wide=True),
    Column("Reason", _condition("Feasible", "reason"), "Why it is feasible, or is not.", wide=True),
)


@dataclass(frozen=True, slots=True)
class Resource:
    """A kind of object that the API server is to know."""

    model: type[ApiModel]
    kind: str
    plural: str
    short_name: str
    columns: tuple[Column, ...]

    @property
    def name(self) -> str:
        """The full name, for `kubectl` and of its definition."""
        return f"{self.plural}.{GROUP}"


LOG_PIPELINE: Final = Resource(LogPipeline, logpipeline.KIND, logpipeline.PLURAL, "lp", _PIPELINE)
SALES_EVENT: Final = Resource(SalesEvent, salesevent.KIND, salesevent.PLURAL, "sale", _SALE)
RESOURCES: Final = (LOG_PIPELINE, SALES_EVENT)
