DELETE FROM delivery_attempts WHERE delivery_id IN (SELECT id FROM deliveries WHERE answer_link_id IS NOT NULL);
DELETE FROM deliveries WHERE answer_link_id IS NOT NULL;
PRAGMA defer_foreign_keys = ON;
CREATE TABLE deliveries_before AS SELECT * FROM deliveries;
DROP TABLE deliveries;
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
INSERT INTO deliveries (id, outbox_seq, webhook_id, person_id, event, noun, subject_id, body, state, attempts, next_at, claimed_until, created_at, ended_at)
    SELECT id, outbox_seq, webhook_id, person_id, event, noun, subject_id, body, state, attempts, next_at, claimed_until, created_at, ended_at FROM deliveries_before;
DROP TABLE deliveries_before;
CREATE UNIQUE INDEX deliveries_once_per_webhook ON deliveries (outbox_seq, webhook_id) WHERE webhook_id IS NOT NULL;
CREATE UNIQUE INDEX deliveries_once_per_person ON deliveries (outbox_seq, person_id) WHERE person_id IS NOT NULL;
CREATE INDEX deliveries_to_webhook ON deliveries (webhook_id, next_at) WHERE state = 'waiting' AND webhook_id IS NOT NULL;
CREATE INDEX deliveries_of_webhook ON deliveries (webhook_id, id);
CREATE INDEX deliveries_ended ON deliveries (ended_at) WHERE ended_at IS NOT NULL;
CREATE INDEX deliveries_to_person ON deliveries (next_at) WHERE state = 'waiting' AND person_id IS NOT NULL;
ALTER TABLE answer_links DROP COLUMN mailed_at;
ALTER TABLE answer_links DROP COLUMN mails;
