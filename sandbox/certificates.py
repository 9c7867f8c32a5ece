"""The authority of one sandbox, and the certificates that Kubernetes wants."""

import datetime as dt
import ipaddress
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

VALID = dt.timedelta(days=3650)
CLOCK_SKEW = dt.timedelta(hours=1)
SERVER_NAMES = ("localhost", "kubernetes", "kubernetes.default", "kubernetes.default.svc")
SERVER_ADDRESSES = ("127.0.0.1", "10.96.0.1")

# File name -> subject (common name, organisation). The organisation is the group that RBAC sees.
CLIENTS = {
    "admin": ("sandbox-admin", "system:masters"),
    "kube-controller-manager": ("system:kube-controller-manager", None),
    "kube-scheduler": ("system:kube-scheduler", None),
    "kubelet-client": ("kube-apiserver-kubelet-client", "system:masters"),
}


@dataclass(frozen=True, slots=True)
class Identity:
    """A certificate and its key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    def write(self, folder: Path, name: str) -> None:
        """As `NAME.crt` and `NAME.key`, the key readable by its owner alone."""
        (folder / f"{name}.crt").write_bytes(self.certificate.public_bytes(serialization.Encoding.PEM))
        _write_key(folder / f"{name}.key", self.key)


def ensure(pki: Path) -> None:
    """Make the folder with all of them, unless it is there; it appears whole or not at all."""
    if pki.exists():
        return
    draft = pki.with_name(pki.name + ".new")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(mode=0o700)
    _write_all(draft)
    draft.rename(pki)


def _write_all(folder: Path) -> None:
    authority = new_authority("sandbox-ca")
    authority.write(folder, "ca")
    server(authority).write(folder, "server")
    for name, (common_name, organisation) in CLIENTS.items():
        client(authority, common_name, organisation).write(folder, name)
    front_proxy = new_authority("sandbox-front-proxy-ca")
    front_proxy.write(folder, "front-proxy-ca")
    client(front_proxy, "front-proxy-client", None).write(folder, "front-proxy-client")
    tokens = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    _write_key(folder / "service-accounts.key", tokens)
    (folder / "service-accounts.pub").write_bytes(
        tokens.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
    )


def new_authority(common_name: str) -> Identity:
    """A certificate authority that vouches for itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = _subject(common_name, None)
    builder = (
        _builder(name, name, key)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_key_usage(authority=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    return Identity(builder.sign(key, hashes.SHA256()), key)


def server(authority: Identity) -> Identity:
    """The certificate that the API server, the controller manager and the scheduler show."""
    names: list[x509.GeneralName] = [x509.DNSName(name) for name in SERVER_NAMES]
    names += [x509.IPAddress(ipaddress.ip_address(address)) for address in SERVER_ADDRESSES]
    return _issue(authority, "kube-apiserver", None, ExtendedKeyUsageOID.SERVER_AUTH, names)


def client(authority: Identity, common_name: str, organisation: str | None) -> Identity:
    """A certificate by which a client of the API says who it is."""
    return _issue(authority, common_name, organisation, ExtendedKeyUsageOID.CLIENT_AUTH, ())


def _issue(
    authority: Identity,
    common_name: str,
    organisation: str | None,
    usage: x509.ObjectIdentifier,
    names: Sequence[x509.GeneralName],
) -> Identity:
    key = ec.generate_private_key(ec.SECP256R1())
    builder = (
        _builder(_subject(common_name, organisation), authority.certificate.subject, key)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_key_usage(authority=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.key.public_key()), critical=False
        )
    )
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    return Identity(builder.sign(authority.key, hashes.SHA256()), key)


def _subject(common_name: str, organisation: str | None) -> x509.Name:
    attributes = [x509.NameAttribute(NameOID.COMMON_NAME, common_name)]
    if organisation is not None:
        attributes.append(x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation))
    return x509.Name(attributes)


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey
) -> x509.CertificateBuilder:
    now = dt.datetime.now(dt.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - CLOCK_SKEW)
        .not_valid_after(now + VALID)
    )


def _key_usage(*, authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        key_cert_sign=authority,
        crl_sign=authority,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _write_key(file: Path, key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> None:
    file.touch(mode=0o600)
    file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
