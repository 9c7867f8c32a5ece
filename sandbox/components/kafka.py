"""Kafka in KRaft mode: each broker is a controller too, so that three of them survive the loss of one."""

import base64
import shutil
import uuid
from pathlib import Path

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from sandbox.component import Component
from sandbox.layout import Layout
from sandbox.readiness import listens
from sandbox.tools import find
from sandbox.versions import HERE

MOST_REPLICAS = 3


def brokers(count: int) -> list[Component]:
    """The components `kafka-0`, `kafka-1` and so on."""
    return [_broker(node) for node in range(count)]


def _broker(node: int) -> Component:
    name = f"kafka-{node}"
    return Component(
        name=name,
        group="kafka",
        port=name,
        command=lambda layout: [*_java(layout, heap="512m"), "kafka.Kafka", str(_properties(layout, node))],
        ready=lambda layout: _is_member(layout, node),
        prepare=lambda layout: _write_settings(layout, node),
        initialise=lambda layout: _format(layout, node),
        builds=("kafka",),
        tools=("java",),
    )


def _java(layout: Layout, heap: str) -> list[str]:
    return [
        str(find("java")),
        f"-Xmx{heap}",
        "-XX:+UseSerialGC",
        "-XX:TieredStopAtLevel=1",
        f"-Dlog4j2.configurationFile={HERE / 'kafka' / 'log4j2.xml'}",
        "-cp",
        f"{layout.cache.kafka_libraries}/*",
    ]


def _properties(layout: Layout, node: int) -> Path:
    return layout.data(f"kafka-{node}") / "server.properties"


def _log_directory(layout: Layout, node: int) -> Path:
    return layout.data(f"kafka-{node}") / "log"


def _settings(layout: Layout, node: int) -> dict[str, str | int]:
    count = layout.state.brokers
    broker, controller = layout.address(f"kafka-{node}"), layout.address(f"kafka-{node}-controller")
    replicas = min(count, MOST_REPLICAS)
    in_sync = 2 if replicas == MOST_REPLICAS else 1
    return {
        "process.roles": "broker,controller",
        "node.id": node,
        "controller.quorum.voters": ",".join(
            f"{voter}@{layout.address(f'kafka-{voter}-controller')}" for voter in range(count)
        ),
        "listeners": f"PLAINTEXT://{broker},CONTROLLER://{controller}",
        "advertised.listeners": f"PLAINTEXT://{broker}",
        "controller.listener.names": "CONTROLLER",
        "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
        "log.dirs": str(_log_directory(layout, node)),
        "auto.create.topics.enable": "false",
        "default.replication.factor": replicas,
        "min.insync.replicas": in_sync,
        "offsets.topic.num.partitions": 4,
        "offsets.topic.replication.factor": replicas,
        "transaction.state.log.replication.factor": replicas,
        "transaction.state.log.min.isr": in_sync,
        "share.coordinator.state.topic.replication.factor": replicas,
        "share.coordinator.state.topic.min.isr": in_sync,
        "group.initial.rebalance.delay.ms": 0,
        # A broker that was killed is let in again when its last session is over: nine seconds by default.
        "broker.session.timeout.ms": 3000,
        "broker.heartbeat.interval.ms": 500,
    }


def _write_settings(layout: Layout, node: int) -> None:
    """Write the settings; and clear away what an interrupted formatting left, which Kafka would refuse."""
    properties = _properties(layout, node)
    properties.write_text("".join(f"{key}={value}\n" for key, value in _settings(layout, node).items()))
    if not layout.initialised(f"kafka-{node}").exists():
        shutil.rmtree(_log_directory(layout, node), ignore_errors=True)


def _format(layout: Layout, node: int) -> list[str]:
    tool = [*_java(layout, heap="128m"), "kafka.tools.StorageTool", "format"]
    # An identifier may begin with a dash, and would be taken for an option if it stood alone.
    return [*tool, f"--cluster-id={_cluster_id(layout)}", f"--config={_properties(layout, node)}"]


def _cluster_id(layout: Layout) -> str:
    """Kafka's form of a UUID, the same for every broker of one sandbox."""
    identity = uuid.uuid5(uuid.NAMESPACE_URL, str(layout.directory))
    return base64.urlsafe_b64encode(identity.bytes).decode().rstrip("=")


def _is_member(layout: Layout, node: int) -> bool:
    """Whether the broker answers, and is a member of the cluster itself."""
    # Asked first, since the client writes a line to the log for every connection that is refused.
    if not listens(layout.port(f"kafka-{node}")):
        return False
    client = AdminClient({"bootstrap.servers": layout.address(f"kafka-{node}")})
    try:
        return node in client.list_topics(timeout=2).brokers
    except KafkaException:
        return False
