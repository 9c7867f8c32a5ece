"""Credentials in Secrets of a real cluster."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import pytest
from redis import Redis

from sandbox.demo.operator_pod import NAMESPACE, OperatorPod
from tests.cluster.installed.manifests import Json, redis, unstarted
from tests.cluster.installed.mistakes import RECORDS, REPLICAS, WANTED, governed_by
from tests.cluster.installed.records import Streams, unique
from tests.cluster.installed.shop import Shop
from tests.hazards import hazard
from tests.kubectl import Kubectl

LABEL = {"logpipeline.io/use": "true"}
REASONS = {
    "absent": "SecretMissing",
    "incomplete": "SecretInvalid",
    "unlabelled": "SecretNotLabelled",
    "wrong": "SourceRefused",
}
"""What is said of a pipeline whose Secret is so."""


@dataclass(frozen=True, slots=True)
class Account:
    """A user of a Redis server, and a stream in which records wait that ask for `WANTED` replicas."""

    server: "Redis[bytes]"
    stream: str
    user: str
    address: str

    def set_password(self, password: str) -> None:
        """The one that opens the door from now on; who is in already has to come in again."""
        self.server.acl_setuser(
            self.user,
            enabled=True,
            reset=True,
            passwords=[f"+{password}"],
            categories=["+@all"],
            keys=[self.stream],
        )
        self.server.client_kill_filter(user=self.user)

    def secret(self, name: str, password: str, labels: Mapping[str, str] = LABEL) -> Json:
        """A Secret that names this user."""
        return {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": name, "labels": dict(labels)},
            "stringData": {"username": self.user, "password": password},
        }

    def pipeline(self, name: str) -> list[Json]:
        """A workload and its pipeline, which logs in with the Secret of the same name."""
        source = redis(self.address, self.stream)
        source["redis"]["authentication"] = {"secretRef": {"name": name}}
        return [unstarted(name, REPLICAS), governed_by(name, source)]


@pytest.fixture(scope="module")
def account(streams: Streams) -> Iterator[Account]:
    stream, user = unique("stream"), unique("user")
    streams.group(stream)
    streams.add(stream, RECORDS)
    with Redis.from_url(streams.url) as server:
        yield Account(server, stream, user, streams.url)
        server.acl_deluser(user)


@pytest.fixture(scope="module")
def password(account: Account) -> str:
    right = unique("right")
    account.set_password(right)
    return right


@pytest.fixture(scope="module")
def bad(make_shop: Callable[[], Shop], account: Account, password: str) -> Shop:
    """Where something is wrong with every Secret, all at once."""
    shop = make_shop()
    incomplete = account.secret("incomplete", password)
    del incomplete["stringData"]["password"]
    shop.apply(
        incomplete,
        account.secret("unlabelled", password, labels={}),
        account.secret("wrong", "guessed-wrong"),
        *(
            found
            for name in ("absent", "incomplete", "unlabelled", "wrong")
            for found in account.pipeline(name)
        ),
    )
    return shop


@pytest.fixture(scope="module")
def said(bad: Shop, account: Account, password: str) -> Mapping[str, str]:
    """What was said of each, where the user looks. No count was touched; then all were mended at once."""
    sentences = {}
    for name, reason in REASONS.items():
        sentences[name] = bad.until_condition(name, "SourcesAvailable", "False", reason)
        assert bad.condition(name, "Ready") == ("False", reason, sentences[name])
        [event] = bad.until_event(name, reason)
        assert (event.status, event.message) == ("Warning", sentences[name])
        assert bad.replicas(name) == REPLICAS
    bad.apply(*(account.secret(name, password) for name in REASONS))
    return sentences


def is_governed_since(shop: Shop, name: str) -> None:
    shop.until_replicas(name, WANTED.__eq__, f"{name} was mended and is not governed")
    shop.until_governed(name)


@hazard(
    seen="`SecretMissing`: which Secret, and what to do", done="The count is held until the Secret is there"
)
def test_when_a_secret_is_missing(bad: Shop, said: Mapping[str, str]) -> None:
    assert f"Secret {bad.namespace}/absent is not there (yet): create it" in said["absent"]
    is_governed_since(bad, "absent")


@hazard(seen="`SecretInvalid`: which key is missing", done="The count is held until the key is there")
def test_when_a_secret_lacks_a_key(bad: Shop, said: Mapping[str, str]) -> None:
    assert f"Secret {bad.namespace}/incomplete cannot be used" in said["incomplete"]
    assert "'username' is given without 'password': add it" in said["incomplete"]
    is_governed_since(bad, "incomplete")


@hazard(
    seen="`SecretNotLabelled`: the command that labels it",
    done="The Secret is not used, and the count is held until it is labelled",
)
def test_when_a_secret_is_not_labelled_for_our_use(bad: Shop, said: Mapping[str, str]) -> None:
    assert f"kubectl label secret unlabelled -n {bad.namespace} logpipeline.io/use=true" in said["unlabelled"]
    is_governed_since(bad, "unlabelled")


@hazard(
    seen="`SourceRefused`: what the server said, never the password",
    done="The count is held until the Secret is right",
)
def test_when_a_secret_holds_the_wrong_password(bad: Shop, said: Mapping[str, str]) -> None:
    assert "look at user, password and ACL" in said["wrong"]
    is_governed_since(bad, "wrong")


@hazard(
    seen="`SourceRefused` until the Secret holds the new password, then `Measured`",
    done="The count is held meanwhile; it goes on by itself",
)
def test_when_a_secret_changes_while_running(
    shop: Shop, streams: Streams, kubectl: Kubectl, operator: OperatorPod
) -> None:
    stream, user, first, second = map(unique, ("stream", "user", "first", "second"))
    streams.group(stream)
    streams.add(stream, RECORDS)
    with Redis.from_url(streams.url) as server:
        account = Account(server, stream, user, streams.url)
        account.set_password(first)
        shop.apply(account.secret("changed", first), *account.pipeline("changed"))
        shop.until_replicas("changed", WANTED.__eq__, "it is not scaled")
        shop.until_governed("changed")
        generation = shop.get("deployment/changed")["metadata"]["generation"]
        account.set_password(second)
        shop.until_condition("changed", "SourcesAvailable", "False", "SourceRefused")
        shop.apply(account.secret("changed", second))
        shop.until_governed("changed")
        server.acl_deluser(user)
    assert shop.get("deployment/changed")["metadata"]["generation"] == generation
    said = kubectl("logs", operator.name, namespace=NAMESPACE).stdout
    said += shop.run("get", "lp,events", "-o", "yaml")
    assert f"{shop.namespace}/changed" in said
    assert first not in said
    assert second not in said
    assert "guessed-wrong" not in said
