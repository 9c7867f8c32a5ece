"""One Kafka broker with a listener for each way of proving who one is, and with access control."""

import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from confluent_kafka import KafkaException
from confluent_kafka.admin import (
    AclBinding,
    AclOperation,
    AclPermissionType,
    AdminClient,
    NewTopic,
    ResourcePatternType,
    ResourceType,
    ScramCredentialInfo,
    ScramMechanism,
    UserScramCredentialUpsertion,
)

from sandbox import build, tools
from sandbox.cache import Cache
from sandbox.progress import Silent
from sandbox.readiness import listens
from tests.servers.pki import Pki
from tests.servers.process import free_ports, running

WITHIN_SECONDS = 90
LISTENERS = ("PLAINTEXT", "SASL_PLAINTEXT", "SASL_SSL", "SSL")
"""Over PLAINTEXT one may do everything; SSL wants a certificate of the client."""
PLAIN_USERS = {"reader": "right", "narrow": "right"}


@dataclass(frozen=True, slots=True)
class SecuredKafka:
    """Where the listeners are, and who may do what."""

    bootstrap: Mapping[str, str]
    """`host:port` by listener."""
    admin: AdminClient

    def topic(self, name: str) -> None:
        """A topic of one partition."""
        self.admin.create_topics([NewTopic(name, 1, 1)])[name].result(WITHIN_SECONDS)

    def allow(self, user: str, topic: str, group: str) -> None:
        """What the operator needs to measure one stage, and nothing else."""
        acls = [
            AclBinding(
                kind, name, ResourcePatternType.LITERAL, f"User:{user}", "*", AclOperation.DESCRIBE, ALLOW
            )
            for kind, name in ((ResourceType.TOPIC, topic), (ResourceType.GROUP, group))
        ]
        for future in self.admin.create_acls(acls).values():
            future.result(WITHIN_SECONDS)

    def set_scram_password(self, user: str, password: str) -> None:
        """The same for both kinds of SCRAM."""
        for mechanism in (ScramMechanism.SCRAM_SHA_256, ScramMechanism.SCRAM_SHA_512):
            change = UserScramCredentialUpsertion(
                user, ScramCredentialInfo(mechanism, 4_096), password.encode()
            )
            self.admin.alter_user_scram_credentials([change])[user].result(WITHIN_SECONDS)


ALLOW = AclPermissionType.ALLOW


@contextmanager
def secured_kafka(folder: Path, pki: Pki) -> Iterator[SecuredKafka]:
    """A running broker, its data in `folder`."""
    tools.install_missing(["java"], Silent())
    cache = Cache.from_environment()
    build.ensure(cache, ["kafka"], Silent())
    ports = dict(zip((*LISTENERS, "CONTROLLER"), free_ports(len(LISTENERS) + 1), strict=True))
    properties = folder / "server.properties"
    properties.write_text("".join(f"{key}={value}\n" for key, value in _settings(folder, pki, ports).items()))
    java = [
        str(tools.find("java")),
        *("-Xmx384m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp", f"{cache.kafka_libraries}/*"),
    ]
    cluster_id = "--cluster-id=AAAAAAAAAAAAAAAAAAAAAQ"
    subprocess.run(
        [*java, "kafka.tools.StorageTool", "format", cluster_id, f"--config={properties}"],
        check=True,
        capture_output=True,
        cwd=folder,
    )
    with running([*java, "kafka.Kafka", str(properties)], folder, lambda: _answers(ports["PLAINTEXT"])):
        bootstrap = {name: f"127.0.0.1:{ports[name]}" for name in LISTENERS}
        yield SecuredKafka(bootstrap, AdminClient({"bootstrap.servers": bootstrap["PLAINTEXT"]}))


def _settings(folder: Path, pki: Pki, ports: Mapping[str, int]) -> dict[str, str | int]:
    keystore = folder / "server.pem"
    keystore.write_text((pki.folder / "server.key").read_text() + (pki.folder / "server.crt").read_text())
    modules = "org.apache.kafka.common.security"
    users = " ".join(f'user_{name}="{password}"' for name, password in PLAIN_USERS.items())
    jaas = {
        "plain": f"{modules}.plain.PlainLoginModule required {users};",
        "scram-sha-256": f"{modules}.scram.ScramLoginModule required;",
        "scram-sha-512": f"{modules}.scram.ScramLoginModule required;",
    }
    return {
        "process.roles": "broker,controller",
        "node.id": 1,
        "controller.quorum.voters": f"1@127.0.0.1:{ports['CONTROLLER']}",
        "listeners": ",".join(f"{name}://127.0.0.1:{port}" for name, port in ports.items()),
        "advertised.listeners": ",".join(f"{name}://127.0.0.1:{ports[name]}" for name in LISTENERS),
        "controller.listener.names": "CONTROLLER",
        "inter.broker.listener.name": "PLAINTEXT",
        "listener.security.protocol.map": ",".join(
            f"{name}:{'PLAINTEXT' if name == 'CONTROLLER' else name}" for name in ports
        ),
        "log.dirs": folder / "data",
        "offsets.topic.num.partitions": 1,
        "offsets.topic.replication.factor": 1,
        "group.initial.rebalance.delay.ms": 0,
        "ssl.keystore.type": "PEM",
        "ssl.keystore.location": keystore,
        "ssl.truststore.type": "PEM",
        "ssl.truststore.location": pki.folder / "ca.crt",
        "listener.name.ssl.ssl.client.auth": "required",
        "sasl.enabled.mechanisms": ",".join(name.upper() for name in jaas),
        **{
            f"listener.name.{listener}.{mechanism}.sasl.jaas.config": module
            for listener in ("sasl_plaintext", "sasl_ssl")
            for mechanism, module in jaas.items()
        },
        "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
        "super.users": "User:ANONYMOUS",
    }


def _answers(port: int) -> bool:
    # Asked first, since the client writes a line to the log for every connection that is refused.
    if not listens(port):
        return False
    try:
        client = AdminClient({"bootstrap.servers": f"127.0.0.1:{port}"})
        return bool(client.list_topics(timeout=2).brokers)
    except KafkaException:
        return False
