"""One part of the benchmark: its scenes, who plays in them, and what came of it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rich.console import Console

from bench.control.contest import Contestant
from bench.harness import Figure
from logpipeline.sim.figures import Figures, Summary, summary_of
from logpipeline.sim.report.scene import Drawing, Scene, scene_of
from logpipeline.sim.track import Track
from logpipeline.simulate.facts import facts_of
from logpipeline.simulate.runs import play_with_a_bar
from logpipeline.simulate.subject import Subject
from logpipeline.simulate.table import table_of

CONSOLE = Console(stderr=True, highlight=False)


@dataclass(frozen=True, slots=True)
class Played:
    """A scene, and what is promised of it."""

    scene: Scene
    figures: Sequence[Figure] = ()


Judge = Callable[[str, Subject, Sequence[Track]], Sequence[Figure]]
"""What is promised of a subject, by its name and its runs."""


@dataclass(frozen=True, slots=True)
class Part:
    """What is played by whom, how often."""

    subjects: Sequence[tuple[str, Subject]]
    """With their names."""
    contestants: Sequence[Contestant]
    seeds: Sequence[int]
    judge: Judge | None = None
    """Of single subjects; None where only all of them together are judged."""

    def play(self, processes: int) -> list[Played]:
        """A scene for each subject, told as soon as it is over."""
        played = []
        for name, subject in self.subjects:
            jobs = [each.job(subject, seed) for each in self.contestants for seed in self.seeds]
            CONSOLE.print(f"{name}: {len(jobs)} runs")
            tracks = play_with_a_bar(jobs, processes, CONSOLE)
            drawing = Drawing(dated=subject.dated, sales=subject.sales, every_seed=False)
            scene = scene_of(name, subject.scenario.title, facts_of(subject), tracks, drawing)
            Console(highlight=False, width=WIDTH).print(table_of(name, scene.summaries))
            played.append(Played(scene, self.judge(name, subject, tracks) if self.judge else ()))
        return played


WIDTH = 130


def over_all(scenes: Sequence[Scene]) -> list[Summary]:
    """Each policy over all scenes: the mean of their means, and the extremes of their means."""
    means: dict[str, list[Figures]] = {}
    for scene in scenes:
        for summary in scene.summaries:
            means.setdefault(summary.policy, []).append(summary.mean)
    return [summary_of(policy, figures) for policy, figures in means.items()]
