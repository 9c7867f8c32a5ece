"""Watches, by kopf, that do nothing but keep the world up to date.

Only `on.event` is used: every other kind of handler, but for `index`, stores state in the objects or
adds a finalizer, and a finalizer would keep a LogPipeline from going while the operator is away.
"""

from collections.abc import Iterator
from itertools import chain, repeat
from typing import Final

import kopf

from logpipeline.handlers.stateless import NoDiffs, NoProgress
from logpipeline.login import credentials
from logpipeline.world.view import Watched, World

_BACKOFF_SECONDS: Final = (1.0, 1.0, 2.0, 3.0, 5.0)
_LAST_BACKOFF_SECONDS: Final = 10.0


class Backoffs:
    """Waits between attempts, without end: an API server that is away is waited for, not died of.

    kopf begins to iterate anew for every request, so this cannot be an iterator.
    """

    def __iter__(self) -> Iterator[float]:
        return chain(_BACKOFF_SECONDS, repeat(_LAST_BACKOFF_SECONDS))


def register(registry: kopf.OperatorRegistry, world: World) -> None:
    """Have kopf log in as we do, and keep `world` up to date."""
    kopf.on.login(registry=registry)(log_in)
    for kind in Watched:
        _watch(registry, world, kind)


def kopf_settings() -> kopf.OperatorSettings:
    """Settings under which kopf only watches: no peering, no Events, no state, no look at CRDs."""
    settings = kopf.OperatorSettings()
    settings.persistence.diffbase_storage = NoDiffs()
    settings.persistence.progress_storage = NoProgress()
    settings.peering.standalone = True
    settings.posting.enabled = False
    settings.scanning.disabled = True
    settings.watching.server_timeout = 300
    settings.watching.client_timeout = 330
    settings.watching.connect_timeout = 10
    settings.networking.request_timeout = 60
    settings.networking.connect_timeout = 10
    settings.networking.error_backoffs = Backoffs()
    return settings


async def log_in(**_: object) -> kopf.ConnectionInfo:
    """The way to the API server. kopf asks again when it is refused: tokens in files are renewed."""
    found = await credentials()
    token = await found.get_api_key_with_prefix("BearerToken")
    return kopf.ConnectionInfo(
        server=found.host,
        ca_path=found.ssl_ca_cert,
        insecure=not found.verify_ssl,
        username=found.username or None,
        password=found.password or None,
        token=token.split()[-1] if token else None,
        certificate_path=found.cert_file,
        private_key_path=found.key_file,
    )


def _watch(registry: kopf.OperatorRegistry, world: World, kind: Watched) -> None:
    group, _, version = kind.api_version.partition("/")

    @kopf.on.event(group, version, kind.plural, id=f"watch-{kind.plural}", registry=registry)
    async def take_in(event: kopf.RawEvent, **_: object) -> None:
        if event["type"] == "DELETED":
            world.lost(kind, event["object"]["metadata"]["uid"])
        else:
            world.saw(kind, event["object"])
