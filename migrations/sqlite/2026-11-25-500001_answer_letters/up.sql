-- Answer links are sent by mail: a delivery has a link as its recipient too, and a link knows how often it was sent.
-- Twin of ../../postgres/2026-11-25-500001_answer_letters/up.sql; a test compares the two.

ALTER TABLE answer_links ADD COLUMN mails INTEGER NOT NULL DEFAULT 0;
ALTER TABLE answer_links ADD COLUMN mailed_at INTEGER;

-- SQLite changes no constraint of a table that is there: the table is made anew and filled again. What points at it is
-- checked at the end, when every row that was pointed at is there again.
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
    answer_link_id TEXT REFERENCES answer_links (id),
    CONSTRAINT deliveries_one_recipient CHECK ((CASE WHEN webhook_id IS NULL THEN 0 ELSE 1 END) + (CASE WHEN person_id IS NULL THEN 0 ELSE 1 END) + (CASE WHEN answer_link_id IS NULL THEN 0 ELSE 1 END) = 1),
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
CREATE INDEX deliveries_by_mail ON deliveries (next_at) WHERE state = 'waiting' AND webhook_id IS NULL;
CREATE UNIQUE INDEX deliveries_once_per_answer_link ON deliveries (answer_link_id, outbox_seq) WHERE answer_link_id IS NOT NULL;
