import pytest

from sandbox.pods.images import IMAGES, ImageNotKnownError, find_image, repository_name


@pytest.mark.parametrize(
    "image",
    [
        "logferry",
        "logferry:0.1.0",
        "registry.example:5000/team/logferry",
        "registry.example:5000/team/logferry:0.1.0",
        "team/logferry:0.1@sha256:0123abcd",
        "team/logferry@sha256:0123abcd",
    ],
)
def test_registry_tag_and_digest_do_not_matter(image: str) -> None:
    assert repository_name(image) == "logferry"
    assert find_image(image) is IMAGES["logferry"]


def test_an_unknown_image_says_where_to_add_it() -> None:
    with pytest.raises(ImageNotKnownError, match=r"'nginx:1\.22'.*sandbox/pods/images\.py"):
        find_image("nginx:1.22")
