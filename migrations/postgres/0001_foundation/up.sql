-- The foundation: organisations with their documents, people, programmes, meeting requests.
-- Twin of ../../sqlite/0001_foundation/up.sql; a test compares the two.

CREATE TABLE people (
    id uuid NOT NULL PRIMARY KEY,
    email text NOT NULL UNIQUE,
    name text NOT NULL,
    language text NOT NULL CHECK (language IN ('en', 'ja')),
    phone text,
    password_hash text,
    admin boolean NOT NULL,
    status text NOT NULL CHECK (status IN ('active', 'suspended', 'erased')),
    generation bigint NOT NULL,
    created_at timestamptz NOT NULL,
    version integer NOT NULL
);

CREATE TABLE programmes (
    id uuid NOT NULL PRIMARY KEY,
    code text NOT NULL UNIQUE,
    version integer NOT NULL,
    created_at timestamptz NOT NULL
);

CREATE TABLE programme_versions (
    programme_id uuid NOT NULL REFERENCES programmes (id),
    version integer NOT NULL,
    recorded_at timestamptz NOT NULL,
    recorded_by uuid REFERENCES people (id),
    body jsonb NOT NULL,
    PRIMARY KEY (programme_id, version)
);

CREATE TABLE organisations (
    id uuid NOT NULL PRIMARY KEY,
    kind text NOT NULL CHECK (kind IN ('startup', 'investor', 'incubator', 'corporate', 'medical_institution', 'university', 'manufacturer', 'support_organisation', 'authority')),
    external_id text,
    review text NOT NULL CHECK (review IN ('draft', 'submitted', 'approved', 'rejected', 'suspended')),
    tie_key bigint NOT NULL,
    created_at timestamptz NOT NULL,
    archived_at timestamptz,
    version integer NOT NULL
);

CREATE TABLE documents (
    id uuid NOT NULL PRIMARY KEY,
    organisation_id uuid NOT NULL REFERENCES organisations (id),
    kind text NOT NULL CHECK (kind IN ('profile', 'contacts', 'visibility', 'block_list', 'asset', 'round', 'mandate')),
    external_id text,
    archived_at timestamptz,
    version integer NOT NULL
);

CREATE TABLE document_versions (
    document_id uuid NOT NULL REFERENCES documents (id),
    version integer NOT NULL,
    recorded_at timestamptz NOT NULL,
    recorded_by uuid REFERENCES people (id),
    body jsonb NOT NULL,
    PRIMARY KEY (document_id, version)
);

CREATE TABLE affiliations (
    id uuid NOT NULL PRIMARY KEY,
    from_id uuid NOT NULL REFERENCES organisations (id),
    to_id uuid NOT NULL REFERENCES organisations (id),
    kind text NOT NULL CHECK (kind IN ('parent_of', 'manages_fund', 'spin_out_of', 'resident_of')),
    created_at timestamptz NOT NULL,
    ended_at timestamptz,
    CONSTRAINT affiliations_two_parties CHECK (from_id <> to_id)
);

CREATE TABLE memberships (
    person_id uuid NOT NULL REFERENCES people (id),
    organisation_id uuid NOT NULL REFERENCES organisations (id),
    role text NOT NULL CHECK (role IN ('owner', 'member')),
    created_at timestamptz NOT NULL,
    PRIMARY KEY (person_id, organisation_id)
);

CREATE TABLE programme_members (
    programme_id uuid NOT NULL REFERENCES programmes (id),
    organisation_id uuid NOT NULL REFERENCES organisations (id),
    created_at timestamptz NOT NULL,
    PRIMARY KEY (programme_id, organisation_id)
);

CREATE TABLE staff_grants (
    person_id uuid NOT NULL REFERENCES people (id),
    programme_id uuid NOT NULL REFERENCES programmes (id),
    created_at timestamptz NOT NULL,
    PRIMARY KEY (person_id, programme_id)
);

CREATE TABLE sessions (
    id uuid NOT NULL PRIMARY KEY,
    person_id uuid NOT NULL REFERENCES people (id),
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    revoked_at timestamptz
);

CREATE TABLE refresh_tokens (
    hash text NOT NULL PRIMARY KEY,
    session_id uuid NOT NULL REFERENCES sessions (id),
    issued_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    spent_at timestamptz
);

