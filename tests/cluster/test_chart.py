"""What `helm` makes of the chart: what is installed, with which rights, and which values it refuses."""

import json

import pytest
import yaml

from logpipeline.settings import Settings
from tests.helm import CHART, Helm, HelmError, Manifest
from tests.kubectl import Kubectl
from tests.manifests import pipeline

pytestmark = pytest.mark.cluster

FROM_THE_POD = {"LOGPIPELINE_HOST", "LOGPIPELINE_IDENTITY", "LOGPIPELINE_LEASE_NAMESPACE"}


def of_kind(kind: str, manifests: list[Manifest]) -> list[Manifest]:
    return [manifest for manifest in manifests if manifest["kind"] == kind]


def pod_of(manifests: list[Manifest]) -> Manifest:
    [deployment] = of_kind("Deployment", manifests)
    pod: Manifest = deployment["spec"]["template"]["spec"]
    return pod


def environment_of(manifests: list[Manifest]) -> dict[str, str]:
    return {entry["name"]: entry.get("value", "") for entry in pod_of(manifests)["containers"][0]["env"]}


def rights_of(role: Manifest) -> dict[str, set[str]]:
    return {
        f"{group}/{resource}": set(rule["verbs"])
        for rule in role["rules"]
        for group in rule["apiGroups"]
        for resource in rule["resources"]
    }


def test_helm_has_nothing_to_say_against_the_chart(helm: Helm) -> None:
    assert "0 chart(s) failed" in helm("lint", "--strict", "--kube-version", "1.34", str(CHART))


def test_the_operator_may_do_what_it_does_and_nothing_else(helm: Helm) -> None:
    [role] = of_kind("ClusterRole", helm.template())
    assert rights_of(role) == {
        "logpipeline.io/logpipelines": {"list", "watch"},
        "logpipeline.io/logpipelines/status": {"patch"},
        "logpipeline.io/salesevents": {"list", "watch"},
        "logpipeline.io/salesevents/status": {"patch"},
        "apps/deployments": {"list", "watch"},
        "apps/statefulsets": {"list", "watch"},
        "autoscaling/horizontalpodautoscalers": {"list", "watch"},
        "apps/deployments/scale": {"get", "patch"},
        "apps/statefulsets/scale": {"get", "patch"},
        "apps/replicasets": {"list"},
        "/resourcequotas": {"list"},
        "/limitranges": {"list"},
        "/pods": {"list"},
        "/secrets": {"get"},
        "/events": {"create"},
    }


def test_the_lease_is_one_by_name_in_the_own_namespace(helm: Helm) -> None:
    manifests = helm.template()
    [role] = of_kind("Role", manifests)
    [binding] = of_kind("RoleBinding", manifests)
    named, unnamed = role["rules"]
    assert (named["resourceNames"], named["verbs"]) == (["lp-logpipeline-operator"], ["get", "update"])
    assert ("resourceNames" in unnamed, unnamed["verbs"]) == (False, ["create"])
    assert {role["metadata"]["namespace"], binding["metadata"]["namespace"]} == {"ops"}
    assert environment_of(manifests)["LOGPIPELINE_LEASE_NAME"] == "lp-logpipeline-operator"


def test_watching_two_namespaces_gives_rights_in_these_two_and_nowhere_else(helm: Helm) -> None:
    manifests = helm.template("watchNamespaces={shop,bank}")
    assert of_kind("ClusterRole", manifests) == of_kind("ClusterRoleBinding", manifests) == []
    for kind in ("Role", "RoleBinding"):
        assert [found["metadata"]["namespace"] for found in of_kind(kind, manifests)] == [
            "shop",
            "bank",
            "ops",
        ]
    assert all(binding["subjects"][0]["namespace"] == "ops" for binding in of_kind("RoleBinding", manifests))
    [clusterwide] = of_kind("ClusterRole", helm.template())
    shop, bank, lease = of_kind("Role", manifests)
    assert rights_of(shop) == rights_of(bank) == rights_of(clusterwide)
    assert set(rights_of(lease)) == {"coordination.k8s.io/leases"}
    assert environment_of(manifests)["LOGPIPELINE_WATCH_NAMESPACES"] == '["shop","bank"]'


