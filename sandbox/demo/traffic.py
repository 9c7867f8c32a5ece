"""The records: ordinary traffic and the burst, made by `logferry generate`, counted as they are confirmed."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Self

from sandbox.components.podrunner import OWNER_VARIABLE
from sandbox.demo.install import Installed
from sandbox.errors import SandboxError

LOGFERRY = Path(sys.executable).with_name("logferry")
STOP_WITHIN_SECONDS = 30.0

ORDINARY = "ordinary"
ORDINARY_PER_SECOND = 500
ORDINARY_AT_MOST = "15m"
BURST_TO_KAFKA = ("sale-a", "sale-b")
BURST_TO_REDIS = "sale-c"
RECORDS_TO_KAFKA = 1_400_000
RECORDS_TO_REDIS = 100_000


class Generator:
    """One running load generator; the ids of its records are `PREFIX-0`, `PREFIX-1` and so on."""

    def __init__(self, prefix: str, process: asyncio.subprocess.Process) -> None:
        self.prefix = prefix
        self._process = process

    @classmethod
    async def start(cls, prefix: str, *arguments: str, owner: Path) -> Self:
        """Start it. It belongs to the sandbox in `owner`: whatever becomes of us, `down` ends it."""
        process = await asyncio.create_subprocess_exec(
            LOGFERRY,
            "generate",
            *arguments,
            f"--id-prefix={prefix}",
            "--output=json",
            env={**os.environ, OWNER_VARIABLE: str(owner)},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        return cls(prefix, process)

    async def finished(self) -> int:
        """Records that the store has acknowledged, when all are sent.

        Raises SandboxError: it could not send all of them.
        """
        output, said = await self._process.communicate()
        if self._process.returncode != 0:
            raise SandboxError(
                f"The load generator of {self.prefix} exited with {self._process.returncode}: "
                f"{said.decode(errors='replace').strip()}"
            )
        acknowledged: int = json.loads(output)["acknowledged"]
        return acknowledged

    async def stop(self) -> int:
        """Ask it to stop, and say what was acknowledged."""
        if self._process.returncode is None:
            self._process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(STOP_WITHIN_SECONDS):
            return await self.finished()

    async def abandon(self) -> None:
        """End it at once, if it still runs."""
        if self._process.returncode is None:
            self._process.kill()
        await self._process.wait()


class Traffic:
    """All generators of a demo, and how many records each has brought into the stores."""

    def __init__(self, installed: Installed) -> None:
        sandbox, shop = installed.sandbox, installed.shop
        self._owner = sandbox.layout.directory
        self._to_kafka = (f"--kafka={sandbox.kafka_bootstrap}", f"--topic={shop.topic}")
        self._to_redis = (f"--redis={sandbox.redis_url}", f"--stream={shop.stream}")
        self._running: dict[str, Generator] = {}
        self._made: dict[str, int] = {}

    @property
    def made(self) -> Mapping[str, int]:
        """Records acknowledged by the stores, by the prefix of their ids; of the generators that ended."""
        return self._made

    async def begin_ordinary(self) -> None:
        """A steady flow into the Redis stream."""
        rate, until = f"--rate={ORDINARY_PER_SECOND}", f"--for={ORDINARY_AT_MOST}"
        await self._start(ORDINARY, *self._to_redis, rate, until)

    async def end_ordinary(self) -> None:
        """The last of the steady flow is acknowledged."""
        self._made[ORDINARY] = await self._running[ORDINARY].stop()

    async def burst_into_kafka(self) -> None:
        """As fast as two processes can, until Kafka has acknowledged all."""
        for prefix in BURST_TO_KAFKA:
            await self._start(prefix, *self._to_kafka, f"--count={RECORDS_TO_KAFKA // len(BURST_TO_KAFKA)}")
        for prefix in BURST_TO_KAFKA:
            self._made[prefix] = await self._running[prefix].finished()

    async def burst_into_redis(self) -> None:
        """The rest, until Redis has acknowledged it. Not before: Kafka's part needs the whole machine."""
        await self._start(BURST_TO_REDIS, *self._to_redis, f"--count={RECORDS_TO_REDIS}")
        self._made[BURST_TO_REDIS] = await self._running[BURST_TO_REDIS].finished()

    async def abandon(self) -> None:
        """End all that still run."""
        for generator in self._running.values():
            await generator.abandon()

    async def _start(self, prefix: str, *arguments: str) -> None:
        self._running[prefix] = await Generator.start(prefix, *arguments, owner=self._owner)
