"""Whether every record that was made is in the files, by its id."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sandbox.demo.traffic import LOGFERRY
from sandbox.errors import SandboxError


@dataclass(frozen=True, slots=True)
class Account:
    """What was made, and what the files hold."""

    made: int
    found: int
    """Records of those made, each counted once."""
    duplicates: int
    """Lines with a record that another line has, too: at least once is what was promised."""
    unreadable: int
    """Lines without an id, torn by a worker that was killed."""
    missing: Mapping[str, int]
    """Records that are in no file, by the prefix of their ids; empty when all are there."""

    @property
    def balanced(self) -> bool:
        """Nothing is missing."""
        return not self.missing


def balance(made: Mapping[str, int], counted: Mapping[str, Any]) -> Account:
    """Compare what the stores acknowledged with the result of `logferry count`."""
    found = {prefix: counted["prefixes"].get(prefix, {}).get("distinct", 0) for prefix in made}
    missing = {prefix: count - found[prefix] for prefix, count in made.items() if found[prefix] < count}
    return Account(
        made=sum(made.values()),
        found=sum(found.values()),
        duplicates=counted["duplicates"],
        unreadable=counted["unreadable"],
        missing=missing,
    )


async def count(folder: Path) -> dict[str, Any]:
    """Run `logferry count` on a folder of NDJSON files."""
    process = await asyncio.create_subprocess_exec(
        LOGFERRY,
        "count",
        folder,
        "--output=json",
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    output, said = await process.communicate()
    if process.returncode != 0:
        raise SandboxError(f"The records could not be counted: {said.decode(errors='replace').strip()}")
    counted: dict[str, Any] = json.loads(output)
    return counted
