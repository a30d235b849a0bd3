-- Booking: places, slots, offers, meetings, who else takes part, what is occupied; availability and calendar feeds.
-- Twin of ../../sqlite/2026-11-24-100001_booking/up.sql; a test compares the two.

CREATE TABLE places (
    id uuid NOT NULL PRIMARY KEY,
    programme_id uuid NOT NULL REFERENCES programmes (id),
    kind text NOT NULL CHECK (kind IN ('table', 'room', 'virtual')),
    name text NOT NULL,
    seats integer NOT NULL,
    link text,
    created_at timestamptz NOT NULL,
    archived_at timestamptz,
    CONSTRAINT places_seats CHECK (seats BETWEEN 1 AND 1000 AND (kind <> 'table' OR seats = 1)),
    CONSTRAINT places_link CHECK ((kind = 'virtual') = (link IS NOT NULL))
);

CREATE TABLE slots (
    id uuid NOT NULL PRIMARY KEY,
    programme_id uuid NOT NULL REFERENCES programmes (id),
    from_tick bigint NOT NULL,
    until_tick bigint NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT slots_length CHECK (until_tick - from_tick BETWEEN 1 AND 24)
);

-- Slots of a programme do not overlap: a tick is of one slot.
CREATE TABLE slot_ticks (
    programme_id uuid NOT NULL REFERENCES programmes (id),
    tick bigint NOT NULL,
    slot_id uuid NOT NULL REFERENCES slots (id),
    PRIMARY KEY (programme_id, tick)
);

ALTER TABLE meeting_requests
    ADD COLUMN revision integer,
    ADD COLUMN from_tick bigint,
    ADD COLUMN until_tick bigint,
    ADD COLUMN place_id uuid REFERENCES places (id),
    ADD COLUMN venue text,
    ADD COLUMN requester_presence text CHECK (requester_presence IN ('present', 'no_show')),
    ADD COLUMN counterpart_presence text CHECK (counterpart_presence IN ('present', 'no_show')),
    DROP CONSTRAINT meeting_requests_state_check,
    ADD CONSTRAINT meeting_requests_state_check CHECK (state IN ('awaiting_staff', 'returned', 'awaiting_counterpart', 'accepted', 'scheduled', 'held', 'rejected', 'declined', 'withdrawn', 'expired', 'cancelled')),
    DROP CONSTRAINT meeting_requests_approved_first,
    ADD CONSTRAINT meeting_requests_approved_first CHECK (state NOT IN ('awaiting_counterpart', 'accepted', 'scheduled', 'held') OR approved_by IS NOT NULL OR approved_by_policy IS NOT NULL),
    DROP CONSTRAINT meeting_requests_accepted_by_somebody,
    ADD CONSTRAINT meeting_requests_accepted_by_somebody CHECK (state NOT IN ('accepted', 'scheduled', 'held') OR (accepted_by IS NOT NULL AND to_person IS NOT NULL)),
    ADD CONSTRAINT meeting_requests_whole_meeting CHECK ((revision IS NULL) = (from_tick IS NULL) AND (from_tick IS NULL) = (until_tick IS NULL) AND until_tick > from_tick AND revision >= 1),
    ADD CONSTRAINT meeting_requests_scheduled CHECK (state NOT IN ('scheduled', 'held') OR from_tick IS NOT NULL),
    ADD CONSTRAINT meeting_requests_attended CHECK ((state = 'held') = (requester_presence IS NOT NULL) AND (requester_presence IS NULL) = (counterpart_presence IS NULL));

-- Times that one side offers the other. A held one is over with its hold, another when it begins.
CREATE TABLE offers (
    request_id uuid NOT NULL REFERENCES meeting_requests (id),
    party text NOT NULL CHECK (party IN ('requester', 'counterpart')),
    from_tick bigint NOT NULL,
    until_tick bigint NOT NULL,
    place_id uuid REFERENCES places (id),
    held boolean NOT NULL,
    expires_at timestamptz NOT NULL,
    PRIMARY KEY (request_id, party, from_tick),
    CONSTRAINT offers_length CHECK (until_tick > from_tick)
);

CREATE TABLE participants (
    request_id uuid NOT NULL REFERENCES meeting_requests (id),
    person_id uuid NOT NULL REFERENCES people (id),
    role text NOT NULL CHECK (role IN ('interpreter', 'adviser', 'concierge', 'hospital_representative', 'regulator_representative')),
    added_by uuid NOT NULL REFERENCES people (id),
    added_at timestamptz NOT NULL,
    PRIMARY KEY (request_id, person_id)
);

-- What is taken: a seat of a person (one), of an organisation (its capacity), of a place, for one tick. A tick that is
-- held and not booked is free again from `held_until` on.
CREATE TABLE occupied (
    resource uuid NOT NULL,
    tick bigint NOT NULL,
    seat integer NOT NULL,
    seats integer NOT NULL,
    request_id uuid NOT NULL REFERENCES meeting_requests (id),
    held_until timestamptz,
    CONSTRAINT occupied_within_seats CHECK (seat >= 0 AND seat < seats)
);

CREATE TABLE availability (
    owner_id uuid NOT NULL PRIMARY KEY,
    owner text NOT NULL CHECK (owner IN ('organisation', 'person')),
    version integer NOT NULL,
    recorded_at timestamptz NOT NULL,
    recorded_by uuid REFERENCES people (id),
    body jsonb NOT NULL
);

CREATE TABLE calendar_feeds (
    hash text NOT NULL PRIMARY KEY,
    person_id uuid NOT NULL REFERENCES people (id),
    created_at timestamptz NOT NULL,
    revoked_at timestamptz
);

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
DROP INDEX meeting_requests_one_open;
CREATE UNIQUE INDEX meeting_requests_one_open ON meeting_requests (pair_low, pair_high, programme_id, purpose)
    WHERE state IN ('awaiting_staff', 'returned', 'awaiting_counterpart', 'accepted', 'scheduled');
