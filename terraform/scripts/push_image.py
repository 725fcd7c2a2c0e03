"""Builds the image of a checkout and pushes it to ECR, for image.tf; it is told what by environment
variables.

The registry's password goes from AWS to `docker login` by standard input: into no argument and no
Terraform state. The tag is a hash of the sources, so that an image which is there already is the
one that would be built.
"""

import base64
import os
import subprocess
import sys

from session import session


def main() -> None:
    """Builds and pushes IMAGE, from the folder SOURCE, for PLATFORM, unless it is there. Ends with
    a sentence when it cannot.
    """
    image = os.environ["IMAGE"]
    ecr = session().client("ecr")
    if is_there(ecr, image):
        print(f"{image} is there already")
        return
    docker(
        "build",
        "--platform",
        os.environ["PLATFORM"],
        *build_arguments(),
        "--tag",
        image,
        os.environ["SOURCE"],
    )
    registry = ecr.get_authorization_token()["authorizationData"][0]
    user, password = base64.b64decode(registry["authorizationToken"]).decode().split(":", 1)
    docker(
        "login", "--username", user, "--password-stdin", registry["proxyEndpoint"], stdin=password
    )
    docker("push", image)


def is_there(ecr, image: str) -> bool:
    """Whether the repository has the tag, which cannot be pushed a second time."""
    repository, tag = image.rsplit(":", 1)
    try:
        found = ecr.describe_images(
            repositoryName=repository.split("/", 1)[1], imageIds=[{"imageTag": tag}]
        )
    except ecr.exceptions.ImageNotFoundException:
        return False
    return any(tag in image["imageTags"] for image in found["imageDetails"])


def build_arguments() -> list[str]:
    """What the build is told: another package index, another base image."""
    given = {name: os.environ.get(f"BUILD_{name}") for name in ("PIP_INDEX_URL", "PYTHON_IMAGE")}
    return [
        part
        for name, value in given.items()
        if value
        for part in ("--build-arg", f"{name}={value}")
    ]


def docker(*arguments: str, stdin: str | None = None) -> None:
    """Runs a docker command."""
    try:
        subprocess.run(["docker", *arguments], input=stdin, text=True, check=True)
    except FileNotFoundError:
        sys.exit(
            "docker is not installed: install it, or give a ready image: -var image=REPOSITORY:TAG"
        )
    except subprocess.CalledProcessError as error:
        sys.exit(f"docker {arguments[0]} failed with exit code {error.returncode}")


if __name__ == "__main__":
    main()
