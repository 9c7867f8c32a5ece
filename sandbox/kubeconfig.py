"""Kubeconfigs, each one file with the certificates inside. Written as JSON, which is YAML too."""

import base64
import json
from pathlib import Path


def write(file: Path, *, server: str, pki: Path, user: str) -> None:
    """Write the kubeconfig of the user whose certificate is `PKI/USER.crt`, whole or not at all."""
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "sandbox",
        "contexts": [{"name": "sandbox", "context": {"cluster": "sandbox", "user": user}}],
        "clusters": [
            {
                "name": "sandbox",
                "cluster": {"server": server, "certificate-authority-data": _encoded(pki / "ca.crt")},
            }
        ],
        "users": [
            {
                "name": user,
                "user": {
                    "client-certificate-data": _encoded(pki / f"{user}.crt"),
                    "client-key-data": _encoded(pki / f"{user}.key"),
                },
            }
        ],
    }
    draft = file.with_name(file.name + ".new")
    draft.touch(mode=0o600)
    draft.write_text(json.dumps(config, indent=2) + "\n")
    draft.replace(file)


def _encoded(file: Path) -> str:
    return base64.b64encode(file.read_bytes()).decode()
