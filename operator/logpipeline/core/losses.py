"""Records that were deleted before they were consumed: counted once each, and told when it matters.

An episode begins when the log start overtakes the group. It is over when that has not happened for a while:
consumers that are too slow jump to the log start again and again.
"""

from dataclasses import replace

from logpipeline.api.conditions import Reason
from logpipeline.core.figures import MOST
from logpipeline.core.memory import Loss, StageMemory
from logpipeline.core.model import Announcement, Measures, Urgency
from logpipeline.core.readings import Doubt

CALM_SECONDS = 300.0
MUCH_MORE = 10
"""An episode that has become so many times larger is told again."""


def watch_losses(memory: StageMemory, measures: Measures) -> StageMemory:
    """Add what is new to what was lost in all.

    A partition that could not be measured has not recovered: only a whole measurement shows less.
    """
    if measures.lost == memory.overtaken == 0 and memory.loss is None:
        return memory
    overtaken = max(measures.lost, memory.overtaken) if measures.missing else measures.lost
    lost = min(MOST, memory.lost + max(0, overtaken - memory.overtaken))
    loss = memory.loss
    if overtaken:
        before, told = (memory.lost, memory.lost) if loss is None else (loss.before, loss.told)
        much_more = lost > told and lost - before >= MUCH_MORE * (told - before)
        loss = Loss(before, lost if much_more else told, measures.at)
    elif loss is not None and not measures.missing and measures.at - loss.seen_at >= CALM_SECONDS:
        loss = None
    return replace(memory, lost=lost, overtaken=overtaken, loss=loss)


def doubting_losses(measures: Measures, memory: StageMemory) -> Measures:
    """Nothing shrinks while records are lost, nor in the minutes after, whether the source says so or not."""
    told = any(doubt.reason is Reason.RECORDS_LOST for doubt in measures.doubts)
    if memory.loss is None or told:
        return measures
    doubt = Doubt(Reason.RECORDS_LOST, f"{_deleted(memory.lost, memory.loss)}, a moment ago")
    return replace(measures, doubts=(*measures.doubts, doubt), lower_bound=True)


def recalled_loss(lost: int, overtaken: int, now: float) -> Loss | None:
    """The episode that a new process finds: what the one before it counted was told."""
    return Loss(lost - overtaken, lost, now) if overtaken else None


def loss_news(name: str, before: StageMemory, after: StageMemory) -> tuple[Announcement, ...]:
    """What a person should hear: that stage `name` loses records, or many more, or that it is over."""
    if after.loss is not None and (before.loss is None or after.loss.told > before.loss.told):
        todo = "give the source a longer retention, or the stage more replicas"
        message = f"{name}: {_deleted(after.lost, after.loss)}, {after.lost:,} in all: {todo}."
    elif before.loss is not None and after.loss is None:
        lost = f"No more records are lost since {CALM_SECONDS / 60:.0f} minutes"
        message = f"{name}: {lost}; {before.lost - before.loss.before:,} were, {after.lost:,} in all."
    else:
        return ()
    return (Announcement(Urgency.WARNING, Reason.RECORDS_LOST, message),)


def _deleted(lost: int, episode: Loss) -> str:
    """What this episode made of the `lost` records, those lost in all."""
    return f"{lost - episode.before:,} records were deleted before they were consumed"
