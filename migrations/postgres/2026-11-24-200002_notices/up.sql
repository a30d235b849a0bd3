-- Notices: what the outbox holds becomes one delivery per recipient, by mail to people and by webhook to other systems.
-- Twin of ../../sqlite/2026-11-24-200002_notices/up.sql; a test compares the two.

-- What happened before there were notices is told to nobody.
ALTER TABLE outbox ADD COLUMN routed_at timestamptz;
UPDATE outbox SET routed_at = at;
CREATE INDEX outbox_unrouted ON outbox (seq) WHERE routed_at IS NULL;

CREATE TABLE notice_settings (
    person_id uuid NOT NULL PRIMARY KEY REFERENCES people (id),
    zone text NOT NULL,
    rhythm text NOT NULL CHECK (rhythm IN ('immediate', 'daily')),
    muted jsonb NOT NULL,
    version integer NOT NULL
);

CREATE TABLE webhooks (
    id uuid NOT NULL PRIMARY KEY,
    organisation_id uuid REFERENCES organisations (id),
    programme_id uuid REFERENCES programmes (id),
    url text NOT NULL,
    description text,
    events jsonb NOT NULL,
    secret text NOT NULL,
    previous_secret text,
    previous_secret_until timestamptz,
    state text NOT NULL CHECK (state IN ('active', 'disabled')),
    disabled_because text CHECK (disabled_because IN ('asked', 'gone', 'failing')),
    failing_since timestamptz,
    created_by uuid NOT NULL REFERENCES people (id),
    created_at timestamptz NOT NULL,
    archived_at timestamptz,
    version integer NOT NULL,
    CONSTRAINT webhooks_one_owner CHECK ((organisation_id IS NULL) <> (programme_id IS NULL)),
    CONSTRAINT webhooks_disabled_for_a_reason CHECK ((state = 'disabled') = (disabled_because IS NOT NULL))
);

CREATE TABLE deliveries (
    id uuid NOT NULL PRIMARY KEY,
    outbox_seq bigint REFERENCES outbox (seq),
    webhook_id uuid REFERENCES webhooks (id),
    person_id uuid REFERENCES people (id),
    event text NOT NULL,
    noun text NOT NULL,
    subject_id uuid NOT NULL,
    body jsonb NOT NULL,
    state text NOT NULL CHECK (state IN ('waiting', 'delivered', 'failed', 'dropped')),
    attempts integer NOT NULL,
    next_at timestamptz NOT NULL,
    claimed_until timestamptz,
    created_at timestamptz NOT NULL,
    ended_at timestamptz,
    CONSTRAINT deliveries_one_recipient CHECK ((webhook_id IS NULL) <> (person_id IS NULL)),
    CONSTRAINT deliveries_of_something CHECK (outbox_seq IS NOT NULL OR webhook_id IS NOT NULL),
    CONSTRAINT deliveries_end CHECK ((state = 'waiting') = (ended_at IS NULL))
);

CREATE TABLE delivery_attempts (
    delivery_id uuid NOT NULL REFERENCES deliveries (id),
    attempt integer NOT NULL,
    at timestamptz NOT NULL,
    outcome text NOT NULL,
    status integer,
    millis integer NOT NULL,
    PRIMARY KEY (delivery_id, attempt)
);

CREATE INDEX webhooks_of_organisation ON webhooks (organisation_id);
CREATE INDEX webhooks_of_programme ON webhooks (programme_id);
-- One event, one delivery to each.
CREATE UNIQUE INDEX deliveries_once_per_webhook ON deliveries (outbox_seq, webhook_id) WHERE webhook_id IS NOT NULL;
CREATE UNIQUE INDEX deliveries_once_per_person ON deliveries (outbox_seq, person_id) WHERE person_id IS NOT NULL;
CREATE INDEX deliveries_to_webhook ON deliveries (webhook_id, next_at) WHERE state = 'waiting' AND webhook_id IS NOT NULL;
CREATE INDEX deliveries_to_person ON deliveries (next_at) WHERE state = 'waiting' AND person_id IS NOT NULL;
CREATE INDEX deliveries_of_webhook ON deliveries (webhook_id, id);
CREATE INDEX deliveries_ended ON deliveries (ended_at) WHERE ended_at IS NOT NULL;
