"""The catalogue: every component of the sandbox, in the order in which people read them."""

from sandbox.component import Component
from sandbox.components import alertmanager, etcd, kafka, kubernetes, kwok, podrunner, prometheus, redis


def catalogue(brokers: int) -> list[Component]:
    """All components of a sandbox with this many Kafka brokers."""
    return [
        etcd.ETCD,
        kubernetes.API_SERVER,
        kubernetes.CONTROLLER_MANAGER,
        kubernetes.SCHEDULER,
        kwok.KWOK,
        podrunner.POD_RUNNER,
        *kafka.brokers(brokers),
        redis.REDIS,
        prometheus.PROMETHEUS,
        alertmanager.ALERTMANAGER,
    ]


def port_names(brokers: int) -> list[str]:
    """The names of all ports that a sandbox with this many brokers may need."""
    return [
        "kube-apiserver",
        "etcd",
        "etcd-peer",
        "kube-controller-manager",
        "kube-scheduler",
        "kwok",
        "redis",
        "prometheus",
        "alertmanager",
        *(f"kafka-{node}{role}" for node in range(brokers) for role in ("", "-controller")),
    ]
