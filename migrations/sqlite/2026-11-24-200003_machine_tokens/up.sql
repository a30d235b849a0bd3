-- Tokens of other systems: each acts for a person, within scopes, and where it says so for one organisation alone.
-- Twin of ../../postgres/2026-11-24-200003_machine_tokens/up.sql; a test compares the two.

CREATE TABLE machine_tokens (
    id TEXT NOT NULL PRIMARY KEY,
    hash TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    person_id TEXT NOT NULL REFERENCES people (id),
    organisation_id TEXT REFERENCES organisations (id),
    scopes TEXT NOT NULL CHECK (json_valid(scopes)),
    created_by TEXT NOT NULL REFERENCES people (id),
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    revoked_at INTEGER,
    last_used_at INTEGER
) STRICT;

CREATE INDEX machine_tokens_of_person ON machine_tokens (person_id);
CREATE INDEX machine_tokens_of_organisation ON machine_tokens (organisation_id);
