"""A Lease as a value: who holds it, for how long, and what to write to take, renew or release it."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from logpipeline.kube import Json

API_VERSION: Final = "coordination.k8s.io/v1"


@dataclass(frozen=True, slots=True)
class Term:
    """How long a Lease holds, and what follows from it; all in seconds."""

    seconds: int
    """How long others must see it unchanged before they take it."""

    @property
    def trusted(self) -> float:
        """How long a renewal lets its holder lead, from when it was begun."""
        return self.seconds * 2 / 3

    @property
    def deadline(self) -> float:
        """How long one request may take: a second attempt still fits into what is trusted."""
        return self.seconds / 4

    @property
    def renew_every(self) -> float:
        """From one renewal, or look at another's, to the next."""
        return self.seconds / 6

    @property
    def retry_after(self) -> float:
        """From a failure to the next attempt."""
        return self.seconds / 12


@dataclass(frozen=True, slots=True)
class Lease:
    """The record as the API server has it; one that is not there has nothing in it, and version None."""

    object: Json

    @property
    def version(self) -> str | None:
        """The resource version, which changes with every renewal."""
        version: str | None = self.object.get("metadata", {}).get("resourceVersion")
        return version

    @property
    def holder(self) -> str:
        """Who holds it; empty where nobody does."""
        return self._spec.get("holderIdentity") or ""

    @property
    def is_released(self) -> bool:
        """Whether its holder gave it back."""
        return self.version is not None and not self.holder

    @property
    def promised_seconds(self) -> int:
        """How long its holder may take it to hold, by its own word."""
        return self._spec.get("leaseDurationSeconds") or 0

    def held_by(self, identity: str, term: Term, now: float) -> Json:
        """What to write for `identity` to hold it from `now`, in Unix seconds, or to go on holding it."""
        moment = datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        holds = {"holderIdentity": identity, "leaseDurationSeconds": term.seconds, "renewTime": moment}
        if self.holder == identity:
            return {**self.object, "spec": {**self._spec, **holds}}
        changes = (self._spec.get("leaseTransitions") or 0) + (self.version is not None)
        return {**self.object, "spec": {**holds, "acquireTime": moment, "leaseTransitions": changes}}

    def released(self) -> Json:
        """What to write for others to take it at once."""
        return {**self.object, "spec": {**self._spec, "holderIdentity": "", "leaseDurationSeconds": 1}}

    @property
    def _spec(self) -> Json:
        return self.object.get("spec") or {}
