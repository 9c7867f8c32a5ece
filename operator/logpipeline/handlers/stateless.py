"""Where kopf keeps what it knows of an object between its changes: nowhere, since we only watch.

Its own storages copy every object three times at every event, to find what changed for handlers that we do
not have. Hundreds of statuses come back as events at once: that held up the event loop.
"""

from typing import Any

import kopf

_NOTHING = kopf.BodyEssence()


class NoDiffs(kopf.DiffBaseStorage):
    """Knows no earlier state, and sees nothing of the present one."""

    def build(self, **_: Any) -> kopf.BodyEssence:  # noqa: ANN401 - whatever kopf gives
        """Nothing of an object is compared."""
        return _NOTHING

    def fetch(self, **_: Any) -> None:  # noqa: ANN401
        """Nothing was kept."""

    def store(self, **_: Any) -> None:  # noqa: ANN401
        """Keep nothing."""


class NoProgress(kopf.ProgressStorage):
    """Knows of no handler that would have to be called again."""

    def fetch(self, **_: Any) -> None:  # noqa: ANN401
        """No handler is under way."""

    def store(self, **_: Any) -> None:  # noqa: ANN401
        """Keep nothing."""

    def purge(self, **_: Any) -> None:  # noqa: ANN401
        """There is nothing to forget."""

    def touch(self, **_: Any) -> None:  # noqa: ANN401
        """No object is written to."""

    def clear(self, *, essence: kopf.BodyEssence) -> kopf.BodyEssence:
        """There is nothing of ours in it."""
        return essence
