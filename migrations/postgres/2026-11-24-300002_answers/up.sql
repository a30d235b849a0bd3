-- Answers without an account: links of which only a hash is kept, and what is said beside the steps of a request.
-- Twin of ../../sqlite/2026-11-24-300002_answers/up.sql; a test compares the two.

CREATE TABLE answer_links (
    id uuid NOT NULL PRIMARY KEY,
    hash text NOT NULL UNIQUE,
    request_id uuid NOT NULL REFERENCES meeting_requests (id),
    email text NOT NULL,
    name text NOT NULL,
    language text NOT NULL CHECK (language IN ('en', 'ja')),
    created_by uuid NOT NULL REFERENCES people (id),
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    answered_at timestamptz,
    person_id uuid REFERENCES people (id),
    revoked_at timestamptz,
    CONSTRAINT answer_links_expire CHECK (expires_at > created_at),
    CONSTRAINT answer_links_answered_by CHECK (answered_at IS NULL OR person_id IS NOT NULL)
);

-- What somebody is about to do through a link, until they confirm it. Each is confirmed once.
CREATE TABLE answer_drafts (
    hash text NOT NULL PRIMARY KEY,
    link_id uuid NOT NULL REFERENCES answer_links (id),
    body jsonb NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    used_at timestamptz
);

-- Questions, proposed times and colleagues: what is said of a request without a step.
CREATE TABLE replies (
    id uuid NOT NULL PRIMARY KEY,
    request_id uuid NOT NULL REFERENCES meeting_requests (id),
    kind text NOT NULL CHECK (kind IN ('question', 'times', 'referral')),
    party text NOT NULL CHECK (party IN ('counterpart', 'staff')),
    person_id uuid REFERENCES people (id),
    link_id uuid REFERENCES answer_links (id),
    words text NOT NULL,
    times jsonb NOT NULL,
    colleague_name text,
    colleague_email text,
    said_at timestamptz NOT NULL,
    answer text,
    answered_by uuid REFERENCES people (id),
    answered_at timestamptz,
    CONSTRAINT replies_by_somebody CHECK ((person_id IS NULL) <> (link_id IS NULL)),
    CONSTRAINT replies_whole_colleague CHECK ((kind = 'referral') = (colleague_email IS NOT NULL) AND (colleague_email IS NULL) = (colleague_name IS NULL)),
    CONSTRAINT replies_whole_answer CHECK ((answer IS NULL) = (answered_at IS NULL) AND (answer IS NULL OR kind = 'question'))
);

CREATE INDEX answer_links_of_request ON answer_links (request_id);
CREATE INDEX answer_drafts_age ON answer_drafts (created_at);
CREATE INDEX replies_of_request ON replies (request_id);
