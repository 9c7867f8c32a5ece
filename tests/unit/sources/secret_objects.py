"""Secrets as the API server writes them."""

import base64
from collections.abc import Mapping
from typing import Any


def secret_object(values: Mapping[str, str | bytes], label: str | None = "true") -> dict[str, Any]:
    """A Secret with these entries, meant for LogPipelines by its label."""
    entries = {key: value.encode() if isinstance(value, str) else value for key, value in values.items()}
    return {
        "metadata": {"labels": {"logpipeline.io/use": label} if label else None},
        "data": {key: base64.b64encode(value).decode() for key, value in entries.items()},
    }
