# `just` lists what a developer does here; each is one command that can be typed without just.

set shell := ["bash", "-euo", "pipefail", "-c"]

_list:
    @just --list --unsorted

# A demo hub on SQLite at http://127.0.0.1:8080/docs
serve *ARGS:
    cargo run -p server -- serve --demo --listen 127.0.0.1:8080 --data-dir data {{ ARGS }}

# All tests, on SQLite and on a PostgreSQL that they start themselves
test *ARGS:
    cargo test --workspace --locked {{ ARGS }}

# Write the contract anew from the handlers
spec:
    cargo run -q -p server -- openapi > target/openapi.json
    mv target/openapi.json api-spec/openapi.json

fmt:
    cargo fmt --all

# Warnings are errors here and in CI, not in your editor
lint:
    cargo fmt --all --check
    cargo clippy --workspace --all-targets --locked -- -D warnings
    RUSTDOCFLAGS='-D warnings' cargo doc --workspace --no-deps --locked

# Licences, sources and doubled crates; needs `cargo install cargo-deny`
deny:
    cargo deny --locked check bans licenses sources

bench *ARGS:
    cargo bench -p benches {{ ARGS }}

# Hold a demo hub against its contract: `just contract staff`
contract *ROLES:
    cargo build --workspace --all-targets --locked
    .ci/schemathesis {{ ROLES }}

# 10,000 attempts on 500 times by 32 clients, over three processes on PostgreSQL and one on SQLite
contention:
    NAKODO_TEST_CONTENTION=long cargo test --locked --release -p testkit --test it booking::contention

# 5,000 events to a receiver that fails three in ten, the sending process killed 20 times, on both databases; and how much
# later events come while another receiver hangs
webhooks:
    NAKODO_TEST_LENGTH=long cargo test --locked -p testkit --test it -- delivery:: --nocapture --test-threads 1

# Read the calendars of a demo hub with Python's icalendar, around every change of the clocks of nine zones
calendars:
    cargo build --workspace --all-targets --locked
    .ci/calendars

# TLS to PostgreSQL, as in the production image; builds OpenSSL
tls:
    cargo test --workspace --locked --features testkit/pg-tls --test it postgres_tls

# All that CI does
ci:
    .ci/run
