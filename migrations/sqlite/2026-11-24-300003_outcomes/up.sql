-- After the meeting, and consent: what each side thought, what came of it, and who agreed that contacts go abroad.
-- Twin of ../../postgres/2026-11-24-300003_outcomes/up.sql; a test compares the two.

CREATE TABLE feedback (
    request_id TEXT NOT NULL REFERENCES meeting_requests (id),
    side TEXT NOT NULL CHECK (side IN ('requester', 'counterpart')),
    verdict TEXT NOT NULL CHECK (verdict IN ('promising', 'open', 'no')),
    reasons TEXT NOT NULL CHECK (json_valid(reasons)),
    note TEXT,
    given_by TEXT NOT NULL REFERENCES people (id),
    given_at INTEGER NOT NULL,
    version INTEGER NOT NULL,
    PRIMARY KEY (request_id, side)
) STRICT;

CREATE TABLE outcomes (
    id TEXT NOT NULL PRIMARY KEY,
    request_id TEXT NOT NULL REFERENCES meeting_requests (id),
    version INTEGER NOT NULL
) STRICT;

CREATE TABLE outcome_versions (
    outcome_id TEXT NOT NULL REFERENCES outcomes (id),
    version INTEGER NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('second_meeting', 'cda_nda', 'diligence', 'term_sheet', 'invested', 'joint_research', 'manufacturing_contract', 'trial_site', 'tenancy', 'overseas_entity')),
    happened_on TEXT NOT NULL,
    amount_minor INTEGER,
    currency TEXT,
    stage TEXT,
    amount_tier TEXT NOT NULL CHECK (amount_tier IN ('listed', 'accepted', 'staff')),
    note TEXT,
    withdrawn INTEGER NOT NULL CHECK (withdrawn IN (0, 1)),
    party TEXT NOT NULL CHECK (party IN ('requester', 'counterpart', 'staff')),
    because TEXT,
    recorded_by TEXT NOT NULL REFERENCES people (id),
    recorded_at INTEGER NOT NULL,
    PRIMARY KEY (outcome_id, version),
    CONSTRAINT outcome_versions_whole_amount CHECK ((amount_minor IS NULL) = (currency IS NULL)),
    CONSTRAINT outcome_versions_reason CHECK (version = 1 OR because IS NOT NULL)
) STRICT;

-- What was shown, and that it was agreed to. Withdrawn ones stay.
CREATE TABLE consents (
    id TEXT NOT NULL PRIMARY KEY,
    organisation_id TEXT NOT NULL REFERENCES organisations (id),
    subject TEXT NOT NULL CHECK (subject IN ('person', 'organisation')),
    person_id TEXT NOT NULL REFERENCES people (id),
    recipient_id TEXT NOT NULL REFERENCES organisations (id),
    country TEXT NOT NULL,
    text_version TEXT NOT NULL,
    shown TEXT NOT NULL CHECK (json_valid(shown)),
    agreed_at INTEGER NOT NULL,
    withdrawn_at INTEGER,
    CONSTRAINT consents_two_parties CHECK (organisation_id <> recipient_id)
) STRICT;

CREATE INDEX outcomes_of_request ON outcomes (request_id);
CREATE UNIQUE INDEX consents_one_of_person ON consents (person_id, organisation_id, recipient_id, country) WHERE subject = 'person' AND withdrawn_at IS NULL;
CREATE UNIQUE INDEX consents_one_of_organisation ON consents (organisation_id, recipient_id, country) WHERE subject = 'organisation' AND withdrawn_at IS NULL;
