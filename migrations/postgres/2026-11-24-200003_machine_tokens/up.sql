-- Tokens of other systems: each acts for a person, within scopes, and where it says so for one organisation alone.
-- Twin of ../../sqlite/2026-11-24-200003_machine_tokens/up.sql; a test compares the two.

CREATE TABLE machine_tokens (
    id uuid NOT NULL PRIMARY KEY,
    hash text NOT NULL UNIQUE,
    name text NOT NULL,
    person_id uuid NOT NULL REFERENCES people (id),
    organisation_id uuid REFERENCES organisations (id),
    scopes jsonb NOT NULL,
    created_by uuid NOT NULL REFERENCES people (id),
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    revoked_at timestamptz,
    last_used_at timestamptz
);

CREATE INDEX machine_tokens_of_person ON machine_tokens (person_id);
CREATE INDEX machine_tokens_of_organisation ON machine_tokens (organisation_id);
