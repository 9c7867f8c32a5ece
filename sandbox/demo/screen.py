"""The terminal: narration above, the live table below it; plain lines where there is no terminal."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path

from rich.console import Console, Group
from rich.live import Live
from rich.text import Text

from sandbox.demo.capture import save_picture
from sandbox.demo.journal import Journal, StageFigures
from sandbox.demo.shop import Shop
from sandbox.demo.table import clock_text, draw, plain_lines

PLAIN_EVERY_SECONDS = 5
REFRESHES_A_SECOND = 2


class Screen:
    """Where the story is told."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self._act: list[Text] = []
        """What was narrated since the last title."""

    def title(self, text: str) -> None:
        """A new act."""
        self._act = [Text(text, style="bold")]
        self.console.print(Text(f"\n{text}", style="bold"), soft_wrap=True)

    def say(self, text: str) -> None:
        """A sentence."""
        self._act.append(Text(text))
        self.console.print(Text(text), soft_wrap=not self.console.is_terminal)

    def command(self, text: str) -> None:
        """What is run now."""
        self.console.print(Text(f"$ {text}", style="cyan"), soft_wrap=True)

    def trouble(self, text: str) -> None:
        """What did not go well."""
        self.console.print(Text(text, style="red"), soft_wrap=True)

    @asynccontextmanager
    async def showing(self, journal: Journal, shop: Shop) -> AsyncIterator[None]:
        """Draw the table, again and again, until the end of the block."""
        if self.console.is_terminal:
            with Live(
                console=self.console,
                get_renderable=lambda: draw(journal, shop),
                refresh_per_second=REFRESHES_A_SECOND,
            ):
                yield
            return
        lines = PlainLines(self.console, journal, shop)
        printing = asyncio.create_task(lines.run())
        try:
            yield
        finally:
            printing.cancel()
            lines.print_events()

    async def picture_of_the_burst(self, journal: Journal, shop: Shop, file: Path) -> None:
        """Save a picture when the alert has fired and more consumers are on their way."""
        stage = shop.last

        def at_the_burst() -> bool:
            figures = journal.figures.get(stage.name, StageFigures())
            fired = any(event.reason == "AlertFired" for event in journal.told)
            return fired and (figures.ready or 0) > stage.minimum

        await journal.until("A picture of the burst", at_the_burst, within_seconds=300)
        save_picture(Group(*self._act, Text(), draw(journal, shop)), file)


class PlainLines:
    """For logs and pipes: a line for each stage every five seconds, and each Event once."""

    def __init__(self, console: Console, journal: Journal, shop: Shop) -> None:
        self._console = console
        self._journal = journal
        self._shop = shop
        self._heard = 0

    async def run(self) -> None:
        """Print, until cancelled."""
        self._print("Replicas are those ready, asked for now, and wanted.")
        for turn in count():
            self.print_events()
            if turn % PLAIN_EVERY_SECONDS == 0:
                for line in plain_lines(self._journal, self._shop):
                    self._print(line)
            await asyncio.sleep(1)

    def print_events(self) -> None:
        """Print those that have not been."""
        for event in self._journal.told[self._heard :]:
            self._heard += 1
            at = clock_text(event.at - self._journal.began)
            self._print(f"{at}  {event.reason}: {event.message}")

    def _print(self, line: str) -> None:
        self._console.print(Text(line), soft_wrap=True)
