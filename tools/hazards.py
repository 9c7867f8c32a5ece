"""The page "What it does when…": every hazard that a test brings about, from the tests' own names."""

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from fnmatch import fnmatch
from itertools import groupby
from pathlib import Path
from typing import Final, NamedTuple

ROOT: Final = Path(__file__).parents[1]
TESTS: Final = ROOT / "tests"
MARK: Final = "hazard"
SECTIONS: Final[Mapping[str, tuple[str, ...]]] = {
    "Kafka: brokers": ("contract/kafka/test_kafka_brokers.py",),
    "Kafka: logs": ("contract/kafka/test_kafka_logs.py",),
    "Kafka: timestamps": ("contract/kafka/test_kafka_first_tick.py",),
    "Kafka: consumer groups": ("contract/kafka/test_kafka_groups.py", "contract/kafka/*"),
    "Redis: streams": ("contract/redis/test_redis_streams.py",),
    "Redis: lists": ("contract/redis/test_redis_lists.py",),
    "Redis: Sentinel": ("contract/redis/test_redis_sentinel.py",),
    "Redis: Cluster": ("contract/redis/test_redis_cluster.py",),
    "Redis: the server": ("contract/redis/*",),
    "Prometheus": ("contract/*prometheus_source.py",),
    "Secrets": ("cluster/installed/test_secrets.py",),
    "Logging in to Kafka": ("contract/auth/*kafka*",),
    "Logging in to Redis": ("contract/auth/*redis*",),
    "Logging in to Prometheus": ("contract/auth/*",),
    "The API server": ("cluster/test_api_server_faults.py", "cluster/leader/test_frozen_api_server.py"),
    "The operators": (
        "cluster/leader/test_takeover.py",
        "cluster/leader/test_health.py",
        "cluster/test_uninstall.py",
    ),
    "Odd input": ("cluster/installed/test_bad_input*.py",),
    "GitOps": ("cluster/installed/test_gitops.py",),
}
"""Title -> patterns of files below `tests`, in the order of the page; a file is in the first that has it."""
_SPELT: Final = {
    **{word.lower(): word for word in ("API", "ACL", "ACLs", "NaN", "PromQL", "TLS", "SASL", "KIP-848")},
    **{word.lower(): word for word in ("Kafka", "Redis", "Prometheus", "Kubernetes", "Secret", "Lease")},
    "under range": "under `range`",
    "kip 848": "KIP-848",
}
"""How words are written that the name of a function cannot have so."""
_WORDS: Final = re.compile(rf"\b({'|'.join(map(re.escape, _SPELT))})\b")
_INTRODUCTION: Final = """\
<!-- Generated from the tests by `make generate`. Edit the tests' names and their `@hazard` instead. -->

# What it does when…

Each row stands for a test of this project that brings the hazard about on real parts (Kafka, Redis,
Prometheus, the API server of Kubernetes) and checks how it is met; `make test` runs them all. Tests of a
source read the real server with the operator's own code and put the readings before its decision; the others
watch whole operators at work. Hazards that are met in the same way share a row.

**When** is the test's own name.

**Status says** is what `kubectl describe lp` shows. A word such as `PartlyMeasured` is a reason, and
[troubleshooting](troubleshooting.md) has what to do about it; after the colon is what its sentence tells.
"Nothing" is no change of status.

**What is done** is one of these, unless the row says more:

- *The count is held*: nothing is known, so what runs goes on. Only the spec (`fallback`, a larger
  `minReplicas`) raises the count, and nothing lowers it.
- *Never fewer*: only a part is known, or all of it is doubted. What is known may raise the count, too, and
  nothing lowers it.
- *Scaled*: what is measured is believed, and decides.

See [not knowing](how-it-decides.md#not-knowing) for the rules behind this.
"""


class Hazard(NamedTuple):
    """One test that brings something about."""

    when: str
    seen: str
    done: str

    @property
    def answer(self) -> tuple[str, str]:
        """How it is met."""
        return (self.seen, self.done)


def render() -> str:
    """The page, in Markdown. Raises LookupError for a file that is in no section."""
    sources = {path: path.read_text() for path in sorted(TESTS.rglob("test_*.py"))}
    left = {
        str(path.relative_to(TESTS)): found
        for path, source in sources.items()
        if f"@{MARK}(" in source and (found := list(hazards_of(source)))
    }
    tables = []
    for title, patterns in SECTIONS.items():
        names = [name for pattern in patterns for name in left if fnmatch(name, pattern)]
        rows = [hazard for name in dict.fromkeys(names) for hazard in left.pop(name)]
        tables += [_table(title, rows)] if rows else []
    if left:
        raise LookupError(f"{', '.join(left)}: give it a section in tools/hazards.py")
    return "\n".join([_INTRODUCTION, *tables])


def hazards_of(source: str) -> Iterator[Hazard]:
    """The hazards that the tests in `source` bring about, in their order."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            for decorator in node.decorator_list:
                if isinstance(decorator, ast.Call) and _name(decorator.func) == MARK:
                    said = {word.arg: ast.literal_eval(word.value) for word in decorator.keywords}
                    yield Hazard(_sentence(node.name), said["seen"], said["done"])


def _table(title: str, hazards: Iterable[Hazard]) -> str:
    rows = "\n".join(
        f"| {'<br>'.join(hazard.when for hazard in alike)} | {seen} | {done} |"
        for (seen, done), alike in groupby(hazards, lambda hazard: hazard.answer)
    )
    return f"## {title}\n\n| When | Status says | What is done |\n|---|---|---|\n{rows}\n"


def _name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def _sentence(name: str) -> str:
    words = name.removeprefix("test_").removeprefix("when_").replace("_", " ")
    spelt = _WORDS.sub(lambda found: _SPELT[found[0]], words)
    return spelt[:1].upper() + spelt[1:]
