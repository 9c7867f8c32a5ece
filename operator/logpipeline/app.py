"""Where the parts meet: builds them from the settings, runs them, and ends them in order."""

import asyncio
import platform
import signal
import sys
import time
from collections.abc import Callable, Collection, Coroutine
from contextlib import AsyncExitStack
from importlib.metadata import version
from typing import Final

import kopf
import structlog

from logpipeline.actuators.advise import AdviseActuator
from logpipeline.actuators.kinds import Kinds
from logpipeline.actuators.scale import ScaleActuator
from logpipeline.api.pipeline import Mode
from logpipeline.assess import Assessor
from logpipeline.collector import Collector
from logpipeline.diary import Diary
from logpipeline.garbage import collect_seldom, settle
from logpipeline.handlers.audit import Audit
from logpipeline.handlers.indexes import kopf_settings, register
from logpipeline.health import Health
from logpipeline.keyring import Keyring
from logpipeline.kube import KubeApi
from logpipeline.leader import Leader
from logpipeline.lease import Term
from logpipeline.login import MANY, connect
from logpipeline.loop import Loop
from logpipeline.notify.events import EventRecorder
from logpipeline.observe import Observer
from logpipeline.pulse import feel_pulse
from logpipeline.report import PIPELINES, StatusWriter
from logpipeline.sales import SALES, SaleReporter
from logpipeline.server import serve
from logpipeline.settings import Settings
from logpipeline.sources.base import Connection, KafkaConnection, PrometheusConnection, Query, RedisConnection
from logpipeline.sources.credentials import Credentials
from logpipeline.sources.guarded import Reader
from logpipeline.sources.kafka.arrivals import KafkaArrivals
from logpipeline.sources.kafka.process import ClientProcess
from logpipeline.sources.kafka.reader import KafkaReader
from logpipeline.sources.prometheus.reader import PrometheusReader
from logpipeline.sources.redis.reader import RedisReader
from logpipeline.store import Store
from logpipeline.surroundings import Surroundings
from logpipeline.telemetry import Telemetry
from logpipeline.tick import Tick
from logpipeline.usual import Usuals
from logpipeline.world.objects import PipelineKey, SaleKey
from logpipeline.world.view import World

DISTRIBUTION: Final = "logpipeline-operator"
_REPORTS_AT_ONCE: Final = 16
"""Statuses and Events that are written at the same time: each holds a TLS connection of 400 kB."""
_SWITCH_SECONDS: Final = 0.0005
"""How long a thread may keep the event loop from going on; the interpreter's own 5 ms come with every look
into a socket while a thread reads a large answer or writes the page of metrics, and added up to stalls."""
_LAST_TICKS_SECONDS: Final = 2.0
"""How long what is under way may take to end when we are told to stop."""


async def run(settings: Settings) -> None:
    """Run the operator until it is told to stop. Raises ApiError when there is no way to the API server."""
    term = Term(settings.lease_seconds)
    namespaces = list(settings.watch_namespaces) or "all"
    log = structlog.get_logger(__name__)
    settle()
    sys.setswitchinterval(_SWITCH_SECONDS)
    log.info("the operator starts", version=version(DISTRIBUTION), namespaces=namespaces)
    async with AsyncExitStack() as ends:
        lease_api = await connect(term.deadline)
        ends.push_async_callback(lease_api.close)
        leader = Leader(
            lease_api,
            namespace=settings.lease_namespace,
            name=settings.lease_name,
            pod=settings.identity,
            term=term,
        )
        api, looks, reports = [
            await connect(settings.write_deadline_seconds, fence=leader.seconds_left, at_once=at_once)
            for at_once in (MANY, MANY, _REPORTS_AT_ONCE)
        ]
        for connection in (api, looks, reports):
            ends.push_async_callback(connection.close)
        await Operator(settings, leader, api, looks=looks, reports=reports).run()


