import base64
import ipaddress
import json
import stat
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID

from sandbox import certificates, kubeconfig


@pytest.fixture(scope="module")
def pki(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sandbox") / "pki"
    certificates.ensure(folder)
    return folder


def certificate(pki: Path, name: str) -> x509.Certificate:
    return x509.load_pem_x509_certificate((pki / f"{name}.crt").read_bytes())


def test_clients_may_reach_the_api_server_by_each_of_its_names(pki: Path) -> None:
    names = certificate(pki, "server").extensions.get_extension_for_class(x509.SubjectAlternativeName).value

    assert {"localhost", "kubernetes.default.svc"} <= set(names.get_values_for_type(x509.DNSName))
    assert set(names.get_values_for_type(x509.IPAddress)) == {
        ipaddress.ip_address("127.0.0.1"),
        ipaddress.ip_address("10.96.0.1"),
    }


def test_the_administrator_is_of_the_group_that_may_do_all(pki: Path) -> None:
    subject = certificate(pki, "admin").subject

    assert [a.value for a in subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)] == ["system:masters"]


@pytest.mark.parametrize("name", ["server", *certificates.CLIENTS])
def test_the_authority_vouches_for_each_certificate(pki: Path, name: str) -> None:
    certificate(pki, name).verify_directly_issued_by(certificate(pki, "ca"))


def test_the_front_proxy_has_an_authority_of_its_own(pki: Path) -> None:
    certificate(pki, "front-proxy-client").verify_directly_issued_by(certificate(pki, "front-proxy-ca"))


def test_keys_are_readable_by_their_owner_alone(pki: Path) -> None:
    modes = {stat.S_IMODE(key.stat().st_mode) for key in pki.glob("*.key")}

    assert modes == {0o600}


def test_certificates_are_kept_from_start_to_start(pki: Path) -> None:
    before = (pki / "ca.crt").read_bytes()

    certificates.ensure(pki)

    assert (pki / "ca.crt").read_bytes() == before


def test_what_an_interrupted_start_left_is_made_anew(tmp_path: Path) -> None:
    half = tmp_path / "pki.new"
    half.mkdir()
    (half / "ca.crt").write_text("half")

    certificates.ensure(tmp_path / "pki")

    assert certificate(tmp_path / "pki", "ca")
    assert not half.exists()


def test_a_kubeconfig_is_one_file_with_the_certificates_inside(pki: Path, tmp_path: Path) -> None:
    file = tmp_path / "admin.kubeconfig"

    kubeconfig.write(file, server="https://127.0.0.1:6443", pki=pki, user="admin")

    config = json.loads(file.read_text())
    cluster, user = config["clusters"][0]["cluster"], config["users"][0]["user"]
    assert cluster["server"] == "https://127.0.0.1:6443"
    assert base64.b64decode(cluster["certificate-authority-data"]) == (pki / "ca.crt").read_bytes()
    assert base64.b64decode(user["client-key-data"]) == (pki / "admin.key").read_bytes()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
