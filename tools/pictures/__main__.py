"""Draws the pictures of the docs, or checks that the committed ones are what is drawn now.

`python -m tools.pictures` draws all, with names (`burst`, `partitions`) those; `--check` compares instead.
"""

import sys
from pathlib import Path
from typing import Final

from tools.pictures.subjects import SUBJECTS

FOLDER: Final = Path(__file__).parents[2] / "docs/images"


def path_of(name: str, folder: Path = FOLDER) -> Path:
    """Where the picture of that name is."""
    return folder / f"{name}.svg"


def is_fresh(name: str, folder: Path = FOLDER) -> bool:
    """The committed picture is what is drawn now."""
    path = path_of(name, folder)
    return path.is_file() and path.read_text(encoding="utf-8") == SUBJECTS[name]()


def main(arguments: list[str]) -> int:
    """Draw, or with `--check` compare.

    The exit code is 1 when a picture is not what is drawn now, 2 when there is none of that name.
    """
    check = "--check" in arguments
    names = [each for each in arguments if each != "--check"] or list(SUBJECTS)
    unknown = [name for name in names if name not in SUBJECTS]
    if unknown:
        sys.stderr.write(f"There is no picture {', '.join(unknown)}: only {', '.join(SUBJECTS)}.\n")
        return 2
    if not check:
        for name in names:
            path_of(name).write_text(SUBJECTS[name](), encoding="utf-8")
        return 0
    stale = [name for name in names if not is_fresh(name)]
    for name in stale:
        sys.stderr.write(
            f"docs/images/{name}.svg is not what is drawn now: run `make pictures` and look at it.\n"
        )
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
