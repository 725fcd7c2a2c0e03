# The image with what the emulator lacks: ECS's restart policy for the shipper, and credentials that boto3 takes.
ARG IMAGE
FROM ${IMAGE}
ARG VERSION
ENV E2E_VERSION=${VERSION} AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test
COPY restarting /usr/local/bin/restarting
ENTRYPOINT ["restarting"]