def test_another_kind_of_workload_is_scaled_by_naming_it(helm: Helm) -> None:
    rollouts = "scalableResources[0].apiGroup=argoproj.io,scalableResources[0].resources={rollouts}"
    [role] = of_kind("ClusterRole", helm.template(rollouts))
    assert rights_of(role)["argoproj.io/rollouts/scale"] == {"get", "patch"}
    assert "argoproj.io/rollouts" not in rights_of(role)


def test_the_settings_of_the_chart_are_those_of_the_operator(
    helm: Helm, monkeypatch: pytest.MonkeyPatch
) -> None:
    environment = environment_of(helm.template("watchNamespaces={shop}"))
    fields = {name.removeprefix("LOGPIPELINE_").lower() for name in environment}
    assert fields == Settings.model_fields.keys() - {"port"}
    for name, value in environment.items():
        if name not in FROM_THE_POD:
            monkeypatch.setenv(name, value)
    own = {"watch_namespaces": ("shop",), "lease_name": "lp-logpipeline-operator"}
    assert Settings() == Settings.model_construct(**own)


def test_one_operator_leads_and_another_stands_by_somewhere_else(helm: Helm) -> None:
    manifests = helm.template()
    [deployment], [budget] = of_kind("Deployment", manifests), of_kind("PodDisruptionBudget", manifests)
    labels = deployment["spec"]["selector"]
    assert deployment["spec"]["replicas"] == 2
    assert deployment["spec"]["strategy"]["rollingUpdate"] == {"maxSurge": 1, "maxUnavailable": 0}
    [preferred] = pod_of(manifests)["affinity"]["podAntiAffinity"][
        "preferredDuringSchedulingIgnoredDuringExecution"
    ]
    assert preferred["podAffinityTerm"] == {"topologyKey": "kubernetes.io/hostname", "labelSelector": labels}
    assert budget["spec"] == {"maxUnavailable": 1, "selector": labels}


def test_a_single_operator_is_a_choice_and_its_node_can_be_drained(helm: Helm) -> None:
    manifests = helm.template("replicas=1", "podDisruptionBudget=false", "affinity.nodeAffinity.x=y")
    [deployment] = of_kind("Deployment", manifests)
    assert deployment["spec"]["replicas"] == 1
    assert of_kind("PodDisruptionBudget", manifests) == []
    assert pod_of(manifests)["affinity"] == {"nodeAffinity": {"x": "y"}}


def test_a_service_in_the_same_namespace_is_not_read_as_a_setting(helm: Helm) -> None:
    """A Service `logpipeline` would set LOGPIPELINE_PORT=tcp://… in every pod beside it."""
    assert pod_of(helm.template())["enableServiceLinks"] is False


def test_the_network_is_closed_but_for_what_is_named(helm: Helm, kubectl: Kubectl) -> None:
    assert of_kind("NetworkPolicy", helm.template()) == []
    peer = "networkPolicy.ingressFrom[0].podSelector.matchLabels.app=prometheus"
    manifests = helm.template("networkPolicy.enabled=true", peer)
    [policy] = of_kind("NetworkPolicy", manifests)
    spec = policy["spec"]
    assert spec["podSelector"] == of_kind("Deployment", manifests)[0]["spec"]["selector"]
    assert spec["policyTypes"] == ["Ingress", "Egress"]
    [into] = spec["ingress"]
    assert (into["ports"], into["from"]) == (
        [{"port": "http"}],
        [{"podSelector": {"matchLabels": {"app": "prometheus"}}}],
    )
    assert {port["port"] for rule in spec["egress"] for port in rule["ports"]} == {
        *(53, 443, 6443),
        *(9092, 6379, 26379, 9090),
    }
    policy["metadata"]["namespace"] = "default"
    kubectl("create", "--dry-run=server", "-f", "-", stdin=json.dumps(policy))


def test_every_value_has_a_schema() -> None:
    values = yaml.safe_load((CHART / "values.yaml").read_text())
    schema = json.loads((CHART / "values.schema.json").read_text())
    unused = {"global"}
    assert schema["properties"].keys() - unused == values.keys()
    for name, value in values.items():
        known = schema["properties"][name]
        if isinstance(value, dict) and value and name != "resources":
            assert known["properties"].keys() == value.keys(), name


