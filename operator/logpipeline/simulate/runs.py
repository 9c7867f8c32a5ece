"""Every policy with every seed: the runs of a subject, with a bar while they go on."""

from collections.abc import Mapping, Sequence

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from logpipeline.sim.batch import Job, play_all
from logpipeline.sim.policies import POLICIES
from logpipeline.sim.setting import MakePolicy
from logpipeline.sim.track import Track
from logpipeline.simulate.options import UnusableError
from logpipeline.simulate.subject import Subject

OURS = "logpipeline"
EVERYBODY = "all"


def jobs_of(subject: Subject, policies: Sequence[str], seeds: Sequence[int]) -> list[Job]:
    """The runs that were asked for, policy by policy. Raises UnusableError for a policy that is none."""
    known = named(policies or (OURS,))
    told = dict.fromkeys(seeds or subject.scenario.seeds)
    return [Job(subject.setting(seed), name, make) for name, make in known.items() for seed in told]


def named(policies: Sequence[str]) -> Mapping[str, MakePolicy]:
    """The policies of these names, each once."""
    names = [name for asked in policies for name in (POLICIES if asked == EVERYBODY else (asked,))]
    unknown = [name for name in names if name not in POLICIES]
    if unknown:
        choice = ", ".join(POLICIES)
        raise UnusableError(f"there is no policy {unknown[0]!r}: choose from {choice}, or {EVERYBODY}")
    return {name: POLICIES[name] for name in dict.fromkeys(names)}


def play_with_a_bar(jobs: Sequence[Job], processes: int, console: Console) -> list[Track]:
    """The tracks of the jobs, in their order."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("Simulating", total=len(jobs))
        return play_all(
            jobs,
            processes=processes,
            done=lambda job: progress.update(task, advance=1, description=f"{job.policy} {job.setting.seed}"),
        )
