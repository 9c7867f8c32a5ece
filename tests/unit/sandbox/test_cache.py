from pathlib import Path

from sandbox.cache import Cache
from sandbox.versions import Versions

VERSIONS = Versions(kubernetes="v1.34.4", etcd="v3.6.4", kafka="4.1.0", log4j="2.25.1")


def test_versions_are_read_from_the_files_that_pin_them() -> None:
    pinned = Versions.pinned()

    assert pinned.kubernetes.startswith("v1.")
    assert pinned.etcd.startswith("v3.")
    assert pinned.kafka.startswith("4.")


def test_the_cache_is_named_by_what_is_in_it() -> None:
    assert VERSIONS.binaries_key == f"k8s-v1.34.4_etcd-v3.6.4_kwok-{VERSIONS.kwok}_helm-{VERSIONS.helm}"
    assert VERSIONS.kafka_key == "kafka-4.1.0_log4j-2.25.1"


def test_a_new_version_is_built_beside_the_old_one(tmp_path: Path) -> None:
    newer = Versions(kubernetes="v1.35.0", etcd="v3.6.4", kafka="4.1.0", log4j="2.25.1")

    assert Cache(tmp_path, VERSIONS).binaries != Cache(tmp_path, newer).binaries
    assert Cache(tmp_path, VERSIONS).kafka_libraries == Cache(tmp_path, newer).kafka_libraries


def test_the_cache_is_where_the_environment_says() -> None:
    given = Cache.from_environment({"SANDBOX_CACHE": "/somewhere", "XDG_CACHE_HOME": "/elsewhere"})
    by_convention = Cache.from_environment({"XDG_CACHE_HOME": "/elsewhere"})
    usual = Cache.from_environment({})

    assert given.root == Path("/somewhere")
    assert by_convention.root == Path("/elsewhere/logpipeline-sandbox")
    assert usual.root == Path.home() / ".cache" / "logpipeline-sandbox"


def test_a_provided_program_comes_before_the_built_one(tmp_path: Path) -> None:
    provided = tmp_path / "provided"
    provided.mkdir()
    (provided / "etcd").touch(mode=0o755)
    (provided / "kubectl").touch(mode=0o644)
    cache = Cache(tmp_path / "cache", VERSIONS, provided)

    assert cache.binary("etcd") == provided / "etcd"
    assert cache.binary("kubectl") == cache.binaries / "kubectl", "a file that cannot be run is not a program"
    assert cache.binary("helm") == cache.binaries / "helm"
