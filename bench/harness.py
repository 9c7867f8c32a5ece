"""What the benches share: a sandbox of their own, the operator as a process, and how results are told."""

import json
import os
import platform
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from time import monotonic, process_time, sleep
from typing import NoReturn, Self

import yaml
from prometheus_client.parser import text_string_to_metric_families
from rich.console import Console
from rich.table import Table
from rich.text import Text

from logpipeline import metrics
from logpipeline.metrics import Metric
from sandbox.demo.commands import Commands
from sandbox.errors import SandboxError
from sandbox.process import log_tail
from sandbox.progress import display
from sandbox.sandbox import Sandbox

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "bench" / "results"
OPERATOR = Path(sys.executable).with_name("logpipeline")
KUBERNETES = ("kube-controller-manager", "kube-scheduler", "kwok")
"""Kubernetes without the pod runner: pods are KWOK's, and the machine stays quiet."""
READY_WITHIN_SECONDS = 60.0
STOP_WITHIN_SECONDS = 20.0
ASK_EVERY_SECONDS = 0.1
MEGABYTE = 1_000_000
YARDSTICK_ROUNDS = 5


@dataclass(frozen=True, slots=True)
class Figure:
    """One number that was measured; with a bound, also whether it is kept."""

    name: str
    value: float
    unit: str
    limit: float | None = None
    """The most it may be."""
    least: float | None = None
    """The least it may be."""

    def named(self, name: str) -> Self:
        """The same under another name."""
        return replace(self, name=name)

    @property
    def kept(self) -> bool:
        """Within its bounds, or there are none."""
        low = self.least is None or self.value >= self.least
        return low and (self.limit is None or self.value <= self.limit)

    @property
    def target(self) -> str:
        """Its bounds in front of people; empty where there are none."""
        bounds = (("≥", self.least), ("≤", self.limit))
        told = (f"{sign} {bound:,.10g} {self.unit}" for sign, bound in bounds if bound is not None)
        return " ".join(told).strip()


def run(bench: Callable[[], int]) -> NoReturn:
    """Run a bench to its exit code; what went wrong is a sentence."""
    try:
        sys.exit(bench())
    except SandboxError as error:
        Console(stderr=True, style="red").print(str(error), soft_wrap=True)
        sys.exit(1)


@contextmanager
def bench_sandbox(
    components: Collection[str], *, start_delay_seconds: float | None = None
) -> Iterator[Sandbox]:
    """A new sandbox for one bench, gone at the end; its pods start after a delay, if one is given."""
    directory = ROOT / ".sandbox" / f"bench-{os.getpid()}"
    sandbox = Sandbox(directory, components, start_delay_seconds=start_delay_seconds)
    try:
        with display() as progress:
            sandbox.up(progress)
        yield sandbox
    finally:
        sandbox.down(wipe=True)


@dataclass(frozen=True, slots=True)
class RunningOperator:
    """The operator, and its Kafka client in a process beside it."""

    pid: int
    url: str

    @property
    def pids(self) -> list[int]:
        """Its own process, which has the event loop, and those that it has started."""
        found = Path(f"/proc/{self.pid}/task").glob("*/children")
        return [self.pid, *(int(pid) for children in found for pid in children.read_text().split())]

    def resident_bytes(self) -> int:
        """Memory that its processes hold now; what they share counts once."""
        return self._bytes("smaps_rollup", "Pss")

    def peak_bytes(self) -> int:
        """The most that each of them has held; what they share counts for each."""
        return self._bytes("status", "VmHWM")

    def metrics(self) -> str:
        """Its page of metrics."""
        return _fetch(f"{self.url}/metrics")

    def _bytes(self, file: str, field: str) -> int:
        pages = [Path(f"/proc/{pid}/{file}").read_text() for pid in self.pids]
        lines = [line.split() for page in pages for line in page.splitlines()]
        kilobytes = [int(line[1]) for line in lines if line and line[0] == f"{field}:"]
        if not kilobytes:
            raise SandboxError(f"/proc/{self.pid}/{file} has no {field}.")
        return sum(kilobytes) * 1024


