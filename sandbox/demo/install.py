"""From nothing to a pipeline that is governed: the sandbox, the topic, the operator, the example."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from sandbox.demo.commands import Commands
from sandbox.demo.operator_pod import NAMESPACE, RELEASE, OperatorPod, find_operator
from sandbox.demo.overlay import Addresses, Change, Overlay, read_documents
from sandbox.demo.shop import Shop
from sandbox.demo.waiting import Scale
from sandbox.progress import Progress
from sandbox.sandbox import Sandbox
from sandbox.versions import HERE

ROOT = HERE.parent
EXAMPLE = Path("examples/shop")
CHART = Path("charts/logpipeline-operator")
COMPONENTS = ("kubernetes", "kafka", "redis")
PARTITIONS = 12
POD_START_SECONDS = 5.0
"""Pods of a real cluster do not start at once: their image has to be pulled."""


@dataclass(frozen=True, slots=True)
class Installed:
    """All that the story is about."""

    sandbox: Sandbox
    shop: Shop
    scale: Scale
    operator: OperatorPod
    store: Path
    """Where the workers write."""


def start(directory: Path, progress: Progress) -> Sandbox:
    """Build what is missing and start a new sandbox; what an earlier demo left in the directory goes."""
    sandbox = Sandbox(directory, COMPONENTS, start_delay_seconds=POD_START_SECONDS)
    sandbox.down(wipe=True)
    sandbox.up(progress)
    return sandbox


def install(sandbox: Sandbox, say: Callable[[str], None], show: Callable[[str], None]) -> Installed:
    """Install the operator with helm, and apply the example; return when both are Ready."""
    layout = sandbox.layout
    commands = Commands(sandbox, show)
    store = layout.folder("store")
    overlay = Overlay(Addresses(sandbox.kafka_bootstrap, sandbox.redis_url, store))
    documents = [overlay(document) for document in read_documents(ROOT / EXAMPLE)]
    shop = Shop.read(documents)
    scale = Scale(sandbox.kafka_bootstrap, sandbox.redis_url, shop)
    scale.create_topic(PARTITIONS)

    commands(
        "helm",
        "install",
        RELEASE,
        shown(CHART),
        f"--namespace={NAMESPACE}",
        "--create-namespace",
        "--set=replicas=1",
        "--wait",
        "--timeout=60s",
    )
    say(_spoken(overlay.changes))
    manifest = layout.directory / "shop.yaml"
    manifest.write_text(yaml.safe_dump_all(documents, sort_keys=False))
    commands("kubectl", "apply", f"--filename={shown(manifest)}")
    in_shop = f"--namespace={shop.namespace}"
    for stage in shop.stages:
        commands.quietly(
            "kubectl", "rollout", "status", in_shop, f"deployment/{stage.workload}", "--timeout=60s"
        )
    commands("kubectl", "wait", in_shop, "--for=condition=Ready", f"lp/{shop.pipeline}", "--timeout=60s")
    return Installed(sandbox, shop, scale, find_operator(sandbox, commands), store)


def shown(path: Path) -> str:
    """The path as it is typed where we stand: short where it lies below."""
    absolute = path if path.is_absolute() else ROOT / path
    here = Path.cwd()
    return str(absolute.relative_to(here) if absolute.is_relative_to(here) else absolute)


def _spoken(changes: Sequence[Change]) -> str:
    """What the demo changes in the example, in a sentence."""
    windows = sorted({f"{c.path.rpartition('.')[2]} {c.before} → {c.after}" for c in changes if c.is_window})
    return (
        f"{EXAMPLE}/ is applied as it is but for {sum(not c.is_window for c in changes)} addresses, because "
        "there is no cluster DNS here, and for windows that are shortened for the show: "
        f"{', '.join(windows)}. Pods take {POD_START_SECONDS:.0f} s to start, as if they pulled an image."
    )
