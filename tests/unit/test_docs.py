"""The pages that people read: their links lead somewhere, and what they name is there."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from logpipeline.api.conditions import ConditionType, Reason
from logpipeline.api.logpipeline import API_VERSION, GROUP, KIND
from logpipeline.api.resources import RESOURCES
from logpipeline.api.sale import Schedule
from logpipeline.api.sources import Source
from logpipeline.core.alerts import BACKLOG_CRITICAL
from logpipeline.core.rules import Rule

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = sorted(
    [
        *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "dataplane/README.md")),
        ROOT / "charts/logpipeline-operator/README.md",
        *DOCS.rglob("*.md"),
    ]
)
DECISIONS = sorted(path.name for path in (DOCS / "adr").glob("[0-9]*.md"))
PACKAGES = (ROOT, ROOT / "operator/logpipeline", ROOT / "dataplane/logferry", ROOT / "sandbox")
LINK = re.compile(r"\]\(([^()\s]+)\)")
FENCE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
YAML_BLOCK = re.compile(r"^```yaml\n(.*?)^```$", re.MULTILINE | re.DOTALL)
CODE = re.compile(r"`([^`\n]+)`")
SOURCE_FILE = re.compile(r"[\w.-]+(?:/[\w.-]+)*\.(?:py|yaml|in|toml)")
HOST = re.compile(r"\b((?:[a-z0-9-]+\.)+(?:com|dev|io|net|org))\b(?=[:/])")
HOSTS = {"keepachangelog.com", "semver.org"}
API_GROUPS = {
    *(GROUP, "argoproj.io", "prometheus.io", "k8s.io", "kubernetes.io", "rbac.authorization.k8s.io"),
    *("kustomize.toolkit.fluxcd.io", "helm.toolkit.fluxcd.io"),
}


def name_of(page: Path) -> str:
    return str(page.relative_to(ROOT))


def prose(page: Path) -> str:
    """The text of a page without its blocks of code."""
    return FENCE.sub("", page.read_text())


def anchors(page: Path) -> set[str]:
    """What a link may name on a page: its headings, spelt as the renderers of Markdown do."""
    headings = re.findall(r"^#+ (.+)$", prose(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def broken_links(page: Path) -> Iterator[str]:
    for link in LINK.findall(prose(page)):
        if "://" in link:
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        if not target.exists():
            yield f"{link}: there is no such file"
        elif anchor and anchor not in anchors(target):
            yield f"{link}: there is no such heading"


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_a_link_leads_to_a_page_and_a_heading_that_are_there(page: Path) -> None:
    assert not list(broken_links(page))


@pytest.mark.parametrize("reason", Reason)
def test_whoever_sees_a_reason_finds_what_to_do(reason: Reason) -> None:
    assert f"`{reason}`" in (DOCS / "troubleshooting.md").read_text()


@pytest.mark.parametrize("rule", Rule)
def test_whoever_reads_a_rule_in_a_decision_finds_what_it_means(rule: Rule) -> None:
    assert f"| `{rule}` |" in (DOCS / "how-it-decides.md").read_text()


@pytest.mark.parametrize("condition", ConditionType)
def test_whoever_sees_a_condition_finds_what_it_says(condition: ConditionType) -> None:
    assert f"| `{condition}` |" in (DOCS / "conditions-and-events.md").read_text()


def test_an_alert_has_a_page_that_says_what_to_do() -> None:
    assert (DOCS / "runbooks" / f"{BACKLOG_CRITICAL}.md").is_file()


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_a_resource_that_is_copied_from_a_page_is_accepted(page: Path) -> None:
    models = {resource.kind: resource.model for resource in RESOURCES}
    for block in YAML_BLOCK.findall(page.read_text()):
        for document in filter(None, yaml.safe_load_all(block)):
            if isinstance(document, dict) and document.get("kind") in models:
                assert document["apiVersion"] == API_VERSION
                models[document["kind"]].model_validate({"spec": document["spec"]})


def test_a_schedule_that_is_copied_from_its_page_is_accepted() -> None:
    blocks = [yaml.safe_load(block) for block in YAML_BLOCK.findall((DOCS / "sales.md").read_text())]
    schedules = [Schedule.model_validate(block["schedule"]) for block in blocks if "schedule" in block]
    assert [bool(schedule.cron) for schedule in schedules] == [False, True]


def test_a_source_that_is_copied_from_its_page_is_accepted() -> None:
    page = (DOCS / "sources.md").read_text()
    sources = [yaml.safe_load(block)["source"] for block in YAML_BLOCK.findall(page)]
    assert {*Source.model_fields} == {kind for source in sources for kind in source}
    for source in sources:
        Source.model_validate(source)


def test_the_pages_show_a_first_logpipeline() -> None:
    for page in ("README.md", "docs/quickstart.md"):
        assert f"kind: {KIND}\n" in (ROOT / page).read_text()


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_a_make_target_that_is_named_exists(page: Path) -> None:
    makefile = (ROOT / "Makefile").read_text()
    named = set(re.findall(r"(?:`|^)make ([a-z][a-z-]*)\b", page.read_text(), re.MULTILINE))
    assert not {target for target in named if not re.search(rf"^{target}:", makefile, re.MULTILINE)}


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_a_source_file_that_is_named_exists(page: Path) -> None:
    named = {code for code in CODE.findall(prose(page)) if SOURCE_FILE.fullmatch(code)}
    assert not {path for path in named if not any((folder / path).exists() for folder in PACKAGES)}


@pytest.mark.parametrize("decision", DECISIONS)
def test_a_decision_is_in_the_list_and_says_what_would_change_it(decision: str) -> None:
    assert f"({decision})" in (DOCS / "adr/README.md").read_text()
    text = (DOCS / "adr" / decision).read_text()
    for part in ("**We chose.**", "**What else there was.**", "**What would change our mind.**"):
        assert part in text


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_a_page_names_no_host_to_fetch_from_and_no_path_of_the_writers_machine(page: Path) -> None:
    text = page.read_text()
    assert not set(HOST.findall(text)) - HOSTS - API_GROUPS
    private = [folder for folder in (ROOT, Path.home()) if len(folder.parts) > 1]
    assert not [folder for folder in private if re.search(rf"{re.escape(str(folder))}\b", text)]
