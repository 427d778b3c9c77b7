# A small image that runs as an ordinary user:  docker build -t leakstop . && docker run --rm -v "$PWD:/repo:ro" leakstop history
FROM python:3.13-slim AS build
COPY . /source
RUN python -m venv /opt/leakstop && /opt/leakstop/bin/pip install --no-cache-dir --no-compile /source

FROM python:3.13-slim
# The repository that is mounted belongs to somebody else; leakstop lets git run nothing of it, so that it can be trusted to be read.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends git \
    && rm -rf /var/lib/apt/lists/* \
    && git config --system --add safe.directory '*' \
    && useradd --create-home --uid 1000 leakstop
COPY --from=build /opt/leakstop /opt/leakstop
ENV PATH=/opt/leakstop/bin:$PATH PYTHONDONTWRITEBYTECODE=1
USER leakstop
WORKDIR /repo
ENTRYPOINT ["leakstop"]
CMD ["history"]
