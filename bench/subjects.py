"""What the operator is measured on: topics, workloads whose pods are KWOK's, and a LogPipeline for each."""

from collections.abc import Sequence
from dataclasses import dataclass

from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

NAMESPACE = "bench"
PARTITIONS = 8
REPLICAS_MOST = 8
DEADLINE_SECONDS = 600.0
"""Brokers take their time for thousands of partitions where the machine is busy."""
TOPICS_AT_ONCE = 50


@dataclass(frozen=True, slots=True)
class Subject:
    """One pipeline of one stage; all its parts have the same name."""

    name: str
    mode: str = "Auto"
    replicas: int = 1
    """Of its Deployment, in the beginning."""

    def documents(self, kafka: str) -> list[dict[str, object]]:
        """Its Deployment and its LogPipeline."""
        return [self.deployment(), self.pipeline(kafka)]

    def deployment(self) -> dict[str, object]:
        """The workload. Nobody but the operator says how many replicas it has, once it is there."""
        labels = {"app": self.name}
        pods = {
            "nodeSelector": {"type": "kwok"},
            "containers": [{"name": "consumer", "image": "consumer"}],
        }
        return {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": self.name, "namespace": NAMESPACE},
            "spec": {
                **({} if self.replicas == 1 else {"replicas": self.replicas}),
                "selector": {"matchLabels": labels},
                "template": {"metadata": {"labels": labels}, "spec": pods},
            },
        }

    def pipeline(self, kafka: str) -> dict[str, object]:
        """100,000 records within 15 s on 8 partitions of one replica each: the count is 8."""
        stage = {
            "name": "index",
            "scaleTargetRef": {"name": self.name},
            "source": {
                "kafka": {"bootstrapServers": kafka, "consumerGroup": self.name, "topics": [self.name]}
            },
            "scaling": {
                "mode": self.mode,
                "maxReplicas": REPLICAS_MOST,
                "drainWithin": "15s",
                "capacity": {"recordsPerSecond": 1250},
            },
        }
        return {
            "apiVersion": "logpipeline.io/v1alpha1",
            "kind": "LogPipeline",
            "metadata": {"name": self.name, "namespace": NAMESPACE},
            "spec": {"stages": [stage]},
        }


def namespace() -> dict[str, object]:
    """Where all subjects are."""
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}}


def create_topics(kafka: str, subjects: Sequence[Subject], partitions: int = PARTITIONS) -> None:
    """Make the topic of each, not all at once: the controller would miss its own heartbeats."""
    topics = [NewTopic(s.name, num_partitions=partitions, replication_factor=1) for s in subjects]
    admin = AdminClient({"bootstrap.servers": kafka, "log_level": 0})
    for start in range(0, len(topics), TOPICS_AT_ONCE):
        for future in admin.create_topics(topics[start : start + TOPICS_AT_ONCE]).values():
            future.result(DEADLINE_SECONDS)
