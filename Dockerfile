# syntax=docker/dockerfile:1
# Any image with Python 3.11 or later and pip. There is no default: where images come from is the builder's choice.
ARG BASE_IMAGE

FROM ${BASE_IMAGE} AS build
WORKDIR /src
COPY pyproject.toml README.md LICENSE ./
COPY operator ./operator
COPY crds ./crds
RUN python -m venv /opt/logpipeline && /opt/logpipeline/bin/pip install --no-cache-dir .

FROM ${BASE_IMAGE}
COPY --from=build /opt/logpipeline /opt/logpipeline
ENV PATH=/opt/logpipeline/bin:${PATH} PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
USER 65532:65532
WORKDIR /home
ENTRYPOINT ["logpipeline"]
