"""What every test of this folder is."""

import pytest


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "rights" in item.path.parts:
            item.add_marker(pytest.mark.cluster)
