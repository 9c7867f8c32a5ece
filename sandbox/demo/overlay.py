"""What the demo changes in `examples/`: addresses, for want of a cluster DNS, and the length of windows.

Nothing else, and a test holds it to that. Every change is kept, so that it can be said on the terminal.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import yaml

Json = dict[str, Any]

WINDOWS: Final[Mapping[str, str]] = {
    "drainWithin": "25s",
    "stabilizationWindow": "20s",
    "for": "0s",
}
"""How long each window of a LogPipeline is in the show."""


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where the sandbox has what the examples call by its name in a cluster."""

    kafka: str
    redis: str
    store: Path

    def replacements(self) -> Mapping[str, str]:
        """The addresses in `examples/`, and what stands for each here."""
        return {
            "kafka:9092": self.kafka,
            "redis://redis:6379/0": self.redis,
            "/var/lib/shop/access-log": str(self.store),
        }


@dataclass(frozen=True, slots=True)
class Change:
    """One field that is not as in the example."""

    document: str
    path: str
    before: str
    after: str

    @property
    def is_window(self) -> bool:
        """A length of time rather than an address."""
        return self.path.rpartition(".")[2] in WINDOWS


@dataclass(slots=True)
class Overlay:
    """Applies the changes to one document after the other, and remembers them."""

    addresses: Addresses
    changes: list[Change] = field(default_factory=list)

    def __call__(self, document: Json) -> Json:
        """The document as the demo applies it; the one given stays as it is."""
        name = f"{document['kind']} {document['metadata']['name']}"
        changed: Json = self._changed(document, name, ())
        return changed

    def _changed(self, value: Any, document: str, path: tuple[str, ...]) -> Any:  # noqa: ANN401 (YAML)
        if isinstance(value, dict):
            return {key: self._changed(part, document, (*path, key)) for key, part in value.items()}
        if isinstance(value, list):
            return [self._changed(part, document, (*path, str(i))) for i, part in enumerate(value)]
        if not isinstance(value, str):
            return value
        is_window = document.startswith("LogPipeline ") and path[-1] in WINDOWS
        after = WINDOWS[path[-1]] if is_window else self._addressed(value)
        if after != value:
            self.changes.append(Change(document, ".".join(path), value, after))
        return after

    def _addressed(self, value: str) -> str:
        """An address counts where it is the whole value, or what follows the `=` of an argument."""
        option, equals, last = value.rpartition("=")
        replacements = self.addresses.replacements()
        return f"{option}{equals}{replacements[last]}" if last in replacements else value


def read_documents(folder: Path) -> Iterator[Json]:
    """Every document of the YAML files in a folder, in the order of their names."""
    for file in sorted(folder.glob("*.yaml")):
        yield from filter(None, yaml.safe_load_all(file.read_text()))