CREATE TABLE invitations (
    id uuid NOT NULL PRIMARY KEY,
    hash text NOT NULL UNIQUE,
    email text NOT NULL,
    organisation_id uuid REFERENCES organisations (id),
    role text CHECK (role IN ('owner', 'member')),
    programme_id uuid REFERENCES programmes (id),
    invited_by uuid REFERENCES people (id),
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    accepted_at timestamptz,
    CONSTRAINT invitations_one_target CHECK ((organisation_id IS NULL) <> (programme_id IS NULL) AND (organisation_id IS NULL) = (role IS NULL))
);

CREATE TABLE investments (
    id uuid NOT NULL,
    version integer NOT NULL,
    external_id text,
    investor_id uuid NOT NULL REFERENCES organisations (id),
    startup_id uuid NOT NULL REFERENCES organisations (id),
    announced_on text NOT NULL,
    stage text,
    amount_minor bigint,
    currency text,
    lead boolean NOT NULL,
    recorded_at timestamptz NOT NULL,
    PRIMARY KEY (id, version),
    CONSTRAINT investments_two_parties CHECK (investor_id <> startup_id),
    CONSTRAINT investments_whole_amount CHECK ((amount_minor IS NULL) = (currency IS NULL))
);

CREATE TABLE scorecards (
    hash text NOT NULL PRIMARY KEY,
    body jsonb NOT NULL,
    recorded_at timestamptz NOT NULL
);

CREATE TABLE statistics (
    hash text NOT NULL PRIMARY KEY,
    as_of text NOT NULL,
    body jsonb NOT NULL,
    recorded_at timestamptz NOT NULL
);

CREATE TABLE meeting_requests (
    id uuid NOT NULL PRIMARY KEY,
    programme_id uuid NOT NULL REFERENCES programmes (id),
    from_id uuid NOT NULL REFERENCES organisations (id),
    to_id uuid NOT NULL REFERENCES organisations (id),
    pair_low uuid NOT NULL,
    pair_high uuid NOT NULL,
    from_person uuid NOT NULL REFERENCES people (id),
    to_person uuid REFERENCES people (id),
    purpose text NOT NULL CHECK (purpose IN ('fundraising', 'incubation', 'manufacturing', 'clinical_trial', 'joint_research', 'licensing', 'pilot_customer', 'regulatory_advice', 'market_entry', 'other')),
    subject jsonb,
    message text NOT NULL,
    requested_by uuid NOT NULL REFERENCES people (id),
    approved_by uuid REFERENCES people (id),
    approved_by_policy integer,
    accepted_by uuid REFERENCES people (id),
    reason text,
    replaces uuid REFERENCES meeting_requests (id),
    state text NOT NULL CHECK (state IN ('awaiting_staff', 'returned', 'awaiting_counterpart', 'accepted', 'rejected', 'declined', 'withdrawn', 'expired', 'cancelled')),
    deadline_at timestamptz,
    created_at timestamptz NOT NULL,
    changed_at timestamptz NOT NULL,
    version integer NOT NULL,
    CONSTRAINT meeting_requests_two_parties CHECK (from_id <> to_id AND pair_low < pair_high AND ((pair_low = from_id AND pair_high = to_id) OR (pair_low = to_id AND pair_high = from_id))),
    CONSTRAINT meeting_requests_other_approves CHECK (approved_by IS NULL OR approved_by <> requested_by),
    CONSTRAINT meeting_requests_other_accepts CHECK (accepted_by IS NULL OR (accepted_by <> requested_by AND (approved_by IS NULL OR accepted_by <> approved_by))),
    CONSTRAINT meeting_requests_approved_first CHECK (state NOT IN ('awaiting_counterpart', 'accepted') OR approved_by IS NOT NULL OR approved_by_policy IS NOT NULL),
    CONSTRAINT meeting_requests_accepted_by_somebody CHECK (state <> 'accepted' OR (accepted_by IS NOT NULL AND to_person IS NOT NULL)),
    CONSTRAINT meeting_requests_deadline CHECK ((deadline_at IS NOT NULL) = (state IN ('awaiting_staff', 'returned', 'awaiting_counterpart')))
);

