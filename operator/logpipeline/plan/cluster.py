"""What is in the cluster: two lists of objects, and not one write."""

from logpipeline.kube import ApiError, resource_path
from logpipeline.login import connect
from logpipeline.plan.inventory import Inventory
from logpipeline.world.view import Watched

DEADLINE_SECONDS = 10.0
_KINDS = (Watched.PIPELINES, Watched.SALES)


async def read_cluster(namespace: str | None) -> Inventory:
    """The LogPipelines and SalesEvents of one namespace, or of all. Raises ApiError."""
    inventory = Inventory()
    api = await connect(DEADLINE_SECONDS, fence=lambda: 0.0)
    try:
        for kind in _KINDS:
            path = resource_path(kind.api_version, kind.plural, namespace or "")
            try:
                async for raw in api.list_all(path):
                    inventory.world.saw(kind, raw)
            except ApiError as error:
                hint = ": install the CRDs" if error.status == 404 else ""  # noqa: PLR2004 - HTTP
                what = f"{kind.plural} cannot be listed{hint} ({error.message})"
                raise ApiError(error.status, error.reason, what) from error
    finally:
        await api.close()
    return inventory
