"""A picture of the terminal for the README."""

import re
from io import StringIO
from pathlib import Path

from rich.console import Console, RenderableType
from rich.terminal_theme import MONOKAI

WIDTH = 110
FONT_FACES = re.compile(r"@font-face \{.*?\}\s*", re.DOTALL)


def save_picture(picture: RenderableType, file: Path) -> None:
    """Write an SVG that needs nothing from elsewhere: whoever looks at it has a monospaced font."""
    console = Console(width=WIDTH, record=True, file=StringIO(), force_terminal=True)
    console.print(picture)
    svg = console.export_svg(title="make demo", theme=MONOKAI)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(FONT_FACES.sub("", svg))
