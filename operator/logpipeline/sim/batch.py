"""Many runs, side by side in processes of their own."""

import signal
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from dataclasses import dataclass, replace
from multiprocessing import active_children, get_context

from logpipeline.sim.run import run
from logpipeline.sim.setting import MakePolicy, Setting
from logpipeline.sim.track import Track


@dataclass(frozen=True, slots=True, eq=False)
class Job:
    """One run that is to be played."""

    setting: Setting
    policy: str
    """What its track is called: one policy may be played with several specs."""
    make: MakePolicy
    """A function of a module, so that another process finds it too."""


def play(job: Job) -> Track:
    """The track of one job."""
    return replace(run(job.setting, job.make(job.setting)), policy=job.policy)


def play_all(
    jobs: Sequence[Job],
    *,
    processes: int = 1,
    done: Callable[[Job], None] = lambda _: None,
) -> list[Track]:
    """The tracks of all jobs, in the order of the jobs; `done` hears of each as soon as it is over.

    What a run raises is raised here, and ends all others, as an interrupt does.
    """
    tracks: dict[int, Track] = {}
    for place, track in _played(jobs, min(processes, len(jobs))):
        tracks[place] = track
        done(jobs[place])
    return [tracks[place] for place in range(len(jobs))]


def _played(jobs: Sequence[Job], processes: int) -> Iterator[tuple[int, Track]]:
    if processes <= 1:
        for place, job in enumerate(jobs):
            yield place, play(job)
        return
    others = set(active_children())
    # Not forked: a child of a process with threads, as a client library's, may hang for ever.
    with ProcessPoolExecutor(
        processes,
        mp_context=get_context("spawn"),
        initializer=signal.signal,
        initargs=(
            signal.SIGINT,
            signal.SIG_IGN,
        ),  # whoever interrupts means this process, which ends the others
    ) as pool:
        places: dict[Future[Track], int] = {pool.submit(play, job): place for place, job in enumerate(jobs)}
        try:
            for future in as_completed(places):
                yield places[future], future.result()
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            for child in set(active_children()) - others:
                child.terminate()
            raise
