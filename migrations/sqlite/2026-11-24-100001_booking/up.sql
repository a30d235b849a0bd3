-- Booking: places, slots, offers, meetings, who else takes part, what is occupied; availability and calendar feeds.
-- Twin of ../../postgres/2026-11-24-100001_booking/up.sql; a test compares the two.

CREATE TABLE places (
    id TEXT NOT NULL PRIMARY KEY,
    programme_id TEXT NOT NULL REFERENCES programmes (id),
    kind TEXT NOT NULL CHECK (kind IN ('table', 'room', 'virtual')),
    name TEXT NOT NULL,
    seats INTEGER NOT NULL,
    link TEXT,
    created_at INTEGER NOT NULL,
    archived_at INTEGER,
    CONSTRAINT places_seats CHECK (seats BETWEEN 1 AND 1000 AND (kind <> 'table' OR seats = 1)),
    CONSTRAINT places_link CHECK ((kind = 'virtual') = (link IS NOT NULL))
) STRICT;

CREATE TABLE slots (
    id TEXT NOT NULL PRIMARY KEY,
    programme_id TEXT NOT NULL REFERENCES programmes (id),
    from_tick INTEGER NOT NULL,
    until_tick INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    CONSTRAINT slots_length CHECK (until_tick - from_tick BETWEEN 1 AND 24)
) STRICT;

-- Slots of a programme do not overlap: a tick is of one slot.
CREATE TABLE slot_ticks (
    programme_id TEXT NOT NULL REFERENCES programmes (id),
    tick INTEGER NOT NULL,
    slot_id TEXT NOT NULL REFERENCES slots (id),
    PRIMARY KEY (programme_id, tick)
) STRICT;

-- SQLite changes no constraint of a table that is there: the table is made anew and filled again. What points at it is
-- checked at the end, when every row that was pointed at is there again.
PRAGMA defer_foreign_keys = ON;
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
    state TEXT NOT NULL CHECK (state IN ('awaiting_staff', 'returned', 'awaiting_counterpart', 'accepted', 'scheduled', 'held', 'rejected', 'declined', 'withdrawn', 'expired', 'cancelled')),
    deadline_at INTEGER,
    created_at INTEGER NOT NULL,
    changed_at INTEGER NOT NULL,
    version INTEGER NOT NULL,
    revision INTEGER,
    from_tick INTEGER,
    until_tick INTEGER,
    place_id TEXT REFERENCES places (id),
    venue TEXT,
    requester_presence TEXT CHECK (requester_presence IN ('present', 'no_show')),
    counterpart_presence TEXT CHECK (counterpart_presence IN ('present', 'no_show')),
    CONSTRAINT meeting_requests_two_parties CHECK (from_id <> to_id AND pair_low < pair_high AND ((pair_low = from_id AND pair_high = to_id) OR (pair_low = to_id AND pair_high = from_id))),
    CONSTRAINT meeting_requests_other_approves CHECK (approved_by IS NULL OR approved_by <> requested_by),
    CONSTRAINT meeting_requests_other_accepts CHECK (accepted_by IS NULL OR (accepted_by <> requested_by AND (approved_by IS NULL OR accepted_by <> approved_by))),
    CONSTRAINT meeting_requests_approved_first CHECK (state NOT IN ('awaiting_counterpart', 'accepted', 'scheduled', 'held') OR approved_by IS NOT NULL OR approved_by_policy IS NOT NULL),
    CONSTRAINT meeting_requests_accepted_by_somebody CHECK (state NOT IN ('accepted', 'scheduled', 'held') OR (accepted_by IS NOT NULL AND to_person IS NOT NULL)),
    CONSTRAINT meeting_requests_deadline CHECK ((deadline_at IS NOT NULL) = (state IN ('awaiting_staff', 'returned', 'awaiting_counterpart'))),
    CONSTRAINT meeting_requests_whole_meeting CHECK ((revision IS NULL) = (from_tick IS NULL) AND (from_tick IS NULL) = (until_tick IS NULL) AND until_tick > from_tick AND revision >= 1),
    CONSTRAINT meeting_requests_scheduled CHECK (state NOT IN ('scheduled', 'held') OR from_tick IS NOT NULL),
    CONSTRAINT meeting_requests_attended CHECK ((state = 'held') = (requester_presence IS NOT NULL) AND (requester_presence IS NULL) = (counterpart_presence IS NULL))
) STRICT;
INSERT INTO meeting_requests (id, programme_id, from_id, to_id, pair_low, pair_high, from_person, to_person, purpose, subject, message, requested_by, approved_by, approved_by_policy, accepted_by, reason, replaces, state, deadline_at, created_at, changed_at, version)
    SELECT id, programme_id, from_id, to_id, pair_low, pair_high, from_person, to_person, purpose, subject, message, requested_by, approved_by, approved_by_policy, accepted_by, reason, replaces, state, deadline_at, created_at, changed_at, version FROM meeting_requests_before;
