-- The audit log is one chain: each row is sealed with what the row before it was sealed with. Sealed rows stay as they are.
-- Twin of ../../postgres/2026-11-24-200001_audit_chain/up.sql; a test compares the two.

ALTER TABLE audit ADD COLUMN position INTEGER;
ALTER TABLE audit ADD COLUMN previous_seal TEXT;
ALTER TABLE audit ADD COLUMN seal TEXT;

CREATE UNIQUE INDEX audit_position ON audit (position) WHERE position IS NOT NULL;
-- No row has two successors: the chain cannot fork.
CREATE UNIQUE INDEX audit_no_fork ON audit (previous_seal) WHERE previous_seal IS NOT NULL;
CREATE INDEX audit_unsealed ON audit (seq) WHERE seal IS NULL;

CREATE TRIGGER audit_insert_append_only BEFORE INSERT ON audit
WHEN NEW.position IS NOT NULL OR NEW.previous_seal IS NOT NULL OR NEW.seal IS NOT NULL
BEGIN
    SELECT RAISE(ABORT, 'CHECK constraint failed: audit_append_only');
END;
CREATE TRIGGER audit_update_append_only BEFORE UPDATE ON audit
WHEN OLD.seal IS NOT NULL OR NEW.position IS NULL OR NEW.previous_seal IS NULL OR NEW.seal IS NULL
    OR NEW.seq IS NOT OLD.seq OR NEW.at IS NOT OLD.at OR NEW.person_id IS NOT OLD.person_id OR NEW.party IS NOT OLD.party
    OR NEW.action IS NOT OLD.action OR NEW.noun IS NOT OLD.noun OR NEW.subject_id IS NOT OLD.subject_id
    OR NEW.version IS NOT OLD.version OR NEW.detail IS NOT OLD.detail
BEGIN
    SELECT RAISE(ABORT, 'CHECK constraint failed: audit_append_only');
END;
CREATE TRIGGER audit_delete_append_only BEFORE DELETE ON audit
BEGIN
    SELECT RAISE(ABORT, 'CHECK constraint failed: audit_append_only');
END;
