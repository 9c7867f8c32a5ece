"""Which rights somebody used, and which were refused, by the API server's audit log."""

import json
from collections.abc import Iterable, Iterator, Mapping
from http import HTTPStatus
from pathlib import Path
from typing import Any, NamedTuple


class Right(NamedTuple):
    """What a rule grants: one verb on one resource, `deployments/scale` for example."""

    group: str
    resource: str
    verb: str

    def __str__(self) -> str:
        return f"{self.verb} {self.resource}"


class Request(NamedTuple):
    """A request that was answered."""

    right: Right
    namespace: str
    """Empty where it was for all namespaces."""
    code: int


class AuditLog:
    """The requests from now on."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._start = path.stat().st_size

    def of(self, user: str) -> Iterator[Request]:
        """What `user` asked for. Finding out what is served takes no rights, and is left out."""
        with self._path.open() as log:
            log.seek(self._start)
            for text in log:
                line = json.loads(text)
                at = line.get("objectRef")
                if at is not None and line["user"]["username"] == user:
                    resource = "/".join(part for part in (at["resource"], at.get("subresource")) if part)
                    right = Right(at.get("apiGroup", ""), resource, line["verb"])
                    yield Request(right, at.get("namespace", ""), line["responseStatus"]["code"])


def used(requests: Iterable[Request]) -> set[Right]:
    """The rights of requests that were granted, whatever came of them."""
    return {request.right for request in requests if request.code != HTTPStatus.FORBIDDEN}


def refused(requests: Iterable[Request]) -> set[Right]:
    """The rights of requests that were forbidden."""
    return {request.right for request in requests if request.code == HTTPStatus.FORBIDDEN}


def granted(*roles: Mapping[str, Any]) -> set[Right]:
    """All that Roles and ClusterRoles allow."""
    return {
        Right(group, resource, verb)
        for role in roles
        for rule in role["rules"]
        for group in rule["apiGroups"]
        for resource in rule["resources"]
        for verb in rule["verbs"]
    }
