"""etcd: where Kubernetes keeps its objects. The last to be stopped."""

from sandbox.component import Component
from sandbox.layout import Layout
from sandbox.readiness import http_get


def _command(layout: Layout) -> list[str]:
    clients = f"http://{layout.address('etcd')}"
    peers = f"http://{layout.address('etcd-peer')}"
    return [
        str(layout.cache.binary("etcd")),
        f"--data-dir={layout.data('etcd')}",
        f"--listen-client-urls={clients}",
        f"--advertise-client-urls={clients}",
        f"--listen-peer-urls={peers}",
        f"--initial-advertise-peer-urls={peers}",
        f"--initial-cluster=default={peers}",
        # A sandbox may lose its last second in a power cut; it may not wait for the disk.
        "--unsafe-no-fsync",
        "--log-level=warn",
    ]


ETCD = Component(
    name="etcd",
    group="kubernetes",
    port="etcd",
    command=_command,
    ready=lambda layout: http_get(layout.port("etcd"), "/readyz") is not None,
    builds=("etcd",),
)
