"""What the Kubernetes API's objects are here: JSON, as it was received."""

from typing import Any

Json = dict[str, Any]
"""A Kubernetes object, or a part of one."""
