DROP TABLE delivery_attempts;
DROP TABLE deliveries;
DROP TABLE webhooks;
DROP TABLE notice_settings;
DROP INDEX outbox_unrouted;
ALTER TABLE outbox DROP COLUMN routed_at;
