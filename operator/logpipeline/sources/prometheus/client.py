"""Asking a Prometheus server one question, with the credentials of its Secret."""

from typing import Any

from prometheus_api_client import PrometheusConnect
from requests import HTTPError, RequestException, Response, codes

from logpipeline.sources import tls
from logpipeline.sources.credentials import Credentials
from logpipeline.sources.prometheus.credentials import headers_of, login_of
from logpipeline.sources.prometheus.errors import NotPrometheusError
from logpipeline.sources.prometheus.session import BoundedSession


class PrometheusClient:
    """A server's query API, over a few connections that are kept open."""

    def __init__(self, address: str, credentials: Credentials, connections: int) -> None:
        """Connects with the first question. Raises CredentialsError, or ValueError for an address."""
        encrypted = address.startswith("https:")
        self._session = BoundedSession(tls.context_of(credentials) if encrypted else None, connections)
        self._session.hooks["response"].append(_refuse)
        self._server = PrometheusConnect(
            address.rstrip("/"), headers_of(credentials), session=self._session, auth=login_of(credentials)
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
