"""What a Secret of Kubernetes says to us, and why some say nothing."""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

from logpipeline.api.conditions import Reason
from logpipeline.core.readings import Missing
from logpipeline.sources.base import SecretRef
from logpipeline.sources.credentials import KNOWN_KEYS, Credentials, CredentialsError

LABEL: Final = "logpipeline.io/use"


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a Secret gives no credentials."""

    reason: Reason
    message: str

    def at(self, when: float) -> Missing:
        """The fault in place of a measurement, at a time in Unix seconds."""
        return Missing(when, self.reason, self.message)


Verdict = Credentials | Fault


def understood(secret: SecretRef, read: Mapping[str, Any]) -> Verdict:
    """What the Secret holds, given as the API server writes it."""
    labels = read["metadata"].get("labels") or {}
    if labels.get(LABEL) != "true":
        return Fault(
            Reason.SECRET_NOT_LABELLED,
            f"Secret {secret} is not meant for LogPipelines: allow its use with "
            f"`kubectl label secret {secret.name} -n {secret.namespace} {LABEL}=true`",
        )
    entries = read.get("data") or {}
    try:
        return Credentials.of({key: _text(key, entries[key] or "") for key in entries.keys() & KNOWN_KEYS})
    except CredentialsError as error:
        return invalid(secret, error)


def _text(key: str, value: str) -> str:
    """The text of an entry, without the line end that `echo` and editors put after it."""
    try:
        text = base64.b64decode(value, validate=True).decode()
    except (binascii.Error, ValueError):
        raise CredentialsError(f"'{key}' is not text in UTF-8") from None
    if "\0" in text:
        raise CredentialsError(f"'{key}' holds a byte of zero")
    return text.rstrip("\r\n")


def invalid(secret: SecretRef, error: CredentialsError) -> Fault:
    """What it holds is of no use."""
    return Fault(Reason.SECRET_INVALID, f"Secret {secret} cannot be used: {error}")


def not_understood(secret: SecretRef) -> Fault:
    """The API server answered with something that is no Secret."""
    message = f"what the API server says of Secret {secret} cannot be understood: see the operator's log"
    return Fault(Reason.SECRET_INVALID, message)


def not_yet(secret: SecretRef) -> Fault:
    """Nobody has said yet what is in it."""
    message = f"Secret {secret} could not be read yet: the API server does not answer; it is asked again"
    return Fault(Reason.NOT_YET_MEASURED, message)


def refusal(secret: SecretRef, status: int) -> Fault | None:
    """What the API server's answer says about the Secret; None where it says nothing of it."""
    if status == HTTPStatus.NOT_FOUND:
        message = f"Secret {secret} is not there (yet): create it, or mend secretRef in the spec"
        return Fault(Reason.SECRET_MISSING, message)
    if status == HTTPStatus.FORBIDDEN:
        message = (
            f"Secret {secret} may not be read by the operator: grant its service account `get` on secrets "
            f"in namespace {secret.namespace}"
        )
        return Fault(Reason.SECRET_MISSING, message)
    return None
