-- Answer links are sent by mail: a delivery has a link as its recipient too, and a link knows how often it was sent.
-- Twin of ../../sqlite/2026-11-25-500001_answer_letters/up.sql; a test compares the two.

ALTER TABLE answer_links ADD COLUMN mails integer NOT NULL DEFAULT 0;
ALTER TABLE answer_links ADD COLUMN mailed_at timestamptz;

ALTER TABLE deliveries ADD COLUMN answer_link_id uuid REFERENCES answer_links (id);
ALTER TABLE deliveries DROP CONSTRAINT deliveries_one_recipient;
ALTER TABLE deliveries ADD CONSTRAINT deliveries_one_recipient CHECK ((CASE WHEN webhook_id IS NULL THEN 0 ELSE 1 END) + (CASE WHEN person_id IS NULL THEN 0 ELSE 1 END) + (CASE WHEN answer_link_id IS NULL THEN 0 ELSE 1 END) = 1);

DROP INDEX deliveries_to_person;
CREATE INDEX deliveries_by_mail ON deliveries (next_at) WHERE state = 'waiting' AND webhook_id IS NULL;
CREATE UNIQUE INDEX deliveries_once_per_answer_link ON deliveries (answer_link_id, outbox_seq) WHERE answer_link_id IS NOT NULL;
