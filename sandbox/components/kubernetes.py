"""The control plane: API server, controller manager and scheduler."""

import json
from pathlib import Path

from sandbox.component import Component
from sandbox.layout import Layout
from sandbox.readiness import administrator, http_get, kubernetes_object

SERVICE_NETWORK = "10.96.0.0/16"

# Pods live on loopback addresses, which no EndpointSlice may hold, and there is no kube-proxy to read them.
CONTROLLERS = "*,-endpoints-controller,-endpointslice-controller,-endpointslice-mirroring-controller"

WRITES = ["create", "update", "patch", "delete", "deletecollection"]
AUDIT_POLICY = {
    "apiVersion": "audit.k8s.io/v1",
    "kind": "Policy",
    "omitStages": ["RequestReceived"],
    "rules": [
        {"level": "None", "namespaces": ["kube-node-lease"]},  # heartbeats
        {"level": "Metadata", "verbs": WRITES},
        {"level": "None", "userGroups": ["system:serviceaccounts:kube-system"]},
        {"level": "Metadata", "userGroups": ["system:serviceaccounts"]},  # what pods read
        {"level": "None"},
    ],
}


def _audit_policy_file(layout: Layout) -> Path:
    return layout.data("kube-apiserver") / "audit-policy.json"


def _write_audit_policy(layout: Layout) -> None:
    _audit_policy_file(layout).write_text(json.dumps(AUDIT_POLICY, indent=2) + "\n")


def _api_server(layout: Layout) -> list[str]:
    pki = layout.pki
    return [
        str(layout.cache.binary("kube-apiserver")),
        f"--etcd-servers=http://{layout.address('etcd')}",
        "--bind-address=127.0.0.1",
        "--advertise-address=127.0.0.1",
        "--endpoint-reconciler-type=none",
        f"--secure-port={layout.port('kube-apiserver')}",
        f"--tls-cert-file={pki}/server.crt",
        f"--tls-private-key-file={pki}/server.key",
        f"--client-ca-file={pki}/ca.crt",
        "--authorization-mode=Node,RBAC",
        "--allow-privileged",
        "--service-account-issuer=https://kubernetes.default.svc",
        f"--service-account-signing-key-file={pki}/service-accounts.key",
        f"--service-account-key-file={pki}/service-accounts.pub",
        f"--service-cluster-ip-range={SERVICE_NETWORK}",
        f"--requestheader-client-ca-file={pki}/front-proxy-ca.crt",
        "--requestheader-allowed-names=front-proxy-client",
        "--requestheader-username-headers=X-Remote-User",
        "--requestheader-group-headers=X-Remote-Group",
        "--requestheader-extra-headers-prefix=X-Remote-Extra-",
        f"--proxy-client-cert-file={pki}/front-proxy-client.crt",
        f"--proxy-client-key-file={pki}/front-proxy-client.key",
        f"--kubelet-client-certificate={pki}/kubelet-client.crt",
        f"--kubelet-client-key={pki}/kubelet-client.key",
        "--kubelet-preferred-address-types=InternalIP",
        f"--audit-policy-file={_audit_policy_file(layout)}",
        f"--audit-log-path={layout.audit_log}",
    ]


def _of_the_control_plane(layout: Layout, name: str) -> list[str]:
    """Arguments that the controller manager and the scheduler share."""
    kubeconfig = layout.kubeconfig(name)
    return [
        str(layout.cache.binary(name)),
        f"--kubeconfig={kubeconfig}",
        f"--authentication-kubeconfig={kubeconfig}",
        f"--authorization-kubeconfig={kubeconfig}",
        "--bind-address=127.0.0.1",
        f"--secure-port={layout.port(name)}",
        f"--tls-cert-file={layout.pki}/server.crt",
        f"--tls-private-key-file={layout.pki}/server.key",
        "--leader-elect=false",
    ]


def _controller_manager(layout: Layout) -> list[str]:
    return [
        *_of_the_control_plane(layout, "kube-controller-manager"),
        f"--controllers={CONTROLLERS}",
        f"--service-account-private-key-file={layout.pki}/service-accounts.key",
        f"--root-ca-file={layout.pki}/ca.crt",
        "--use-service-account-credentials",
        f"--cluster-signing-cert-file={layout.pki}/ca.crt",
        f"--cluster-signing-key-file={layout.pki}/ca.key",
        f"--flex-volume-plugin-dir={layout.data('kube-controller-manager')}",
        # With the defaults of 20 and 30 the first pod waits six seconds for its service account.
        "--kube-api-qps=500",
        "--kube-api-burst=1000",
    ]


def _api_server_ready(layout: Layout) -> bool:
    return http_get(layout.port("kube-apiserver"), "/readyz", administrator(layout.pki)) is not None


def _healthy(layout: Layout, name: str) -> bool:
    return http_get(layout.port(name), "/healthz", administrator(layout.pki)) is not None


def _controller_manager_ready(layout: Layout) -> bool:
    """Pods are refused until the controller manager has made the default service account."""
    account = "/api/v1/namespaces/default/serviceaccounts/default"
    return (
        _healthy(layout, "kube-controller-manager")
        and kubernetes_object(layout.port("kube-apiserver"), account, layout.pki) is not None
    )


API_SERVER = Component(
    name="kube-apiserver",
    group="kubernetes",
    port="kube-apiserver",
    command=_api_server,
    ready=_api_server_ready,
    prepare=_write_audit_policy,
    needs=frozenset({"etcd"}),
    builds=("kube-apiserver", "kubectl", "helm"),
)
CONTROLLER_MANAGER = Component(
    name="kube-controller-manager",
    group="kubernetes",
    port="kube-controller-manager",
    command=_controller_manager,
    ready=_controller_manager_ready,
    needs=frozenset({"kube-apiserver"}),
    builds=("kube-controller-manager",),
)
SCHEDULER = Component(
    name="kube-scheduler",
    group="kubernetes",
    port="kube-scheduler",
    command=lambda layout: _of_the_control_plane(layout, "kube-scheduler"),
    ready=lambda layout: _healthy(layout, "kube-scheduler"),
    needs=frozenset({"kube-apiserver"}),
    builds=("kube-scheduler",),
)
