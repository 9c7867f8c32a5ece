"""The report in a real browser: it is drawn, and it asks nobody for anything."""

import re
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from logpipeline.sim.figures import summary_of
from logpipeline.sim.report.page import render
from logpipeline.sim.report.scene import Drawing, Scene, overview_of, scene_of
from sandbox import tools
from sandbox.progress import Silent
from tests.unit.sim.tracks import change, level, stage_track, track

WITHIN_SECONDS = 120
FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--dump-dom")
WATCH = """<script>
const fail = why => { document.title = `FAILED: ${why}`; };
addEventListener("error", event => { fail(event.message); });
addEventListener("securitypolicyviolation", event => { fail(event.blockedURI); });
</script>"""


@pytest.fixture(scope="module", autouse=True)
def _installed() -> None:
    tools.install_missing(["chromium"], Silent())


def drawn(tmp_path: Path, scenes: Sequence[Scene], *, then: str = "") -> str:
    """The page after its script ran, and after some more of it."""
    page = render("Report", scenes).replace("<title>", f"{WATCH}<title>", 1)
    file = tmp_path / "report.html"
    file.write_text(page.replace("</body>", f"<script>{then}</script></body>"), encoding="utf-8")
    profile, limit = f"--user-data-dir={tmp_path / 'profile'}", "--virtual-time-budget=3000"
    command = [str(tools.find("chromium")), *FLAGS, profile, limit, file.as_uri()]
    dom = subprocess.run(command, check=True, capture_output=True, text=True, timeout=WITHIN_SECONDS).stdout
    assert "<title>Report</title>" in dom
    return dom


def sale() -> Scene:
    """Two policies in two stages."""
    changes = (change(60, 2, 5, "2→5: arrival 14.2k/s"), change(300, 5, 2))
    tracks = [
        track(stage_track("collect"), stage_track(oldest_seconds=level(age), changes=changes), policy=policy)
        for policy, age in (("logpipeline", 5), ("keda", 300))
    ]
    return scene_of("sale", "A sale", [("peak", "40k/s")], tracks, Drawing())


def overview() -> Scene:
    return overview_of(
        "all", "The mean of the days", (), [summary_of(each.policy, [each.mean]) for each in sale().summaries]
    )


def test_every_policy_has_its_charts_with_a_mark_for_each_decision(tmp_path: Path) -> None:
    dom = drawn(tmp_path, [sale()])
    charts = re.findall(r'aria-label="(\w+): ', dom)
    assert charts == ["logpipeline"] * 4 + ["keda"] * 4
    assert len(re.findall(r'class="mark(?: down)?"', dom)) == 4
    assert "NaN" not in dom


def test_a_decision_is_told_where_the_pointer_is(tmp_path: Path) -> None:
    point = """const chart = document.querySelectorAll(".column svg")[3], box = chart.getBoundingClientRect();
    for (let x = 0; x < box.width && !document.querySelector(".near"); x++)
      chart.dispatchEvent(new PointerEvent("pointermove", { clientX: box.left + x, clientY: 50 }));"""
    dom = drawn(tmp_path, [sale()], then=point)
    tip = dom[dom.index('id="tip"') :]
    assert "2→5" in tip
    assert "arrival 14.2k/s" in tip
    assert "ArrivalTerm" in tip


def test_a_scene_of_figures_alone_has_a_table_and_no_charts(tmp_path: Path) -> None:
    dom = drawn(tmp_path, [overview(), sale()])
    assert 'class="line' not in dom
    assert "keda" in dom[dom.index("<svg") : dom.index("</svg>")]
    pressed = drawn(
        tmp_path, [overview(), sale()], then='document.querySelectorAll("#scenes button")[1].click();'
    )
    assert len(re.findall("<svg", pressed)) >= 8


def test_a_part_of_the_time_is_drawn_larger(tmp_path: Path) -> None:
    drag = """const chart = document.querySelector(".column svg"), box = chart.getBoundingClientRect();
    for (const [type, x] of [["pointerdown", 100], ["pointermove", 150], ["pointerup", 200]])
      chart.dispatchEvent(new PointerEvent(type, { pointerType: "mouse", clientX: box.left + x }));"""
    dom = drawn(tmp_path, [sale()], then=drag)
    assert not re.search(r'id="whole"[^>]*hidden', dom)
