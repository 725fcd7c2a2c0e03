# One image for `todo serve`, `todo ship` and `todo db upgrade`. It needs nothing of BuildKit, so any builder will do.
# Behind a proxy or another package index: docker build --build-arg HTTPS_PROXY=... --build-arg PIP_INDEX_URL=...
ARG PYTHON_IMAGE=python:3.13-slim-bookworm@sha256:67a1e1f215ccda113cfc024e8639049257e88f273898f595b61476d128d387e8


FROM ${PYTHON_IMAGE} AS dependencies
ARG PIP_INDEX_URL
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore
RUN python -m venv --without-pip /opt/todo
COPY requirements.lock .
# The same lock file makes the same layer: bytecode that does not depend on times, and one time for every file.
RUN python -m pip --python /opt/todo/bin/python install --require-hashes --only-binary :all: --no-compile \
      -r requirements.lock \
 && python -m compileall -q --invalidation-mode unchecked-hash /opt/todo/lib \
 && mkdir /layer \
 && cp --archive --link /opt /layer/ \
 && find /layer -exec touch --no-dereference --date=@0 {} +


FROM dependencies AS app
RUN rm -r /layer
COPY requirements-dev.lock .
# The build backend, in the version and with the hashes of the lock file. It stays in this stage.
RUN sed -n '/^flit-core==/,/[^\\]$/p' requirements-dev.lock > backend.lock \
 && python -m pip --python /opt/todo/bin/python install --require-hashes -r backend.lock
COPY pyproject.toml README.md LICENSE /src/
COPY packages/canonical-log /src/packages/canonical-log
COPY packages/cloudwatch-spool /src/packages/cloudwatch-spool
COPY todo /src/todo
# For sslmode=verify-full with a database of RDS: &sslrootcert=/opt/todo/rds-ca.pem
COPY containers/rds-ca.pem /layer/opt/todo/
RUN python -m pip --python /opt/todo/bin/python install --no-deps --no-compile --no-build-isolation \
      --prefix /layer/opt/todo /src/packages/canonical-log /src/packages/cloudwatch-spool /src \
 && python -m compileall -q --invalidation-mode unchecked-hash /layer/opt/todo/lib \
 && find /layer -exec touch --no-dereference --date=@0 {} +


FROM ${PYTHON_IMAGE}
# A user of its own, with a fixed number so that volumes and Kubernetes' runAsNonRoot can rely on it; and no pip.
RUN groupadd --gid 6400 todo \
 && useradd --uid 6400 --gid 6400 --no-create-home --home-dir /tmp --shell /usr/sbin/nologin todo \
 && install -d -o 6400 -g 6400 /var/spool/taskoverflow /var/log/taskoverflow \
 && python -m pip uninstall --yes --quiet --root-user-action=ignore pip
COPY --from=dependencies /layer /
COPY --from=app /layer /
ENV PATH=/opt/todo/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    TODO_HOST=0.0.0.0 \
    TODO_SPOOL_DIR=/var/spool/taskoverflow \
    TODO_ARCHIVE_DIR=/var/log/taskoverflow
WORKDIR /tmp
USER 6400:6400
EXPOSE 6400
# Declared, since ECS gives a mounted volume to the image's user only where it is.
VOLUME /var/spool/taskoverflow
ENTRYPOINT ["todo"]
CMD ["serve"]
HEALTHCHECK --interval=5s --timeout=4s --start-period=10s --retries=3 \
  CMD ["python", "-Sc", "import http.client, os; c = http.client.HTTPConnection('127.0.0.1', int(os.environ.get('TODO_PORT') or 6400), timeout=3); c.request('GET', '/api/v1/health'); raise SystemExit(c.getresponse().status != 200)"]
ARG VERSION=1.0.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="TaskOverflow" \
      org.opencontainers.image.description="A Flask REST API whose every request can be followed through CloudWatch Logs." \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
