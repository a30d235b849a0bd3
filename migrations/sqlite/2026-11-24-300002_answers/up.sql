-- Answers without an account: links of which only a hash is kept, and what is said beside the steps of a request.
-- Twin of ../../postgres/2026-11-24-300002_answers/up.sql; a test compares the two.

CREATE TABLE answer_links (
    id TEXT NOT NULL PRIMARY KEY,
    hash TEXT NOT NULL UNIQUE,
    request_id TEXT NOT NULL REFERENCES meeting_requests (id),
    email TEXT NOT NULL,
    name TEXT NOT NULL,
    language TEXT NOT NULL CHECK (language IN ('en', 'ja')),
    created_by TEXT NOT NULL REFERENCES people (id),
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    answered_at INTEGER,
    person_id TEXT REFERENCES people (id),
    revoked_at INTEGER,
    CONSTRAINT answer_links_expire CHECK (expires_at > created_at),
    CONSTRAINT answer_links_answered_by CHECK (answered_at IS NULL OR person_id IS NOT NULL)
) STRICT;

-- What somebody is about to do through a link, until they confirm it. Each is confirmed once.
CREATE TABLE answer_drafts (
    hash TEXT NOT NULL PRIMARY KEY,
    link_id TEXT NOT NULL REFERENCES answer_links (id),
    body TEXT NOT NULL CHECK (json_valid(body)),
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    used_at INTEGER
) STRICT;

-- Questions, proposed times and colleagues: what is said of a request without a step.
CREATE TABLE replies (
    id TEXT NOT NULL PRIMARY KEY,
    request_id TEXT NOT NULL REFERENCES meeting_requests (id),
    kind TEXT NOT NULL CHECK (kind IN ('question', 'times', 'referral')),
    party TEXT NOT NULL CHECK (party IN ('counterpart', 'staff')),
    person_id TEXT REFERENCES people (id),
    link_id TEXT REFERENCES answer_links (id),
    words TEXT NOT NULL,
    times TEXT NOT NULL CHECK (json_valid(times)),
    colleague_name TEXT,
    colleague_email TEXT,
    said_at INTEGER NOT NULL,
    answer TEXT,
    answered_by TEXT REFERENCES people (id),
    answered_at INTEGER,
    CONSTRAINT replies_by_somebody CHECK ((person_id IS NULL) <> (link_id IS NULL)),
    CONSTRAINT replies_whole_colleague CHECK ((kind = 'referral') = (colleague_email IS NOT NULL) AND (colleague_email IS NULL) = (colleague_name IS NULL)),
    CONSTRAINT replies_whole_answer CHECK ((answer IS NULL) = (answered_at IS NULL) AND (answer IS NULL OR kind = 'question'))
) STRICT;

CREATE INDEX answer_links_of_request ON answer_links (request_id);
CREATE INDEX answer_drafts_age ON answer_drafts (created_at);
CREATE INDEX replies_of_request ON replies (request_id);