CREATE TABLE meeting_request_steps (
    request_id uuid NOT NULL REFERENCES meeting_requests (id),
    version integer NOT NULL,
    step text NOT NULL,
    party text NOT NULL CHECK (party IN ('requester', 'counterpart', 'staff', 'clock', 'system')),
    person_id uuid REFERENCES people (id),
    on_behalf text,
    reason text,
    note text,
    ticks jsonb NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (request_id, version)
);

CREATE TABLE judgements (
    request_id uuid NOT NULL REFERENCES meeting_requests (id),
    version integer NOT NULL,
    card_hash text NOT NULL REFERENCES scorecards (hash),
    statistics_hash text NOT NULL REFERENCES statistics (hash),
    as_of text NOT NULL,
    points integer NOT NULL,
    explanation jsonb NOT NULL,
    inputs jsonb NOT NULL,
    PRIMARY KEY (request_id, version)
);

CREATE TABLE audit (
    seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL,
    person_id uuid,
    party text,
    action text NOT NULL,
    noun text NOT NULL,
    subject_id uuid NOT NULL,
    version integer NOT NULL,
    detail jsonb NOT NULL
);

CREATE TABLE outbox (
    seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL,
    event text NOT NULL,
    noun text NOT NULL,
    subject_id uuid NOT NULL,
    version integer NOT NULL,
    body jsonb NOT NULL
);

CREATE TABLE idempotency_keys (
    person_id uuid NOT NULL REFERENCES people (id),
    key text NOT NULL,
    request_hash text NOT NULL,
    status integer NOT NULL,
    answer text NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (person_id, key)
);

CREATE TABLE rate_limits (
    bucket text NOT NULL PRIMARY KEY,
    tokens_micro bigint NOT NULL,
    updated_at timestamptz NOT NULL
);

CREATE TABLE change_log (
    seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
    noun text NOT NULL,
    id uuid NOT NULL
);

CREATE UNIQUE INDEX organisations_external_id ON organisations (external_id) WHERE external_id IS NOT NULL;
CREATE UNIQUE INDEX documents_single ON documents (organisation_id, kind) WHERE kind IN ('profile', 'contacts', 'visibility', 'block_list');
CREATE UNIQUE INDEX documents_external_id ON documents (organisation_id, kind, external_id) WHERE external_id IS NOT NULL;
CREATE INDEX documents_of_organisation ON documents (organisation_id);
CREATE UNIQUE INDEX affiliations_once ON affiliations (from_id, to_id, kind) WHERE ended_at IS NULL;
CREATE INDEX memberships_of_organisation ON memberships (organisation_id);
CREATE INDEX sessions_of_person ON sessions (person_id);
-- One refresh token of a session is alive: the one that was issued last.
CREATE UNIQUE INDEX refresh_tokens_one_alive ON refresh_tokens (session_id) WHERE spent_at IS NULL;
CREATE UNIQUE INDEX investments_external_id ON investments (external_id, version) WHERE external_id IS NOT NULL;
-- One open request per unordered pair, programme and purpose.
CREATE UNIQUE INDEX meeting_requests_one_open ON meeting_requests (pair_low, pair_high, programme_id, purpose)
    WHERE state IN ('awaiting_staff', 'returned', 'awaiting_counterpart', 'accepted');
CREATE INDEX meeting_requests_from ON meeting_requests (from_id, id);
CREATE INDEX meeting_requests_to ON meeting_requests (to_id, id);
CREATE INDEX meeting_requests_awaiting_staff ON meeting_requests (programme_id, id) WHERE state = 'awaiting_staff';
CREATE INDEX meeting_requests_due ON meeting_requests (deadline_at) WHERE deadline_at IS NOT NULL;
-- One change, one audit row, one event.
CREATE UNIQUE INDEX audit_once ON audit (noun, subject_id, version, action);
CREATE UNIQUE INDEX outbox_once ON outbox (noun, subject_id, version, event);
CREATE INDEX idempotency_keys_age ON idempotency_keys (created_at);
-- Read in commit order: rows of transactions that are all over.
CREATE INDEX change_log_order ON change_log (xid, seq);
