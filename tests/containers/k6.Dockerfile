# The k6 of this checkout's environment, in the place of grafana/k6.
ARG PYTHON_IMAGE=python:3.13-slim-bookworm
FROM ${PYTHON_IMAGE}
COPY k6 /usr/bin/k6
ENTRYPOINT ["k6"]
