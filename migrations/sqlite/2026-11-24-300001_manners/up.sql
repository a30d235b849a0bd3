-- Manners: how much is asked at once, reminders before time is over, and what an organisation keeps to itself.
-- Twin of ../../postgres/2026-11-24-300001_manners/up.sql; a test compares the two.

-- A request that waits for an answer has a seat of its asker in its programme. Two never have the same.
CREATE TABLE request_seats (
    programme_id TEXT NOT NULL REFERENCES programmes (id),
    organisation_id TEXT NOT NULL REFERENCES organisations (id),
    seat INTEGER NOT NULL,
    request_id TEXT NOT NULL REFERENCES meeting_requests (id),
    PRIMARY KEY (programme_id, organisation_id, seat),
    CONSTRAINT request_seats_from_one CHECK (seat >= 1)
) STRICT;

-- What is still to be sent, one of a kind per request. That a sent one is sent once says outbox_once.
CREATE TABLE reminders (
    request_id TEXT NOT NULL REFERENCES meeting_requests (id),
    kind TEXT NOT NULL CHECK (kind IN ('one_third', 'two_thirds', 'shortly_before', 'after_3_months', 'after_6_months', 'after_12_months')),
    version INTEGER NOT NULL,
    due_at INTEGER NOT NULL,
    PRIMARY KEY (request_id, kind)
) STRICT;

-- Never shown to the other organisation.
CREATE TABLE marks (
    organisation_id TEXT NOT NULL REFERENCES organisations (id),
    other_id TEXT NOT NULL REFERENCES organisations (id),
    mark TEXT NOT NULL CHECK (mark IN ('bookmark', 'ignore')),
    note TEXT,
    marked_by TEXT NOT NULL REFERENCES people (id),
    marked_at INTEGER NOT NULL,
    PRIMARY KEY (organisation_id, other_id),
    CONSTRAINT marks_two_parties CHECK (organisation_id <> other_id)
) STRICT;

CREATE UNIQUE INDEX request_seats_one_per_request ON request_seats (request_id);
CREATE INDEX reminders_due ON reminders (due_at);

INSERT INTO request_seats (programme_id, organisation_id, seat, request_id)
SELECT programme_id, from_id, ROW_NUMBER() OVER (PARTITION BY programme_id, from_id ORDER BY id), id
FROM meeting_requests
WHERE state IN ('awaiting_staff', 'returned', 'awaiting_counterpart');
