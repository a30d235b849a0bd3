# The production image: `nakodo` with TLS to PostgreSQL, run by a user with no rights.
#   docker build -t nakodo .

FROM rust:1.95-slim-bookworm AS build
# C for SQLite, libpq and OpenSSL, which are built from the sources in their crates; perl and make for OpenSSL.
RUN apt-get update \
    && apt-get install -y --no-install-recommends build-essential perl \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY . .
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/src/target \
    cargo build --release --locked --package server --features pg-tls \
    && install -D target/release/nakodo /out/nakodo

FROM debian:bookworm-slim
# The authorities of the world, for sslmode=verify-full with sslrootcert=/etc/ssl/certs/ca-certificates.crt.
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --user-group --home-dir /data --create-home nakodo
COPY --from=build /out/nakodo /usr/local/bin/nakodo
USER 10001:10001
WORKDIR /data
VOLUME /data
ENV NAKODO_LISTEN=0.0.0.0:8080 \
    NAKODO_DATA_DIR=/data
EXPOSE 8080
# Ready, not only alive: a replica that has no database takes no traffic. bash opens the connection, so the image needs
# no curl.
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s --retries=3 CMD ["bash", "-c", \
    "exec 3<>/dev/tcp/127.0.0.1/8080 && printf 'GET /readyz HTTP/1.0\\r\\nHost: localhost\\r\\n\\r\\n' >&3 && read -r _ status _ <&3 && [ \"$status\" = 200 ]"]
ENTRYPOINT ["nakodo"]
CMD ["serve"]
