-- Notices: what the outbox holds becomes one delivery per recipient, by mail to people and by webhook to other systems.
-- Twin of ../../postgres/2026-11-24-200002_notices/up.sql; a test compares the two.

-- What happened before there were notices is told to nobody.
ALTER TABLE outbox ADD COLUMN routed_at INTEGER;
UPDATE outbox SET routed_at = at;
CREATE INDEX outbox_unrouted ON outbox (seq) WHERE routed_at IS NULL;

CREATE TABLE notice_settings (
    person_id TEXT NOT NULL PRIMARY KEY REFERENCES people (id),
    zone TEXT NOT NULL,
    rhythm TEXT NOT NULL CHECK (rhythm IN ('immediate', 'daily')),
    muted TEXT NOT NULL CHECK (json_valid(muted)),
    version INTEGER NOT NULL
) STRICT;

CREATE TABLE webhooks (
    id TEXT NOT NULL PRIMARY KEY,
    organisation_id TEXT REFERENCES organisations (id),
    programme_id TEXT REFERENCES programmes (id),
    url TEXT NOT NULL,
    description TEXT,
    events TEXT NOT NULL CHECK (json_valid(events)),
    secret TEXT NOT NULL,
    previous_secret TEXT,
    previous_secret_until INTEGER,
    state TEXT NOT NULL CHECK (state IN ('active', 'disabled')),
    disabled_because TEXT CHECK (disabled_because IN ('asked', 'gone', 'failing')),
    failing_since INTEGER,
    created_by TEXT NOT NULL REFERENCES people (id),
    created_at INTEGER NOT NULL,
    archived_at INTEGER,
    version INTEGER NOT NULL,
    CONSTRAINT webhooks_one_owner CHECK ((organisation_id IS NULL) <> (programme_id IS NULL)),
    CONSTRAINT webhooks_disabled_for_a_reason CHECK ((state = 'disabled') = (disabled_because IS NOT NULL))
) STRICT;

CREATE TABLE deliveries (
    id TEXT NOT NULL PRIMARY KEY,
    outbox_seq INTEGER REFERENCES outbox (seq),
    webhook_id TEXT REFERENCES webhooks (id),
    person_id TEXT REFERENCES people (id),
    event TEXT NOT NULL,
    noun TEXT NOT NULL,
    subject_id TEXT NOT NULL,
    body TEXT NOT NULL CHECK (json_valid(body)),
    state TEXT NOT NULL CHECK (state IN ('waiting', 'delivered', 'failed', 'dropped')),
    attempts INTEGER NOT NULL,
    next_at INTEGER NOT NULL,
    claimed_until INTEGER,
    created_at INTEGER NOT NULL,
    ended_at INTEGER,
    CONSTRAINT deliveries_one_recipient CHECK ((webhook_id IS NULL) <> (person_id IS NULL)),
    CONSTRAINT deliveries_of_something CHECK (outbox_seq IS NOT NULL OR webhook_id IS NOT NULL),
    CONSTRAINT deliveries_end CHECK ((state = 'waiting') = (ended_at IS NULL))
) STRICT;

CREATE TABLE delivery_attempts (
    delivery_id TEXT NOT NULL REFERENCES deliveries (id),
    attempt INTEGER NOT NULL,
    at INTEGER NOT NULL,
    outcome TEXT NOT NULL,
    status INTEGER,
    millis INTEGER NOT NULL,
    PRIMARY KEY (delivery_id, attempt)
) STRICT;

CREATE INDEX webhooks_of_organisation ON webhooks (organisation_id);
CREATE INDEX webhooks_of_programme ON webhooks (programme_id);
-- One event, one delivery to each.
CREATE UNIQUE INDEX deliveries_once_per_webhook ON deliveries (outbox_seq, webhook_id) WHERE webhook_id IS NOT NULL;
CREATE UNIQUE INDEX deliveries_once_per_person ON deliveries (outbox_seq, person_id) WHERE person_id IS NOT NULL;
CREATE INDEX deliveries_to_webhook ON deliveries (webhook_id, next_at) WHERE state = 'waiting' AND webhook_id IS NOT NULL;
CREATE INDEX deliveries_to_person ON deliveries (next_at) WHERE state = 'waiting' AND person_id IS NOT NULL;
CREATE INDEX deliveries_of_webhook ON deliveries (webhook_id, id);
CREATE INDEX deliveries_ended ON deliveries (ended_at) WHERE ended_at IS NOT NULL;