DROP TABLE meeting_requests_before;
CREATE INDEX meeting_requests_from ON meeting_requests (from_id, id);
CREATE INDEX meeting_requests_to ON meeting_requests (to_id, id);
CREATE INDEX meeting_requests_awaiting_staff ON meeting_requests (programme_id, id) WHERE state = 'awaiting_staff';
CREATE INDEX meeting_requests_due ON meeting_requests (deadline_at) WHERE deadline_at IS NOT NULL;
CREATE UNIQUE INDEX meeting_requests_one_open ON meeting_requests (pair_low, pair_high, programme_id, purpose)
    WHERE state IN ('awaiting_staff', 'returned', 'awaiting_counterpart', 'accepted', 'scheduled');

-- Times that one side offers the other. A held one is over with its hold, another when it begins.
CREATE TABLE offers (
    request_id TEXT NOT NULL REFERENCES meeting_requests (id),
    party TEXT NOT NULL CHECK (party IN ('requester', 'counterpart')),
    from_tick INTEGER NOT NULL,
    until_tick INTEGER NOT NULL,
    place_id TEXT REFERENCES places (id),
    held INTEGER NOT NULL CHECK (held IN (0, 1)),
    expires_at INTEGER NOT NULL,
    PRIMARY KEY (request_id, party, from_tick),
    CONSTRAINT offers_length CHECK (until_tick > from_tick)
) STRICT;

CREATE TABLE participants (
    request_id TEXT NOT NULL REFERENCES meeting_requests (id),
    person_id TEXT NOT NULL REFERENCES people (id),
    role TEXT NOT NULL CHECK (role IN ('interpreter', 'adviser', 'concierge', 'hospital_representative', 'regulator_representative')),
    added_by TEXT NOT NULL REFERENCES people (id),
    added_at INTEGER NOT NULL,
    PRIMARY KEY (request_id, person_id)
) STRICT;

-- What is taken: a seat of a person (one), of an organisation (its capacity), of a place, for one tick. A tick that is
-- held and not booked is free again from `held_until` on.
CREATE TABLE occupied (
    resource TEXT NOT NULL,
    tick INTEGER NOT NULL,
    seat INTEGER NOT NULL,
    seats INTEGER NOT NULL,
    request_id TEXT NOT NULL REFERENCES meeting_requests (id),
    held_until INTEGER,
    CONSTRAINT occupied_within_seats CHECK (seat >= 0 AND seat < seats)
) STRICT;

CREATE TABLE availability (
    owner_id TEXT NOT NULL PRIMARY KEY,
    owner TEXT NOT NULL CHECK (owner IN ('organisation', 'person')),
    version INTEGER NOT NULL,
    recorded_at INTEGER NOT NULL,
    recorded_by TEXT REFERENCES people (id),
    body TEXT NOT NULL CHECK (json_valid(body))
) STRICT;

CREATE TABLE calendar_feeds (
    hash TEXT NOT NULL PRIMARY KEY,
    person_id TEXT NOT NULL REFERENCES people (id),
    created_at INTEGER NOT NULL,
    revoked_at INTEGER
) STRICT;

-- Nothing is ever taken twice.
CREATE UNIQUE INDEX occupied_once ON occupied (resource, tick, seat);
CREATE UNIQUE INDEX occupied_once_per_request ON occupied (request_id, resource, tick);
CREATE INDEX occupied_held ON occupied (held_until) WHERE held_until IS NOT NULL;
CREATE UNIQUE INDEX places_name ON places (programme_id, name) WHERE archived_at IS NULL;
CREATE INDEX slots_of_programme ON slots (programme_id, from_tick);
CREATE INDEX participants_person ON participants (person_id);
CREATE UNIQUE INDEX calendar_feeds_one_alive ON calendar_feeds (person_id) WHERE revoked_at IS NULL;
CREATE INDEX meeting_requests_from_person ON meeting_requests (from_person, from_tick) WHERE from_tick IS NOT NULL;
CREATE INDEX meeting_requests_to_person ON meeting_requests (to_person, from_tick) WHERE from_tick IS NOT NULL;
