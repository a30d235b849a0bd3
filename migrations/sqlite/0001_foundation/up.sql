-- The foundation: organisations with their documents, people, programmes, meeting requests.
-- Twin of ../../postgres/0001_foundation/up.sql; a test compares the two.

CREATE TABLE people (
    id TEXT NOT NULL PRIMARY KEY,
    email TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    language TEXT NOT NULL CHECK (language IN ('en', 'ja')),
    phone TEXT,
    password_hash TEXT,
    admin INTEGER NOT NULL CHECK (admin IN (0, 1)),
    status TEXT NOT NULL CHECK (status IN ('active', 'suspended', 'erased')),
    generation INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    version INTEGER NOT NULL
) STRICT;

CREATE TABLE programmes (
    id TEXT NOT NULL PRIMARY KEY,
    code TEXT NOT NULL UNIQUE,
    version INTEGER NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE programme_versions (
    programme_id TEXT NOT NULL REFERENCES programmes (id),
    version INTEGER NOT NULL,
    recorded_at INTEGER NOT NULL,
    recorded_by TEXT REFERENCES people (id),
    body TEXT NOT NULL CHECK (json_valid(body)),
    PRIMARY KEY (programme_id, version)
) STRICT;

CREATE TABLE organisations (
    id TEXT NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN ('startup', 'investor', 'incubator', 'corporate', 'medical_institution', 'university', 'manufacturer', 'support_organisation', 'authority')),
    external_id TEXT,
    review TEXT NOT NULL CHECK (review IN ('draft', 'submitted', 'approved', 'rejected', 'suspended')),
    tie_key INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    archived_at INTEGER,
    version INTEGER NOT NULL
) STRICT;

CREATE TABLE documents (
    id TEXT NOT NULL PRIMARY KEY,
    organisation_id TEXT NOT NULL REFERENCES organisations (id),
    kind TEXT NOT NULL CHECK (kind IN ('profile', 'contacts', 'visibility', 'block_list', 'asset', 'round', 'mandate')),
    external_id TEXT,
    archived_at INTEGER,
    version INTEGER NOT NULL
) STRICT;

CREATE TABLE document_versions (
    document_id TEXT NOT NULL REFERENCES documents (id),
    version INTEGER NOT NULL,
    recorded_at INTEGER NOT NULL,
    recorded_by TEXT REFERENCES people (id),
    body TEXT NOT NULL CHECK (json_valid(body)),
    PRIMARY KEY (document_id, version)
) STRICT;

CREATE TABLE affiliations (
    id TEXT NOT NULL PRIMARY KEY,
    from_id TEXT NOT NULL REFERENCES organisations (id),
    to_id TEXT NOT NULL REFERENCES organisations (id),
    kind TEXT NOT NULL CHECK (kind IN ('parent_of', 'manages_fund', 'spin_out_of', 'resident_of')),
    created_at INTEGER NOT NULL,
    ended_at INTEGER,
    CONSTRAINT affiliations_two_parties CHECK (from_id <> to_id)
) STRICT;

CREATE TABLE memberships (
    person_id TEXT NOT NULL REFERENCES people (id),
    organisation_id TEXT NOT NULL REFERENCES organisations (id),
    role TEXT NOT NULL CHECK (role IN ('owner', 'member')),
    created_at INTEGER NOT NULL,
    PRIMARY KEY (person_id, organisation_id)
) STRICT;

CREATE TABLE programme_members (
    programme_id TEXT NOT NULL REFERENCES programmes (id),
    organisation_id TEXT NOT NULL REFERENCES organisations (id),
    created_at INTEGER NOT NULL,
    PRIMARY KEY (programme_id, organisation_id)
) STRICT;

CREATE TABLE staff_grants (
    person_id TEXT NOT NULL REFERENCES people (id),
    programme_id TEXT NOT NULL REFERENCES programmes (id),
    created_at INTEGER NOT NULL,
    PRIMARY KEY (person_id, programme_id)
) STRICT;

CREATE TABLE sessions (
    id TEXT NOT NULL PRIMARY KEY,
    person_id TEXT NOT NULL REFERENCES people (id),
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    revoked_at INTEGER
) STRICT;

CREATE TABLE refresh_tokens (
    hash TEXT NOT NULL PRIMARY KEY,
    session_id TEXT NOT NULL REFERENCES sessions (id),
    issued_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    spent_at INTEGER
) STRICT;

CREATE TABLE invitations (
    id TEXT NOT NULL PRIMARY KEY,
    hash TEXT NOT NULL UNIQUE,
    email TEXT NOT NULL,
    organisation_id TEXT REFERENCES organisations (id),
    role TEXT CHECK (role IN ('owner', 'member')),
    programme_id TEXT REFERENCES programmes (id),
    invited_by TEXT REFERENCES people (id),
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    accepted_at INTEGER,
    CONSTRAINT invitations_one_target CHECK ((organisation_id IS NULL) <> (programme_id IS NULL) AND (organisation_id IS NULL) = (role IS NULL))
) STRICT;

CREATE TABLE investments (
    id TEXT NOT NULL,
    version INTEGER NOT NULL,
    external_id TEXT,
    investor_id TEXT NOT NULL REFERENCES organisations (id),
    startup_id TEXT NOT NULL REFERENCES organisations (id),
    announced_on TEXT NOT NULL,
    stage TEXT,
    amount_minor INTEGER,
    currency TEXT,
    lead INTEGER NOT NULL CHECK (lead IN (0, 1)),
    recorded_at INTEGER NOT NULL,
    PRIMARY KEY (id, version),
    CONSTRAINT investments_two_parties CHECK (investor_id <> startup_id),
    CONSTRAINT investments_whole_amount CHECK ((amount_minor IS NULL) = (currency IS NULL))
) STRICT;

