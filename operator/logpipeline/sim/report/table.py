"""The table of figures on the page: plain HTML, to be read without a script too."""

from collections.abc import Iterable, Mapping, Sequence
from html import escape

from logpipeline.sim.figures import Summary
from logpipeline.sim.report.numbers import SHOWN, Shown

PROPHET = "clairvoyant"
"""The policy that knows the future: a bound, and nobody's rival."""


def figures_table(summaries: Sequence[Summary]) -> str:
    """A row for each policy: the mean of its runs and, where they differ, how far they are apart."""
    best = best_of(summaries)
    heads = "".join(
        f'<th scope="col" title="{escape(shown.meaning)}">{escape(shown.heading)}</th>'
        for shown in SHOWN.values()
    )
    rows = "".join(_row(summary, best) for summary in summaries)
    return (
        f'<table class="figures"><thead><tr><th scope="col">Policy</th>{heads}</tr></thead>'
        f"<tbody>{rows}</tbody></table>"
    )


def facts_list(facts: Iterable[tuple[str, str]]) -> str:
    """What was played."""
    told = "".join(f"<div><dt>{escape(name)}</dt><dd>{escape(value)}</dd></div>" for name, value in facts)
    return f'<dl class="facts">{told}</dl>'


def best_of(summaries: Sequence[Summary]) -> Mapping[str, str]:
    """The best of each figure as it is spelled; empty where all have the same."""
    rivals = [summary for summary in summaries if summary.policy != PROPHET]
    return {name: _best(shown, name, rivals) for name, shown in SHOWN.items()}


def _row(summary: Summary, best: Mapping[str, str]) -> str:
    cells = "".join(_cell(summary, name, shown, best[name]) for name, shown in SHOWN.items())
    policy = escape(summary.policy)
    return f'<tr data-policy="{policy}"><th scope="row">{policy}</th>{cells}</tr>'


def _cell(summary: Summary, name: str, shown: Shown, best: str) -> str:
    least, mean, most = (getattr(of, name) for of in (summary.least, summary.mean, summary.most))
    text = shown.spell(mean)
    spread = ""
    if shown.spell(least) != shown.spell(most):
        spread = f"<small>{escape(shown.spell(least))} to {escape(shown.spell(most))}</small>"
    bar = f' style="--share:{100 * min(mean, 1):.0f}%"' if shown.more_is_better else ""
    marks = [name.replace("_", "-")]
    if text == best and summary.policy != PROPHET:
        marks.append("best")
    return f'<td class="{" ".join(marks)}"{bar}><span>{escape(text)}</span>{spread}</td>'


def _best(shown: Shown, name: str, rivals: Sequence[Summary]) -> str:
    told = [getattr(summary.mean, name) for summary in rivals]
    if len({shown.spell(figure) for figure in told}) < 2:  # noqa: PLR2004 - all are alike
        return ""
    return shown.spell(max(told) if shown.more_is_better else min(told))