def test_prometheus_finds_the_metrics_unless_told_not_to(helm: Helm) -> None:
    [deployment] = of_kind("Deployment", helm.template())
    assert deployment["spec"]["template"]["metadata"]["annotations"]["prometheus.io/port"] == "8080"
    manifests = helm.template("metrics.annotations=false", "metrics.service=false")
    [bare] = of_kind("Deployment", manifests)
    assert "annotations" not in bare["spec"]["template"]["metadata"]
    assert of_kind("Service", manifests) == []


def test_crds_are_installed_with_the_chart_kept_when_it_goes_and_left_out_on_request(
    helm: Helm,
) -> None:
    crds = of_kind("CustomResourceDefinition", helm.template())
    committed = sorted((CHART.parents[1] / "crds").iterdir())
    assert crds == [yaml.safe_load(path.read_text()) for path in committed]
    assert {crd["metadata"]["annotations"]["helm.sh/resource-policy"] for crd in crds} == {"keep"}
    assert of_kind("CustomResourceDefinition", helm.template("crds.install=false")) == []


@pytest.mark.parametrize(
    ("value", "complaint"),
    [
        ("settings.sampelSeconds=1", "additional properties 'sampelSeconds' not allowed"),
        ("crd.install=false", "additional properties 'crd' not allowed"),
        ("settings.sampleSeconds=0", "minimum: got 0, want 0.5"),
        ("settings.logLevel=loud", "value must be one of 'debug', 'info', 'warning', 'error'"),
        ("watchNamespaces={Shop}", "'Shop' does not match pattern"),
        ("scalableResources[0].apiGroup=apps", "missing property 'resources'"),
        ("replicas=0", "minimum: got 0, want 1"),
        ("networkPolicy.apiServerPorts={0}", "minimum: got 0, want 1"),
        ("networkPolicy.enable=true", "additional properties 'enable' not allowed"),
        ("image.repository=", "minLength: got 0, want 1"),
        ("serviceAccount.create=false", "serviceAccount.name must say which service account to use"),
    ],
)
def test_a_wrong_value_is_refused_with_its_name(helm: Helm, value: str, complaint: str) -> None:
    with pytest.raises(HelmError, match=complaint.replace("'", ".")):
        helm.template(value)


@pytest.mark.usefixtures("crds")
def test_uninstalling_leaves_the_pipelines_and_installing_again_finds_them(
    helm: Helm, kubectl: Kubectl, namespace: str
) -> None:
    install = (
        "install",
        namespace,
        str(CHART),
        "--set",
        f"watchNamespaces={{{namespace}}}",
        "--take-ownership",
    )
    kubectl.apply(pipeline(), namespace)
    assert "kubectl get lp -A -o wide -w" in helm(*install, namespace=namespace)
    helm("uninstall", namespace, namespace=namespace)
    assert kubectl.get("deployments", namespace=namespace)["items"] == []
    assert kubectl.get("lp", "access-logs", namespace=namespace)["spec"]["stages"]
    helm(*install, namespace=namespace)
    helm("uninstall", namespace, namespace=namespace)


@pytest.mark.usefixtures("crds")
def test_an_upgrade_brings_the_crd_up_to_date(helm: Helm, kubectl: Kubectl, namespace: str) -> None:
    crd = "crd/logpipelines.logpipeline.io"
    outdated = json.dumps([{"op": "replace", "path": "/spec/names/shortNames", "value": ["old"]}])
    command = (namespace, str(CHART), "--set", f"watchNamespaces={{{namespace}}}", "--take-ownership")
    helm("install", *command, namespace=namespace)
    kubectl("patch", crd, "--type=json", "-p", outdated)
    helm("upgrade", *command, "--set", "settings.logLevel=debug", namespace=namespace)
    helm("uninstall", namespace, namespace=namespace)
    assert kubectl.get(crd, namespace=namespace)["spec"]["names"]["shortNames"] == ["lp"]
