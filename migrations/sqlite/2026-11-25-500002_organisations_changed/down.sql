ALTER TABLE organisations DROP COLUMN changed_at;
