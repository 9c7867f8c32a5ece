"""Which objects are selected by their labels."""

from typing import Any

import pytest

from logpipeline.api.selector import Selector

LABELS = {"tier": "storefront", "shop.example/region": "eu"}


@pytest.mark.parametrize(
    ("selector", "selected"),
    [
        ({}, True),
        ({"matchLabels": {}}, True),
        ({"matchLabels": {"tier": "storefront"}}, True),
        ({"matchLabels": {"tier": "storefront", "shop.example/region": "us"}}, False),
        ({"matchLabels": {"team": "shop"}}, False),
        ({"matchExpressions": [{"key": "tier", "operator": "In", "values": ["api", "storefront"]}]}, True),
        ({"matchExpressions": [{"key": "team", "operator": "In", "values": ["shop"]}]}, False),
        ({"matchExpressions": [{"key": "tier", "operator": "NotIn", "values": ["storefront"]}]}, False),
        # As Kubernetes has it: an object without the label is not in any list.
        ({"matchExpressions": [{"key": "team", "operator": "NotIn", "values": ["shop"]}]}, True),
        ({"matchExpressions": [{"key": "tier", "operator": "Exists"}]}, True),
        ({"matchExpressions": [{"key": "team", "operator": "Exists"}]}, False),
        ({"matchExpressions": [{"key": "team", "operator": "DoesNotExist"}]}, True),
        (
            {
                "matchLabels": {"tier": "storefront"},
                "matchExpressions": [{"key": "team", "operator": "Exists"}],
            },
            False,
        ),
    ],
)
def test_all_of_what_is_given_must_hold(selector: dict[str, Any], *, selected: bool) -> None:
    assert Selector.model_validate(selector).matches(LABELS) is selected


def test_what_has_no_labels_is_selected_by_everything_alone() -> None:
    assert Selector().matches({})
    assert not Selector(match_labels={"tier": "storefront"}).matches({})
