-- What was scheduled or held is accepted again, without its time.
DROP TABLE calendar_feeds;
DROP TABLE availability;
DROP TABLE occupied;
DROP TABLE participants;
DROP TABLE offers;
DROP TABLE slot_ticks;
DROP TABLE slots;
DROP INDEX meeting_requests_one_open;
ALTER TABLE meeting_requests
    DROP COLUMN revision,
    DROP COLUMN from_tick,
    DROP COLUMN until_tick,
    DROP COLUMN place_id,
    DROP COLUMN venue,
    DROP COLUMN requester_presence,
    DROP COLUMN counterpart_presence;
UPDATE meeting_requests SET state = 'accepted' WHERE state IN ('scheduled', 'held');
ALTER TABLE meeting_requests
    DROP CONSTRAINT meeting_requests_state_check,
    ADD CONSTRAINT meeting_requests_state_check CHECK (state IN ('awaiting_staff', 'returned', 'awaiting_counterpart', 'accepted', 'rejected', 'declined', 'withdrawn', 'expired', 'cancelled')),
    DROP CONSTRAINT meeting_requests_approved_first,
    ADD CONSTRAINT meeting_requests_approved_first CHECK (state NOT IN ('awaiting_counterpart', 'accepted') OR approved_by IS NOT NULL OR approved_by_policy IS NOT NULL),
    DROP CONSTRAINT meeting_requests_accepted_by_somebody,
    ADD CONSTRAINT meeting_requests_accepted_by_somebody CHECK (state <> 'accepted' OR (accepted_by IS NOT NULL AND to_person IS NOT NULL));
DROP TABLE places;
CREATE UNIQUE INDEX meeting_requests_one_open ON meeting_requests (pair_low, pair_high, programme_id, purpose)
    WHERE state IN ('awaiting_staff', 'returned', 'awaiting_counterpart', 'accepted');
