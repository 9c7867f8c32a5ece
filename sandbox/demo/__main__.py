"""`python -m sandbox.demo`."""

import asyncio
import signal
import sys
import time
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from sandbox.demo.ending import Ending
from sandbox.demo.install import Installed, install, start
from sandbox.demo.journal import Journal
from sandbox.demo.observe import observers
from sandbox.demo.report import Check, print_report
from sandbox.demo.screen import Screen
from sandbox.demo.story import Story
from sandbox.demo.traffic import Traffic
from sandbox.errors import SandboxError
from sandbox.pods.api import KubernetesApi
from sandbox.progress import display

PLAIN_WIDTH = 140
INTERRUPTED = 128 + signal.SIGINT
TERMINATED = 128 + signal.SIGTERM


def main(
    *,
    keep: Annotated[bool, typer.Option("--keep", help="Leave all of it running at the end.")] = False,
    directory: Annotated[
        Path, typer.Option("--dir", help="Where the demo's sandbox keeps its state; emptied at the start.")
    ] = Path(".sandbox/demo"),
    kill_operator: Annotated[
        int, typer.Option(min=0, max=5, help="How often to SIGKILL the operator on the way.")
    ] = 0,
    capture: Annotated[
        Path | None, typer.Option(help="Save a picture of the table at the burst, as SVG.")
    ] = None,
) -> None:
    """Let a million records wait, be drained, and be accounted for, on real parts; takes four minutes."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(TERMINATED))
    screen = Screen(Console(highlight=False, width=None if sys.stdout.isatty() else PLAIN_WIDTH))
    ending = Ending(directory, screen, keep=keep)
    try:
        ending.code = _run(directory, screen, kill_operator, capture)
    except SandboxError as error:
        screen.trouble(str(error))
    except KeyboardInterrupt:
        ending.code = INTERRUPTED
    except SystemExit:
        ending.code = TERMINATED
    finally:
        ending.leave()
    raise typer.Exit(ending.code)


def _run(directory: Path, screen: Screen, kills: int, capture: Path | None) -> int:
    began = time.monotonic()
    screen.title("Kubernetes, Kafka and Redis, on this machine")
    with display() as progress:
        sandbox = start(directory, progress)
    screen.title("The operator, and a pipeline of two stages")
    installed = install(sandbox, screen.say, screen.command)
    journal = Journal()
    checks = asyncio.run(_tell(installed, journal, screen, kills, capture))
    print_report(screen.console, checks)
    screen.say(
        f"The story took {journal.elapsed_seconds:.0f} s, all in all {time.monotonic() - began:.0f} s."
    )
    return 0 if all(check.passed for check in checks) else 1


async def _tell(
    installed: Installed, journal: Journal, screen: Screen, kills: int, capture: Path | None
) -> list[Check]:
    """The story, with those who watch and the table around it."""
    async with AsyncExitStack() as stack:
        api = await KubernetesApi.connect(installed.sandbox.kubeconfig)
        stack.push_async_callback(api.close)
        traffic = Traffic(installed)
        stack.push_async_callback(traffic.abandon)
        watching = observers(journal, installed.shop, api, installed.scale, installed.operator.metrics_url)
        await stack.enter_async_context(watching)
        await stack.enter_async_context(screen.showing(journal, installed.shop))
        if capture is not None:
            picture = asyncio.create_task(screen.picture_of_the_burst(journal, installed.shop, capture))
            stack.callback(picture.cancel)
        story = Story(installed, journal, traffic, screen, kills)
        await story.tell()
        return story.checks


if __name__ == "__main__":
    typer.run(main)
