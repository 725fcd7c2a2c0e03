# MiniStack, which answers AWS's calls on this machine: for docker-compose.yml's profile aws-local.
ARG PYTHON_IMAGE=python:3.13-slim-bookworm@sha256:67a1e1f215ccda113cfc024e8639049257e88f273898f595b61476d128d387e8
FROM ${PYTHON_IMAGE}
ARG PIP_INDEX_URL
COPY requirements-dev.lock .
# The versions that the tests run with.
RUN sed -n '/^[a-z0-9].*==/s/ \\$//p' requirements-dev.lock > versions.txt \
 && python -m pip install --no-cache-dir --root-user-action=ignore --constraint versions.txt ministack
ENV BIND_HOST=0.0.0.0 GATEWAY_PORT=4566 PERSIST_STATE=0 PYTHONUNBUFFERED=1
USER 6400:6400
WORKDIR /tmp
EXPOSE 4566
ENTRYPOINT ["ministack"]
