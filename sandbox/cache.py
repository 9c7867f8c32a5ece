"""Where built programs are kept: outside the checkout, by version, so that nothing is built twice."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from sandbox.versions import Versions


@dataclass(frozen=True, slots=True)
class Cache:
    """The folder of built programs, and the folder of the user's own that comes before it."""

    root: Path
    versions: Versions
    provided: Path | None = None

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Self:
        """`SANDBOX_CACHE`, else a folder under `XDG_CACHE_HOME`, else under `~/.cache`; and `SANDBOX_BIN`."""
        home = Path(environment.get("XDG_CACHE_HOME") or Path.home() / ".cache")
        root = Path(environment.get("SANDBOX_CACHE") or home / "logpipeline-sandbox")
        provided = environment.get("SANDBOX_BIN")
        return cls(root.absolute(), Versions.pinned(), Path(provided).absolute() if provided else None)

    @property
    def binaries(self) -> Path:
        """The folder of the Go programs."""
        return self.root / self.versions.binaries_key / "bin"

    @property
    def kafka_libraries(self) -> Path:
        """The folder of Kafka's jars."""
        return self.root / self.versions.kafka_key / "libs"

    def binary(self, name: str) -> Path:
        """The program of this name: the user's own if there is one, else the one that is or will be built."""
        if self.provided is not None and os.access(self.provided / name, os.X_OK):
            return self.provided / name
        return self.binaries / name
