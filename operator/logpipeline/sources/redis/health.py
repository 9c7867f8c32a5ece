"""What a Redis server says of itself: whether it is the primary, and how full its memory is. No I/O."""

from collections.abc import Mapping
from typing import Any, Final

from redis.exceptions import ResponseError

from logpipeline.api.conditions import Reason
from logpipeline.core.readings import Doubt, Missing

Said = Mapping[str, Any] | ResponseError
"""A section of `INFO`, or why it was refused."""

NEAR: Final = 0.85
"""Share of the memory allowed from which on it is said."""
NEAR_NO_MORE: Final = 0.80
"""Below this it is not said any more."""
_MEBIBYTE: Final = 2**20


def not_the_primary(at: float, where: str, replication: Said) -> Missing | None:
    """Why a server must not be believed: it is a replica, whose numbers may be old."""
    if isinstance(replication, ResponseError) or replication.get("role") != "slave":
        return None
    primary = f"{replication.get('master_host')}:{replication.get('master_port')}"
    message = (
        f"{where} is a replica of {primary}, whose numbers may be old: give the address of the primary, "
        "or the sentinels that know it"
    )
    return Missing(at, Reason.SOURCE_REFUSED, message)


def not_told(where: str, *sections: Said) -> Doubt | None:
    """That the server may not be asked about itself."""
    refused = next((said for said in sections if isinstance(said, ResponseError)), None)
    if refused is None:
        return None
    message = (
        f"{where} refused INFO: {refused}; whether it is the primary and how full its memory is are not "
        "known: grant +info"
    )
    return Doubt(Reason.SOURCE_REFUSED, message)


def memory_near_its_limit(where: str, memory: Said, *, said_before: bool) -> Doubt | None:
    """That the server will soon refuse writes or throw records away; None without a limit."""
    if isinstance(memory, ResponseError) or not (limit := int(memory.get("maxmemory", 0))):
        return None
    # As the server itself counts when it compares the two.
    used = int(memory["used_memory"]) - int(memory.get("mem_not_counted_for_evict", 0))
    if used < (NEAR_NO_MORE if said_before else NEAR) * limit:
        return None
    policy = str(memory.get("maxmemory_policy", "noeviction"))
    message = (
        f"{where} uses {used / limit:.0%} of the {limit / _MEBIBYTE:,.0f} MiB it is allowed (maxmemory): "
        f"at 100% it {_CONSEQUENCES.get(policy.partition('-')[0], 'refuses writes')} ({policy}); "
        "trim what is read, or raise maxmemory"
    )
    return Doubt(Reason.REDIS_MEMORY_NEAR, message)


_CONSEQUENCES: Final = {
    "noeviction": "refuses writes",
    "allkeys": "evicts keys, records with them",
    "volatile": "evicts keys that expire, and refuses writes when there are none",
}
