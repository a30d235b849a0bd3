-- Scorecards as they were put here, which of them is in force where since when, and how often each organisation is listed.
-- Twin of ../../sqlite/2026-11-25-100001_scorecards/up.sql; a test compares the two.

-- A card's text as it was put; its content is in scorecards.
CREATE TABLE scorecard_texts (
    card_hash text NOT NULL PRIMARY KEY REFERENCES scorecards (hash),
    content text NOT NULL,
    note text,
    put_by uuid REFERENCES people (id),
    put_at timestamptz NOT NULL
);

-- The highest number of a programme counts. Without a card the hub's is in force, for the hub the one that ships.
CREATE TABLE scorecard_activations (
    programme_id uuid NOT NULL REFERENCES programmes (id),
    number integer NOT NULL,
    card_hash text REFERENCES scorecard_texts (card_hash),
    note text,
    activated_by uuid REFERENCES people (id),
    activated_at timestamptz NOT NULL,
    PRIMARY KEY (programme_id, number),
    CONSTRAINT scorecard_activations_number CHECK (number >= 1)
);

-- Levels by organisation, counted once a day.
CREATE TABLE exposures (
    as_of text NOT NULL PRIMARY KEY,
    levels jsonb NOT NULL,
    card_hash text NOT NULL,
    counted_at timestamptz NOT NULL
);

CREATE FUNCTION scorecards_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'scorecards are append-only' USING ERRCODE = 'check_violation', CONSTRAINT = 'scorecards_append_only';
END
$$;

CREATE TRIGGER scorecard_texts_append_only BEFORE UPDATE OR DELETE ON scorecard_texts
    FOR EACH ROW EXECUTE FUNCTION scorecards_append_only();
CREATE TRIGGER scorecard_activations_append_only BEFORE UPDATE OR DELETE ON scorecard_activations
    FOR EACH ROW EXECUTE FUNCTION scorecards_append_only();
CREATE TRIGGER exposures_append_only BEFORE UPDATE OR DELETE ON exposures
    FOR EACH ROW EXECUTE FUNCTION scorecards_append_only();
