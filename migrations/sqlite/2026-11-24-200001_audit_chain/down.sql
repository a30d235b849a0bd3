DROP TRIGGER audit_delete_append_only;
DROP TRIGGER audit_update_append_only;
DROP TRIGGER audit_insert_append_only;
DROP INDEX audit_unsealed;
DROP INDEX audit_no_fork;
DROP INDEX audit_position;
ALTER TABLE audit DROP COLUMN seal;
ALTER TABLE audit DROP COLUMN previous_seal;
ALTER TABLE audit DROP COLUMN position;
