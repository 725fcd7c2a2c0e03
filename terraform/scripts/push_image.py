"""Builds the image of a checkout and pushes it to ECR, for image.tf; it is told what by environment
variables.

The registry's password goes from AWS to `docker login` by standard input: into no argument and no
Terraform state.
"""

import base64
import os
import subprocess
import sys

from session import session


def main() -> None:
    """Builds and pushes IMAGE, from the folder SOURCE, for PLATFORM. Ends with a sentence when it
    cannot.
    """
    image = os.environ["IMAGE"]
    index = os.environ.get("BUILD_PIP_INDEX_URL")
    arguments = ["--build-arg", f"PIP_INDEX_URL={index}"] if index else []
    docker(
        "build",
        "--platform",
        os.environ["PLATFORM"],
        *arguments,
        "--tag",
        image,
        os.environ["SOURCE"],
    )
    registry = session().client("ecr").get_authorization_token()["authorizationData"][0]
    user, password = base64.b64decode(registry["authorizationToken"]).decode().split(":", 1)
    docker(
        "login", "--username", user, "--password-stdin", registry["proxyEndpoint"], stdin=password
    )
    docker("push", image)


def docker(*arguments: str, stdin: str | None = None) -> None:
    """Runs a docker command."""
    try:
        command = ["docker", *arguments]
        subprocess.run(command, input=stdin, text=True, check=True)  # noqa: S603 - of constants and Terraform's values
    except FileNotFoundError:
        sys.exit(
            "docker is not installed: install it, or give a ready image by -var image=REPOSITORY:TAG"
        )
    except subprocess.CalledProcessError as error:
        sys.exit(f"docker {arguments[0]} failed with exit code {error.returncode}")


if __name__ == "__main__":
    main()
