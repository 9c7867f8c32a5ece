"""Certificates for servers and their clients, and for those who pretend to be either."""

from pathlib import Path

from cryptography.hazmat.primitives import serialization

from sandbox.certificates import Identity, client, new_authority, server


class Pki:
    """An authority, a server it vouches for, and clients; as files for servers, as text for Secrets."""

    def __init__(self, folder: Path) -> None:
        self._authority = new_authority("servers")
        self.folder = folder
        self._authority.write(folder, "ca")
        server(self._authority).write(folder, "server")
        client(self._authority, "server", None).write(folder, "server-as-client")

    @property
    def authority(self) -> dict[str, str]:
        """The entry of a Secret that makes a client trust the servers."""
        return {"ca.crt": _certificate(self._authority)}

    @property
    def other_authority(self) -> dict[str, str]:
        """An authority that has not vouched for anybody here."""
        return {"ca.crt": _certificate(new_authority("elsewhere"))}

    def client(self, name: str) -> dict[str, str]:
        """The entries of a Secret by which a client of this name is known."""
        return self.authority | _entries(client(self._authority, name, None))

    def locked_client(self, name: str) -> dict[str, str]:
        """The same, with a key that must be opened with a password."""
        lock = {"tls.key.password": "opens-the-key"}
        return self.authority | lock | _entries(client(self._authority, name, None), *lock.values())

    def impostor(self, name: str) -> dict[str, str]:
        """A client of this name for whom another authority vouches."""
        return self.authority | _entries(client(new_authority("elsewhere"), name, None))


def _entries(identity: Identity, password: str = "") -> dict[str, str]:
    lock: serialization.KeySerializationEncryption = serialization.NoEncryption()
    if password:
        lock = serialization.BestAvailableEncryption(password.encode())
    key = identity.key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, lock)
    return {"tls.crt": _certificate(identity), "tls.key": key.decode()}


def _certificate(identity: Identity) -> str:
    return identity.certificate.public_bytes(serialization.Encoding.PEM).decode()