CREATE TABLE scorecards (
    hash TEXT NOT NULL PRIMARY KEY,
    body TEXT NOT NULL CHECK (json_valid(body)),
    recorded_at INTEGER NOT NULL
) STRICT;

CREATE TABLE statistics (
    hash TEXT NOT NULL PRIMARY KEY,
    as_of TEXT NOT NULL,
    body TEXT NOT NULL CHECK (json_valid(body)),
    recorded_at INTEGER NOT NULL
) STRICT;

CREATE TABLE meeting_requests (
    id TEXT NOT NULL PRIMARY KEY,
    programme_id TEXT NOT NULL REFERENCES programmes (id),
    from_id TEXT NOT NULL REFERENCES organisations (id),
    to_id TEXT NOT NULL REFERENCES organisations (id),
    pair_low TEXT NOT NULL,
    pair_high TEXT NOT NULL,
    from_person TEXT NOT NULL REFERENCES people (id),
    to_person TEXT REFERENCES people (id),
    purpose TEXT NOT NULL CHECK (purpose IN ('fundraising', 'incubation', 'manufacturing', 'clinical_trial', 'joint_research', 'licensing', 'pilot_customer', 'regulatory_advice', 'market_entry', 'other')),
    subject TEXT CHECK (json_valid(subject)),
    message TEXT NOT NULL,
    requested_by TEXT NOT NULL REFERENCES people (id),
    approved_by TEXT REFERENCES people (id),
    approved_by_policy INTEGER,
    accepted_by TEXT REFERENCES people (id),
    reason TEXT,
    replaces TEXT REFERENCES meeting_requests (id),
    state TEXT NOT NULL CHECK (state IN ('awaiting_staff', 'returned', 'awaiting_counterpart', 'accepted', 'rejected', 'declined', 'withdrawn', 'expired', 'cancelled')),
    deadline_at INTEGER,
    created_at INTEGER NOT NULL,
    changed_at INTEGER NOT NULL,
    version INTEGER NOT NULL,
    CONSTRAINT meeting_requests_two_parties CHECK (from_id <> to_id AND pair_low < pair_high AND ((pair_low = from_id AND pair_high = to_id) OR (pair_low = to_id AND pair_high = from_id))),
    CONSTRAINT meeting_requests_other_approves CHECK (approved_by IS NULL OR approved_by <> requested_by),
    CONSTRAINT meeting_requests_other_accepts CHECK (accepted_by IS NULL OR (accepted_by <> requested_by AND (approved_by IS NULL OR accepted_by <> approved_by))),
    CONSTRAINT meeting_requests_approved_first CHECK (state NOT IN ('awaiting_counterpart', 'accepted') OR approved_by IS NOT NULL OR approved_by_policy IS NOT NULL),
    CONSTRAINT meeting_requests_accepted_by_somebody CHECK (state <> 'accepted' OR (accepted_by IS NOT NULL AND to_person IS NOT NULL)),
    CONSTRAINT meeting_requests_deadline CHECK ((deadline_at IS NOT NULL) = (state IN ('awaiting_staff', 'returned', 'awaiting_counterpart')))
) STRICT;

CREATE TABLE meeting_request_steps (
    request_id TEXT NOT NULL REFERENCES meeting_requests (id),
    version INTEGER NOT NULL,
    step TEXT NOT NULL,
    party TEXT NOT NULL CHECK (party IN ('requester', 'counterpart', 'staff', 'clock', 'system')),
    person_id TEXT REFERENCES people (id),
    on_behalf TEXT,
    reason TEXT,
    note TEXT,
    ticks TEXT NOT NULL CHECK (json_valid(ticks)),
    at INTEGER NOT NULL,
    PRIMARY KEY (request_id, version)
) STRICT;

CREATE TABLE judgements (
    request_id TEXT NOT NULL REFERENCES meeting_requests (id),
    version INTEGER NOT NULL,
    card_hash TEXT NOT NULL REFERENCES scorecards (hash),
    statistics_hash TEXT NOT NULL REFERENCES statistics (hash),
    as_of TEXT NOT NULL,
    points INTEGER NOT NULL,
    explanation TEXT NOT NULL CHECK (json_valid(explanation)),
    inputs TEXT NOT NULL CHECK (json_valid(inputs)),
    PRIMARY KEY (request_id, version)
) STRICT;

CREATE TABLE audit (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    at INTEGER NOT NULL,
    person_id TEXT,
    party TEXT,
    action TEXT NOT NULL,
    noun TEXT NOT NULL,
    subject_id TEXT NOT NULL,
    version INTEGER NOT NULL,
    detail TEXT NOT NULL CHECK (json_valid(detail))
) STRICT;

CREATE TABLE outbox (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    at INTEGER NOT NULL,
    event TEXT NOT NULL,
    noun TEXT NOT NULL,
    subject_id TEXT NOT NULL,
    version INTEGER NOT NULL,
    body TEXT NOT NULL CHECK (json_valid(body))
) STRICT;

CREATE TABLE idempotency_keys (
    person_id TEXT NOT NULL REFERENCES people (id),
    key TEXT NOT NULL,
    request_hash TEXT NOT NULL,
    status INTEGER NOT NULL,
    answer TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (person_id, key)
) STRICT;

CREATE TABLE rate_limits (
    bucket TEXT NOT NULL PRIMARY KEY,
    tokens_micro INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;

CREATE TABLE change_log (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    xid INTEGER NOT NULL DEFAULT 0,
    noun TEXT NOT NULL,
    id TEXT NOT NULL
) STRICT;

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
