# A registry of images in the place of ECR's.
ARG PYTHON_IMAGE=python:3.13-slim-bookworm@sha256:67a1e1f215ccda113cfc024e8639049257e88f273898f595b61476d128d387e8
FROM ${PYTHON_IMAGE}
RUN apt-get update \
 && apt-get install --yes --no-install-recommends docker-registry \
 && rm -rf /var/lib/apt/lists/*
RUN printf '%s\n' 'version: 0.1' 'storage: {filesystem: {rootdirectory: /tmp/registry}}' 'http: {addr: ":5000"}' > /etc/registry.yml
USER nobody
ENTRYPOINT ["docker-registry", "serve", "/etc/registry.yml"]
