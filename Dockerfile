# Locked, in two stages, without root. Build: docker build -t plantain .
# Run: docker run --stop-timeout 120 -p 127.0.0.1:8080:8080 -v plantain:/data \
#          -v ./config.toml:/data/config.toml:ro -e PLANTAIN_API_KEY plantain
# In config.toml: [bot] data_dir = "plantain-data" lies in the volume; [platforms.web] listen = "0.0.0.0:8080" lets the
# container's port be published. The page is for this machine: publish it on 127.0.0.1, or reach it through a tunnel.
# The stop timeout lets pictures that are being made, and paid, arrive ([jobs] grace_seconds).
FROM python:3.13-slim AS build
WORKDIR /src
RUN python -m venv /opt/plantain
# The dependencies first: they change seldom, so this layer is nearly always there already.
COPY requirements.lock ./
RUN /opt/plantain/bin/pip install --no-cache-dir --require-hashes -r requirements.lock
# The build backend comes from the lock of the developers, so nothing unlocked gets in.
COPY requirements-dev.lock ./
RUN python -m venv /opt/backend && /opt/backend/bin/pip install --no-cache-dir --require-hashes -r requirements-dev.lock
COPY pyproject.toml README.md LICENSE ./
COPY bot ./bot
COPY adapters ./adapters
RUN /opt/backend/bin/pip wheel --no-deps --no-build-isolation --wheel-dir /wheels . \
  && /opt/plantain/bin/pip install --no-cache-dir --no-deps /wheels/*.whl

FROM python:3.13-slim
RUN useradd --system --uid 10001 --home-dir /data --create-home plantain
COPY --from=build /opt/plantain /opt/plantain
COPY LICENSE THIRD_PARTY.md /opt/plantain/
USER plantain
WORKDIR /data
VOLUME /data
ENV PATH="/opt/plantain/bin:$PATH" PYTHONUNBUFFERED=1
STOPSIGNAL SIGTERM
ENTRYPOINT ["plantain"]
CMD ["run", "--config", "/data/config.toml"]