class Operator:
    """One operator and all its parts."""

    def __init__(
        self, settings: Settings, leader: Leader, api: KubeApi, *, looks: KubeApi, reports: KubeApi
    ) -> None:
        """All of them must write nothing but while `leader` leads.

        `looks` is for what a spec has us read: no scale waits for that, nor for a report.
        """
        self._settings = settings
        self._leader = leader
        self._world = World(on_change=self._changed, on_sale=self._announced)
        self._store = Store(window_seconds=settings.window_seconds)
        self._telemetry = Telemetry(version(DISTRIBUTION))
        self._keyring = Keyring(looks, clock=time.time)
        self._kafka = ClientProcess()
        self._collector = Collector(
            self._reader,
            self._keyring,
            self._store,
            interval=settings.sample_seconds,
            deadline_seconds=settings.call_deadline_seconds,
            clock=time.time,
            on_pass=self._measured,
        )
        self._usuals = Usuals(
            self._world,
            self._store,
            self._keyring,
            judged=self._telemetry.judged,
            arrivals=lambda to, credentials: KafkaArrivals(to, credentials, self._kafka, time.time),
        )
        kinds = Kinds(looks)
        self._diary = Diary(self._world)
        scale, events = ScaleActuator(api, kinds), EventRecorder(reports, platform.node())
        self._tick = Tick(
            observer=Observer(
                self._world, self._store, ScaleActuator(looks, kinds), self._diary, self._usuals
            ),
            actuators={Mode.AUTO: scale, Mode.ADVISE: AdviseActuator()},
            events=events,
            statuses=StatusWriter(reports, PIPELINES, settings.status_seconds),
            telemetry=self._telemetry,
            memories={},
            clock=time.time,
        )
        self._loop = Loop(self._world, self._collector, self._tick)
        self._sales = SaleReporter(
            self._world,
            self._diary,
            assessor=Assessor(
                self._world,
                self._telemetry.judged,
                Surroundings(looks, kinds),
                usual=self._usuals,
                pending=self._usuals.pending,
            ),
            events=events,
            statuses=StatusWriter(reports, SALES, settings.status_seconds),
            telemetry=self._telemetry,
        )
        silence_seconds = settings.silence_seconds
        self._audit = Audit(api, self._world, settings.watch_namespaces, silence_seconds=silence_seconds)
        self._health = Health(
            world=self._world,
            sampling=self._collector,
            leader=leader,
            pass_seconds=max(settings.sample_seconds, settings.call_deadline_seconds),
            silence_seconds=silence_seconds,
        )

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
            governing = [
                parts.create_task(part)
                for part in (
                    self._audit.run(),
                    self._govern(),
                    feel_pulse(self._telemetry.stalled),
                    collect_seldom(),
                )
            ]
            await stop.wait()
            await self._loop.finish(_LAST_TICKS_SECONDS)
            for part in governing:
                part.cancel()
            await asyncio.wait(governing)
            await self._leader.release()
            await self._collector.close()
            await self._kafka.close()
            await self._keyring.close()
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
        await self._diary.reckon(time.time())
        async with asyncio.TaskGroup() as parts:
            parts.create_task(self._loop.run())
            parts.create_task(self._sales.run())
            parts.create_task(self._usuals.run())
            parts.create_task(self._leader.run(self._leads))

    def _leads(self, leads: bool) -> None:  # noqa: FBT001 - what a leader tells, and nothing else
        self._telemetry.leads(leads)
        for part in (self._loop, self._sales):
            if leads:
                part.lead()
            else:
                part.stand_by()

    def _changed(self, key: PipelineKey) -> None:
        self._loop.changed(key)
        self._sales.surrounded(key.namespace)

    def _announced(self, key: SaleKey) -> None:
        self._loop.announced(key.namespace)
        self._sales.changed(key)

    def _measured(self, connection: Connection, queries: Collection[Query], seconds: float) -> None:
        self._telemetry.sampled(connection.kind, seconds)
        self._loop.measured(queries)

    def _reader(self, connection: Connection, credentials: Credentials) -> Reader:
        deadline = self._settings.call_deadline_seconds
        match connection:
            case KafkaConnection():
                return KafkaReader(
                    connection, credentials, self._kafka, deadline_seconds=deadline, clock=time.time
                )
            case RedisConnection():
                return RedisReader(connection, credentials, deadline_seconds=deadline, clock=time.time)
            case PrometheusConnection():
                return PrometheusReader(connection, credentials, deadline_seconds=deadline, clock=time.time)


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
