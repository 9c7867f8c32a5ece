"""Reading objects as JSON that anybody may have written: what is not as it should be is not there."""

from collections.abc import Iterator, Mapping
from typing import Any

Json = Mapping[str, Any]


def part(raw: Json, *names: str) -> Json:
    """The object under these names, one within the other; an empty one where there is none."""
    for name in names:
        found = raw.get(name)
        raw = found if isinstance(found, Mapping) else {}
    return raw


def parts(raw: Json, name: str) -> Iterator[Json]:
    """The objects of the list under `name`; none where there is none."""
    found = raw.get(name)
    return (one for one in found if isinstance(one, Mapping)) if isinstance(found, list) else iter(())
