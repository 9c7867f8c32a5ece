"""Where the parts meet: builds them from the settings, runs them, and ends them in order."""

import asyncio
import platform
import signal
import time
from collections.abc import Callable, Collection, Coroutine
from importlib.metadata import version
from typing import Final

import kopf
import structlog

from logpipeline.actuators.advise import AdviseActuator
from logpipeline.actuators.kinds import Kinds
from logpipeline.actuators.scale import ScaleActuator
from logpipeline.api.pipeline import Mode
from logpipeline.collector import Collector
from logpipeline.handlers.audit import Audit
from logpipeline.handlers.indexes import kopf_settings, register
from logpipeline.health import Health
from logpipeline.kube import KubeApi, connect
from logpipeline.loop import Loop
from logpipeline.notify.events import EventRecorder
from logpipeline.observe import Observer
from logpipeline.report import StatusWriter
from logpipeline.server import serve
from logpipeline.settings import Settings
from logpipeline.sources.base import Connection, KafkaConnection, PrometheusConnection, Query, RedisConnection
from logpipeline.sources.guarded import Reader
from logpipeline.sources.kafka import KafkaReader
from logpipeline.sources.redis import RedisReader
from logpipeline.store import Store
from logpipeline.telemetry import Telemetry
from logpipeline.tick import Tick
from logpipeline.world.objects import PipelineKey
from logpipeline.world.view import World

DISTRIBUTION: Final = "logpipeline-operator"


async def run(settings: Settings) -> None:
    """Run the operator until it is told to stop. Raises ApiError when there is no way to the API server."""
    api = await connect(settings.write_deadline_seconds)
    namespaces = list(settings.watch_namespaces) or "all"
    log = structlog.get_logger(__name__)
    log.info("the operator starts", version=version(DISTRIBUTION), namespaces=namespaces)
    try:
        await Operator(settings, api).run()
    finally:
        await api.close()


class Operator:
    """One operator and all its parts."""

    def __init__(self, settings: Settings, api: KubeApi) -> None:
        self._settings = settings
        self._world = World(on_change=self._changed)
        self._store = Store(window_seconds=settings.window_seconds)
        self._telemetry = Telemetry(version(DISTRIBUTION))
        self._collector = Collector(
            self._reader,
            self._store,
            interval=settings.sample_seconds,
            deadline_seconds=settings.call_deadline_seconds,
            clock=time.time,
            on_pass=self._measured,
        )
        scale = ScaleActuator(api, Kinds(api))
        self._tick = Tick(
            observer=Observer(self._world, self._store, scale),
            actuators={Mode.AUTO: scale, Mode.ADVISE: AdviseActuator()},
            events=EventRecorder(api, platform.node()),
            statuses=StatusWriter(api, settings.status_seconds),
            telemetry=self._telemetry,
            memories={},
            clock=time.time,
        )
        self._loop = Loop(self._world, self._collector, self._tick)
        self._audit = Audit(api, self._world, settings.watch_namespaces)
        pass_seconds = max(settings.sample_seconds, settings.call_deadline_seconds)
        self._health = Health(self._world, self._collector, pass_seconds)

    async def run(self) -> None:
        """Watch, measure and scale until a signal, or until a part of us fails."""
        settings, stop, watched = self._settings, asyncio.Event(), asyncio.Event()
        async with (
            serve(
                settings.host,
                settings.port,
                registry=self._telemetry.registry,
                live=self._health.unwell,
                ready=self._health.unready,
            ),
            asyncio.TaskGroup() as parts,
        ):
            watching = parts.create_task(self._watch(watched))
            watching.add_done_callback(lambda _: stop.set())
            await _first(watched, stop)
            _on_signals(stop.set)
            governing = [parts.create_task(part) for part in (self._audit.run(), self._govern())]
            await stop.wait()
            for part in governing:
                part.cancel()
            await self._collector.close()
            watching.cancel()

    def _watch(self, watched: asyncio.Event) -> Coroutine[None, None, None]:
        """Kopf with nothing of its own: our registry, our settings, and no state in the objects."""
        registry = kopf.OperatorRegistry()
        register(registry, self._world)
        return kopf.operator(
            registry=registry,
            settings=kopf_settings(),
            namespaces=self._settings.watch_namespaces,
            clusterwide=not self._settings.watch_namespaces,
            ready_flag=watched,
        )

    async def _govern(self) -> None:
        """Decide nothing before all there is has been seen: a workload not listed yet is not missing."""
        await self._world.wait_synced()
        await self._loop.run()

    def _changed(self, key: PipelineKey) -> None:
        self._loop.changed(key)

    def _measured(self, connection: Connection, queries: Collection[Query], seconds: float) -> None:
        self._telemetry.sampled(connection.kind, seconds)
        self._loop.measured(queries)

    def _reader(self, connection: Connection) -> Reader:
        deadline = self._settings.call_deadline_seconds
        match connection:
            case KafkaConnection():
                return KafkaReader(connection, deadline_seconds=deadline, clock=time.time)
            case RedisConnection():
                return RedisReader(connection, deadline_seconds=deadline, clock=time.time)
            case PrometheusConnection():
                raise NotImplementedError


async def _first(*events: asyncio.Event) -> None:
    """Wait for whichever of `events` comes first."""
    waits = [asyncio.create_task(event.wait()) for event in events]
    await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    for wait in waits:
        wait.cancel()


def _on_signals(stop: Callable[[], None]) -> None:
    """Stop in our own order. Kopf took the signals before; alone it would wait for our tasks in vain."""
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop)
