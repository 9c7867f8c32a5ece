"""Writes every file that is generated, or checks that the committed ones are what the code generates now.

`python -m tools.generate` writes, `python -m tools.generate --check` compares: each has one source.
"""

import sys
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Final

from logpipeline.api.crd import render as render_crd
from logpipeline.api.reference import render as render_fields
from logpipeline.api.resources import RESOURCES
from logpipeline.metrics import page as render_metrics
from tools.hazards import render as render_hazards
from tools.pains import render as render_pains

ROOT: Final = Path(__file__).parents[1]
GENERATED: Final[Mapping[str, Callable[[], str]]] = {
    **{
        f"{folder}/{resource.plural}.yaml": partial(render_crd, resource)
        for resource in RESOURCES
        for folder in ("crds", "charts/logpipeline-operator/files/crds")
    },
    **{f"docs/reference/{one.kind.lower()}.md": partial(render_fields, one) for one in RESOURCES},
    "docs/reference/metrics.md": render_metrics,
    "docs/hazards.md": render_hazards,
    "docs/pains.md": render_pains,
}
"""Path in the checkout -> what is to be in it."""


def drifted(root: Path = ROOT) -> list[str]:
    """The generated files that are not what the code generates."""
    return [
        path
        for path, generate in GENERATED.items()
        if not (root / path).is_file() or (root / path).read_text() != generate()
    ]


def write(root: Path = ROOT) -> None:
    """Write them all."""
    for path, generate in GENERATED.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(generate())


def main(arguments: list[str]) -> int:
    """Write, or with `--check` compare; the exit code is 1 when something drifted."""
    if arguments != ["--check"]:
        write()
        return 0
    found = drifted()
    for path in found:
        sys.stderr.write(f"{path} is not what the code generates: run `make generate` and commit it.\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
