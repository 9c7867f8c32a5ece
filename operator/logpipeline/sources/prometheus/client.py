"""Asking a Prometheus server one question, with the credentials of its Secret."""

import re
from typing import Any, Final

from prometheus_api_client import PrometheusConnect
from requests import HTTPError, RequestException, Response, codes

from logpipeline.sources import tls
from logpipeline.sources.credentials import PASSWORD, TOKEN, USERNAME, Credentials, CredentialsError
from logpipeline.sources.prometheus.errors import NotPrometheusError
from logpipeline.sources.prometheus.session import BoundedSession

_SENDABLE: Final = re.compile(r"[\x21-\x7e]+")


class PrometheusClient:
    """A server's query API, over a few connections that are kept open."""

    def __init__(self, address: str, credentials: Credentials, connections: int) -> None:
        """Connects with the first question. Raises CredentialsError, or ValueError for an address."""
        encrypted = address.startswith("https:")
        self._session = BoundedSession(tls.context_of(credentials) if encrypted else None, connections)
        self._session.hooks["response"].append(_refuse)
        self._server = PrometheusConnect(
            address.rstrip("/"), _bearer(credentials), session=self._session, auth=_basic(credentials)
        )

    def ask(self, question: str, seconds: float) -> Any:  # noqa: ANN401 - JSON of any kind
        """The result of a query at the server's own time, as JSON.

        Raises RequestException, an HTTPError for any status but 200; and NotPrometheusError.
        """
        # Thanos would leave out the stores that are away and call the rest the answer.
        options = {"timeout": f"{seconds:.3f}", "partial_response": "false"}
        try:
            return self._server.custom_query(question, options, seconds)
        except RequestException:
            raise
        except (KeyError, TypeError, ValueError, RecursionError) as unread:
            raise NotPrometheusError from unread

    def abort(self) -> None:
        """End what is under way."""
        self._session.abort()

    def close(self) -> None:
        """Close all connections."""
        self._session.abort()
        self._session.close()


def _refuse(response: Response, **_: object) -> None:
    """The library's own error holds neither the status nor the answer."""
    if response.status_code != codes.ok:
        raise HTTPError(response=response)


def _basic(credentials: Credentials) -> tuple[bytes, bytes] | None:
    credentials.need(USERNAME, PASSWORD)
    credentials.need(PASSWORD, USERNAME)
    user, password = credentials.get(USERNAME), credentials.get(PASSWORD)
    if user is None or password is None:
        return None
    if TOKEN in credentials.values:
        raise CredentialsError(f"'{TOKEN}' is given beside '{USERNAME}': give one of them")
    return user.encode(), password.encode()


def _bearer(credentials: Credentials) -> dict[str, str]:
    token = credentials.get(TOKEN)
    if token is None:
        return {}
    if not _SENDABLE.fullmatch(token.strip()):
        raise CredentialsError(
            f"'{TOKEN}' holds characters that no token has: blanks or line breaks, perhaps"
        )
    return {"Authorization": f"Bearer {token.strip()}"}