@contextmanager
def operator(sandbox: Sandbox) -> Iterator[RunningOperator]:
    """Run the operator with its default settings until the end of the block; ready when it begins."""
    log = sandbox.layout.log_file("operator")
    port = _free_port()
    environment = {
        **os.environ,
        "KUBECONFIG": str(sandbox.kubeconfig),
        "LOGPIPELINE_HOST": "127.0.0.1",
        "LOGPIPELINE_PORT": str(port),
    }
    with (
        log.open("wb") as output,
        subprocess.Popen([OPERATOR, "run"], env=environment, stdout=output, stderr=output) as process,
    ):
        try:
            running = RunningOperator(process.pid, f"http://127.0.0.1:{port}")
            _wait_until_ready(running, process, log)
            yield running
        finally:
            process.terminate()
            try:
                process.wait(STOP_WITHIN_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()


def commands(sandbox: Sandbox) -> Commands:
    """Kubectl of the sandbox, without a word."""
    return Commands(sandbox, show=lambda _: None)


def apply(sandbox: Sandbox, documents: Sequence[Mapping[str, object]]) -> None:
    """Apply documents."""
    manifest = sandbox.layout.directory / "bench.yaml"
    manifest.write_text(yaml.safe_dump_all(documents, sort_keys=False))
    commands(sandbox)("kubectl", "apply", "--server-side", f"--filename={manifest}")


def apply_crds(sandbox: Sandbox) -> None:
    """Make our resources known to the cluster."""
    crds = f"--filename={ROOT / 'crds'}"
    run = commands(sandbox)
    run("kubectl", "apply", "--server-side", crds)
    run("kubectl", "wait", "--for=condition=Established", "--timeout=30s", crds)


def fake_node(name: str = "fake") -> dict[str, object]:
    """A node whose pods are ready at once and do nothing."""
    room = {"cpu": "1000", "memory": "1000Gi", "pods": "1000"}
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {
            "name": name,
            "annotations": {"kwok.x-k8s.io/node": "fake"},
            "labels": {"type": "kwok"},
        },
        "status": {"allocatable": room, "capacity": room},
    }


def machine() -> dict[str, object]:
    """What the figures depend on."""
    return {
        "cores": os.cpu_count(),
        "memory_gigabytes": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9, 1),
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.release()}",
        "load_average_1m": round(os.getloadavg()[0], 2),
        "yardstick_milliseconds": round(yardstick(), 1),
    }


def yardstick() -> float:
    """Milliseconds of CPU that the interpreter takes for a million additions, in the best of some rounds.

    Machines differ by a factor of three: processor times of two of them compare by this.
    """
    best = float("inf")
    for _ in range(YARDSTICK_ROUNDS):
        began, total = process_time(), 0
        for number in range(1_000_000):
            total += number
        best = min(best, process_time() - began)
    return 1000 * best


def tell(
    name: str, figures: Sequence[Figure], details: Mapping[str, object], began: Mapping[str, object]
) -> int:
    """Print a table, write `bench/results/NAME.json`; the exit code: 1 when a limit is not kept.

    `began` is the machine as it was before the bench loaded it.
    """
    Console().print(table_of(name, figures))
    RESULTS.mkdir(exist_ok=True)
    result = {"figures": [asdict(figure) for figure in figures], "details": details, "machine": began}
    (RESULTS / f"{name}.json").write_text(json.dumps(result, indent=2) + "\n")
    return 0 if all(figure.kept for figure in figures) else 1


def table_of(name: str, figures: Sequence[Figure]) -> Table:
    """A line for each figure: the target, what was measured, and whether it is kept."""
    table = Table(title=f"bench {name}", title_justify="left")
    table.add_column("Figure")
    for heading in ("Measured", "Target"):
        table.add_column(heading, justify="right")
    table.add_column("")
    for figure in figures:
        verdict = _verdict(kept=figure.kept) if figure.target else Text("")
        table.add_row(figure.name, f"{figure.value:,.10g} {figure.unit}", figure.target, verdict)
    return table


def measured_at(text: str) -> float | None:
    """When a stage was last measured, in Unix seconds; None where it was not."""
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            if sample.name == metrics.MEASURED.name:
                return float(sample.value)
    return None


def slower_than(text: str, histogram: Metric, seconds: float) -> int:
    """How many observations of a histogram are above a bound of one of its buckets."""
    for family in text_string_to_metric_families(text):
        if family.name == histogram.name:
            counts = {sample.labels.get("le"): sample.value for sample in family.samples}
            return int(counts["+Inf"] - counts[str(seconds)])
    raise SandboxError(f"The operator does not tell {histogram.name}.")


def _verdict(*, kept: bool) -> Text:
    return Text("kept", style="green") if kept else Text("missed", style="bold red")


def _wait_until_ready(running: RunningOperator, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = monotonic() + READY_WITHIN_SECONDS
    while monotonic() < deadline and process.poll() is None:
        try:
            _fetch(f"{running.url}/readyz")
        except (urllib.error.URLError, OSError):
            sleep(ASK_EVERY_SECONDS)
        else:
            return
    raise SandboxError(f"The operator is not ready. The end of its log:\n{log_tail(log)}")


def _fetch(url: str) -> str:
    with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310 - our own process
        text: str = answer.read().decode()
        return text


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
