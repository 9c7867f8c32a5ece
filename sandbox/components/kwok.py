"""KWOK: plays the nodes annotated `kwok.x-k8s.io/node=fake` and their pods, by the thousand."""

from sandbox.component import Component
from sandbox.layout import Layout
from sandbox.readiness import http_get

FAKE_NODES = "kwok.x-k8s.io/node=fake"


def _command(layout: Layout) -> list[str]:
    return [
        str(layout.cache.binary("kwok")),
        f"--kubeconfig={layout.kubeconfig()}",
        # The pod runner's node is no business of KWOK's.
        "--manage-all-nodes=false",
        f"--manage-nodes-with-annotation-selector={FAKE_NODES}",
        "--cidr=10.222.0.1/16",
        "--node-ip=10.222.0.1",
        "--node-lease-duration-seconds=40",
        f"--server-address={layout.address('kwok')}",
    ]


KWOK = Component(
    name="kwok",
    group="kubernetes",
    port="kwok",
    command=_command,
    ready=lambda layout: http_get(layout.port("kwok"), "/healthz") is not None,
    needs=frozenset({"kube-apiserver"}),
    builds=("kwok",),
)
