-- After the meeting, and consent: what each side thought, what came of it, and who agreed that contacts go abroad.
-- Twin of ../../sqlite/2026-11-24-300003_outcomes/up.sql; a test compares the two.

CREATE TABLE feedback (
    request_id uuid NOT NULL REFERENCES meeting_requests (id),
    side text NOT NULL CHECK (side IN ('requester', 'counterpart')),
    verdict text NOT NULL CHECK (verdict IN ('promising', 'open', 'no')),
    reasons jsonb NOT NULL,
    note text,
    given_by uuid NOT NULL REFERENCES people (id),
    given_at timestamptz NOT NULL,
    version integer NOT NULL,
    PRIMARY KEY (request_id, side)
);

CREATE TABLE outcomes (
    id uuid NOT NULL PRIMARY KEY,
    request_id uuid NOT NULL REFERENCES meeting_requests (id),
    version integer NOT NULL
);

CREATE TABLE outcome_versions (
    outcome_id uuid NOT NULL REFERENCES outcomes (id),
    version integer NOT NULL,
    kind text NOT NULL CHECK (kind IN ('second_meeting', 'cda_nda', 'diligence', 'term_sheet', 'invested', 'joint_research', 'manufacturing_contract', 'trial_site', 'tenancy', 'overseas_entity')),
    happened_on text NOT NULL,
    amount_minor bigint,
    currency text,
    stage text,
    amount_tier text NOT NULL CHECK (amount_tier IN ('listed', 'accepted', 'staff')),
    note text,
    withdrawn boolean NOT NULL,
    party text NOT NULL CHECK (party IN ('requester', 'counterpart', 'staff')),
    because text,
    recorded_by uuid NOT NULL REFERENCES people (id),
    recorded_at timestamptz NOT NULL,
    PRIMARY KEY (outcome_id, version),
    CONSTRAINT outcome_versions_whole_amount CHECK ((amount_minor IS NULL) = (currency IS NULL)),
    CONSTRAINT outcome_versions_reason CHECK (version = 1 OR because IS NOT NULL)
);

-- What was shown, and that it was agreed to. Withdrawn ones stay.
CREATE TABLE consents (
    id uuid NOT NULL PRIMARY KEY,
    organisation_id uuid NOT NULL REFERENCES organisations (id),
    subject text NOT NULL CHECK (subject IN ('person', 'organisation')),
    person_id uuid NOT NULL REFERENCES people (id),
    recipient_id uuid NOT NULL REFERENCES organisations (id),
    country text NOT NULL,
    text_version text NOT NULL,
    shown jsonb NOT NULL,
    agreed_at timestamptz NOT NULL,
    withdrawn_at timestamptz,
    CONSTRAINT consents_two_parties CHECK (organisation_id <> recipient_id)
);

CREATE INDEX outcomes_of_request ON outcomes (request_id);
CREATE UNIQUE INDEX consents_one_of_person ON consents (person_id, organisation_id, recipient_id, country) WHERE subject = 'person' AND withdrawn_at IS NULL;
CREATE UNIQUE INDEX consents_one_of_organisation ON consents (organisation_id, recipient_id, country) WHERE subject = 'organisation' AND withdrawn_at IS NULL;
