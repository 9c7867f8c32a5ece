"""The page "What it does when…": every hazard that a test brings about, from the tests' own names."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

ROOT: Final = Path(__file__).parents[1]
TESTS: Final = ROOT / "tests"
MARK: Final = "hazard"
_INTRODUCTION: Final = """\
# What it does when…

Each row is a test of this project that brings the hazard about on real servers, and its name is the first
column; `make test` runs them all. Nothing in these tables makes a stage smaller, unless its row says so.
"""


class Hazard(NamedTuple):
    """One test that brings something about."""

    when: str
    seen: str
    done: str


def render() -> str:
    """The page, in Markdown."""
    sections = [_section(path) for path in sorted(TESTS.rglob("test_*.py"))]
    return "\n".join([_INTRODUCTION, *filter(None, sections)])


def hazards_of(source: str) -> Iterator[Hazard]:
    """The hazards that the tests in `source` bring about, in their order."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            for decorator in node.decorator_list:
                if isinstance(decorator, ast.Call) and _name(decorator.func) == MARK:
                    said = {word.arg: ast.literal_eval(word.value) for word in decorator.keywords}
                    yield Hazard(_sentence(node.name), said["seen"], said["done"])


def _section(path: Path) -> str:
    source = path.read_text()
    found = list(hazards_of(source)) if f"@{MARK}(" in source else []
    if not found:
        return ""
    title = (ast.get_docstring(ast.parse(source)) or path.stem).partition("\n")[0].rstrip(".")
    rows = "\n".join(f"| {hazard.when} | {hazard.seen} | {hazard.done} |" for hazard in found)
    return f"## {title}\n\n| When | Status says | What is done |\n|---|---|---|\n{rows}\n"


def _name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def _sentence(name: str) -> str:
    words = name.removeprefix("test_").removeprefix("when_").replace("_", " ")
    return words[:1].upper() + words[1:]
