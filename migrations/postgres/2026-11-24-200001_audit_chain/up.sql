-- The audit log is one chain: each row is sealed with what the row before it was sealed with. Sealed rows stay as they are.
-- Twin of ../../sqlite/2026-11-24-200001_audit_chain/up.sql; a test compares the two.

ALTER TABLE audit ADD COLUMN position bigint;
ALTER TABLE audit ADD COLUMN previous_seal text;
ALTER TABLE audit ADD COLUMN seal text;

CREATE UNIQUE INDEX audit_position ON audit (position) WHERE position IS NOT NULL;
-- No row has two successors: the chain cannot fork.
CREATE UNIQUE INDEX audit_no_fork ON audit (previous_seal) WHERE previous_seal IS NOT NULL;
CREATE INDEX audit_unsealed ON audit (seq) WHERE seal IS NULL;

CREATE FUNCTION audit_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.position IS NULL AND NEW.previous_seal IS NULL AND NEW.seal IS NULL THEN
            RETURN NEW;
        END IF;
    ELSIF TG_OP = 'UPDATE' THEN
        IF OLD.seal IS NULL AND NEW.position IS NOT NULL AND NEW.previous_seal IS NOT NULL AND NEW.seal IS NOT NULL
            AND (NEW.seq, NEW.at, NEW.person_id, NEW.party, NEW.action, NEW.noun, NEW.subject_id, NEW.version, NEW.detail)
                IS NOT DISTINCT FROM
                (OLD.seq, OLD.at, OLD.person_id, OLD.party, OLD.action, OLD.noun, OLD.subject_id, OLD.version, OLD.detail)
        THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'the audit log is append-only' USING ERRCODE = 'check_violation', CONSTRAINT = 'audit_append_only';
END
$$;

CREATE TRIGGER audit_append_only BEFORE INSERT OR UPDATE OR DELETE ON audit
    FOR EACH ROW EXECUTE FUNCTION audit_append_only();
CREATE TRIGGER audit_never_emptied BEFORE TRUNCATE ON audit
    FOR EACH STATEMENT EXECUTE FUNCTION audit_append_only();
