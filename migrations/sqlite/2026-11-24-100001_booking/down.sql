-- What was scheduled or held is accepted again, without its time.
DROP TABLE calendar_feeds;
DROP TABLE availability;
DROP TABLE occupied;
DROP TABLE participants;
DROP TABLE offers;
DROP TABLE slot_ticks;
DROP TABLE slots;
PRAGMA defer_foreign_keys = ON;
UPDATE meeting_requests SET state = 'accepted', requester_presence = NULL, counterpart_presence = NULL
    WHERE state IN ('scheduled', 'held');
CREATE TABLE meeting_requests_before AS SELECT * FROM meeting_requests;
DROP TABLE meeting_requests;
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
INSERT INTO meeting_requests (id, programme_id, from_id, to_id, pair_low, pair_high, from_person, to_person, purpose, subject, message, requested_by, approved_by, approved_by_policy, accepted_by, reason, replaces, state, deadline_at, created_at, changed_at, version)
    SELECT id, programme_id, from_id, to_id, pair_low, pair_high, from_person, to_person, purpose, subject, message, requested_by, approved_by, approved_by_policy, accepted_by, reason, replaces, state, deadline_at, created_at, changed_at, version FROM meeting_requests_before;
DROP TABLE meeting_requests_before;
CREATE INDEX meeting_requests_from ON meeting_requests (from_id, id);
CREATE INDEX meeting_requests_to ON meeting_requests (to_id, id);
CREATE INDEX meeting_requests_awaiting_staff ON meeting_requests (programme_id, id) WHERE state = 'awaiting_staff';
CREATE INDEX meeting_requests_due ON meeting_requests (deadline_at) WHERE deadline_at IS NOT NULL;
CREATE UNIQUE INDEX meeting_requests_one_open ON meeting_requests (pair_low, pair_high, programme_id, purpose)
    WHERE state IN ('awaiting_staff', 'returned', 'awaiting_counterpart', 'accepted');
DROP TABLE places;
