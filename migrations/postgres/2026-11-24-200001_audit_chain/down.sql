DROP TRIGGER audit_never_emptied ON audit;
DROP TRIGGER audit_append_only ON audit;
DROP FUNCTION audit_append_only();
DROP INDEX audit_unsealed;
DROP INDEX audit_no_fork;
DROP INDEX audit_position;
ALTER TABLE audit DROP COLUMN seal;
ALTER TABLE audit DROP COLUMN previous_seal;
ALTER TABLE audit DROP COLUMN position;
