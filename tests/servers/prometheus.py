"""Prometheus over TLS: with passwords of its own, and behind nginx for tokens."""

import base64
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from sandbox import tools
from sandbox.progress import Silent
from sandbox.readiness import listens
from tests.servers.pki import Pki
from tests.servers.process import free_ports, running

USER, PASSWORD, TOKEN = "reader", "right", "token-right"
_BCRYPT = "$2b$05$abcdefghijklmnopqrstuu8xaCxxL82bnl.UY74PMksDxIJShppPC"
"""Of PASSWORD: how Prometheus wants to be told."""

NOTHING: MappingProxyType[str, str] = MappingProxyType({})
_NGINX = """
daemon off; master_process off; pid {folder}/nginx.pid; error_log stderr;
events {{}}
http {{
  access_log off;
  client_body_temp_path {folder}; proxy_temp_path {folder}; fastcgi_temp_path {folder};
  uwsgi_temp_path {folder}; scgi_temp_path {folder};
  ssl_certificate {pki}/server.crt; ssl_certificate_key {pki}/server.key;
  server {{
    listen 127.0.0.1:{port} ssl;
    if ($http_authorization != "Bearer {token}") {{ return 401; }}
    location / {{
      proxy_pass https://127.0.0.1:{upstream};
      proxy_set_header Authorization "Basic {login}";
    }}
  }}
}}
"""


@dataclass(frozen=True, slots=True)
class SecuredPrometheus:
    """Addresses of servers that measure nothing."""

    basic: str
    """Wants USER and PASSWORD."""
    bearer: str
    """Wants TOKEN."""
    certificates: str
    """Wants a certificate of the client."""
    settings: Path
    """Who may in at the first, read anew with each request."""

    def let_in(self, user: str) -> None:
        """From now on this one with PASSWORD, and nobody else."""
        settings = json.loads(self.settings.read_text()) | {"basic_auth_users": {user: _BCRYPT}}
        draft = self.settings.with_suffix(".new")
        draft.write_text(json.dumps(settings))
        draft.replace(self.settings)


@contextmanager
def secured_prometheus(folder: Path, pki: Pki) -> Iterator[SecuredPrometheus]:
    """Two running servers, and nginx before the first."""
    tools.install_missing(["prometheus", "nginx"], Silent())
    basic, bearer, certificates = free_ports(3)
    with (
        _prometheus(folder / "basic", pki, basic, {"basic_auth_users": {USER: _BCRYPT}}),
        _prometheus(folder / "certificates", pki, certificates, {}, _wanting_certificates(pki)),
        _nginx(folder / "nginx", pki, bearer, basic),
    ):
        addresses = [f"https://127.0.0.1:{port}" for port in (basic, bearer, certificates)]
        yield SecuredPrometheus(*addresses, settings=folder / "basic" / "web.json")


def _wanting_certificates(pki: Pki) -> dict[str, str]:
    return {"client_auth_type": "RequireAndVerifyClientCert", "client_ca_file": str(pki.folder / "ca.crt")}


@contextmanager
def _prometheus(
    folder: Path, pki: Pki, port: int, web: Mapping[str, object], tls: Mapping[str, str] = NOTHING
) -> Iterator[None]:
    folder.mkdir()
    shown = {"cert_file": str(pki.folder / "server.crt"), "key_file": str(pki.folder / "server.key")}
    (folder / "prometheus.json").write_text("{}")
    (folder / "web.json").write_text(json.dumps({"tls_server_config": {**shown, **tls}, **web}))
    command = [
        *(str(tools.find("prometheus")), "--config.file=prometheus.json", "--web.config.file=web.json"),
        *("--storage.tsdb.path=tsdb", f"--web.listen-address=127.0.0.1:{port}"),
    ]
    with running(command, folder, lambda: listens(port)):
        yield


@contextmanager
def _nginx(folder: Path, pki: Pki, port: int, upstream: int) -> Iterator[None]:
    folder.mkdir()
    login = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
    configuration = folder / "nginx.conf"
    configuration.write_text(
        _NGINX.format(folder=folder, pki=pki.folder, port=port, token=TOKEN, upstream=upstream, login=login)
    )
    command = [str(tools.find("nginx")), "-e", "stderr", "-p", str(folder), "-c", str(configuration)]
    with running(command, folder, lambda: listens(port)):
        yield
