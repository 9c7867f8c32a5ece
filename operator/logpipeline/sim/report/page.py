"""The page: scenes and their runs, in one file that asks nothing of anybody."""

import json
from collections.abc import Sequence
from html import escape
from importlib.resources import files
from string import Template

from logpipeline.sim.report.scene import Scene
from logpipeline.sim.report.table import facts_list, figures_table

SCRIPTS = ("scales.js", "panels.js", "frontier.js", "page.js")
"""In the order in which they build on each other."""


def render(title: str, scenes: Sequence[Scene]) -> str:
    """The whole report as HTML. There is at least one scene, and each has a run."""
    return Template(_asset("page.html")).substitute(
        title=escape(title),
        style=_asset("page.css"),
        script="\n".join(_asset(name) for name in SCRIPTS),
        sections="\n".join(_section(scene, title) for scene in scenes),
        data=_embedded([scene.drawn for scene in scenes]),
    )


def _section(scene: Scene, title: str) -> str:
    """What is told of one scene before its charts."""
    heading = "" if scene.title in {"", title} else f"<h2>{escape(scene.title)}</h2>"
    return (
        f'<section class="scene" data-scene="{escape(scene.name)}"><header>{heading}{facts_list(scene.facts)}'
        f'</header><div class="overview"><div class="card scroll">{figures_table(scene.summaries)}</div>'
        f'<figure class="card frontier"></figure></div></section>'
    )


def _embedded(data: object) -> str:
    """JSON that no text in it can break out of."""
    return json.dumps(data, separators=(",", ":")).replace("<", "\\u003c")


def _asset(name: str) -> str:
    return files("logpipeline.sim.report").joinpath("assets", name).read_text(encoding="utf-8")
