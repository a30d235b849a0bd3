-- Scorecards as they were put here, which of them is in force where since when, and how often each organisation is listed.
-- Twin of ../../postgres/2026-11-25-100001_scorecards/up.sql; a test compares the two.

-- A card's text as it was put; its content is in scorecards.
CREATE TABLE scorecard_texts (
    card_hash TEXT NOT NULL PRIMARY KEY REFERENCES scorecards (hash),
    content TEXT NOT NULL,
    note TEXT,
    put_by TEXT REFERENCES people (id),
    put_at INTEGER NOT NULL
) STRICT;

-- The highest number of a programme counts. Without a card the hub's is in force, for the hub the one that ships.
CREATE TABLE scorecard_activations (
    programme_id TEXT NOT NULL REFERENCES programmes (id),
    number INTEGER NOT NULL,
    card_hash TEXT REFERENCES scorecard_texts (card_hash),
    note TEXT,
    activated_by TEXT REFERENCES people (id),
    activated_at INTEGER NOT NULL,
    PRIMARY KEY (programme_id, number),
    CONSTRAINT scorecard_activations_number CHECK (number >= 1)
) STRICT;

-- Levels by organisation, counted once a day.
CREATE TABLE exposures (
    as_of TEXT NOT NULL PRIMARY KEY,
    levels TEXT NOT NULL CHECK (json_valid(levels)),
    card_hash TEXT NOT NULL,
    counted_at INTEGER NOT NULL
) STRICT;

CREATE TRIGGER scorecard_texts_no_update BEFORE UPDATE ON scorecard_texts
BEGIN
    SELECT RAISE(ABORT, 'CHECK constraint failed: scorecards_append_only');
END;
CREATE TRIGGER scorecard_texts_no_delete BEFORE DELETE ON scorecard_texts
BEGIN
    SELECT RAISE(ABORT, 'CHECK constraint failed: scorecards_append_only');
END;
CREATE TRIGGER scorecard_activations_no_update BEFORE UPDATE ON scorecard_activations
BEGIN
    SELECT RAISE(ABORT, 'CHECK constraint failed: scorecards_append_only');
END;
CREATE TRIGGER scorecard_activations_no_delete BEFORE DELETE ON scorecard_activations
BEGIN
    SELECT RAISE(ABORT, 'CHECK constraint failed: scorecards_append_only');
END;
CREATE TRIGGER exposures_no_update BEFORE UPDATE ON exposures
BEGIN
    SELECT RAISE(ABORT, 'CHECK constraint failed: scorecards_append_only');
END;
CREATE TRIGGER exposures_no_delete BEFORE DELETE ON exposures
BEGIN
    SELECT RAISE(ABORT, 'CHECK constraint failed: scorecards_append_only');
END;
