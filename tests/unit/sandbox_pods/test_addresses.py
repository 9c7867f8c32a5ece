from ipaddress import IPv4Network

import pytest

from sandbox.pods.addresses import Addresses, NoAddressLeftError

NETWORK = IPv4Network("127.9.0.0/16")


def test_every_pod_has_an_address_of_its_own_and_none_ends_in_0_or_255() -> None:
    addresses = Addresses(NETWORK)
    given = [addresses.assign(f"pod-{number}") for number in range(600)]
    assert len(set(given)) == 600
    assert not [a for a in given if a.rsplit(".", 1)[1] in {"0", "255"}]


def test_a_pod_keeps_its_address() -> None:
    addresses = Addresses(NETWORK)
    assert addresses.assign("a") == addresses.assign("a") != addresses.assign("b")


def test_a_restarted_runner_gives_nobody_the_address_of_a_living_pod() -> None:
    addresses = Addresses(NETWORK)
    addresses.claim("old", "127.9.0.1")
    assert addresses.assign("new") == "127.9.0.2"
    assert addresses.assign("old") == "127.9.0.1"


@pytest.mark.parametrize("address", ["10.0.0.1", "127.9.0.1"])
def test_an_address_that_is_foreign_or_taken_is_not_claimed(address: str) -> None:
    addresses = Addresses(NETWORK)
    addresses.claim("first", "127.9.0.1")
    addresses.claim("second", address)
    assert addresses.assign("second") == "127.9.0.2"


def test_a_freed_address_rests_before_it_is_used_again() -> None:
    addresses = Addresses(IPv4Network("127.9.0.0/29"))
    first = addresses.assign("a")
    addresses.release("a")
    assert addresses.assign("b") != first


def test_a_full_range_is_said_and_a_freed_address_helps() -> None:
    addresses = Addresses(IPv4Network("127.9.0.0/30"))
    for uid in "abc":
        addresses.assign(uid)
    with pytest.raises(NoAddressLeftError, match=r"127.9.0.0/30"):
        addresses.assign("d")
    addresses.release("b")
    assert addresses.assign("d") == "127.9.0.2"
