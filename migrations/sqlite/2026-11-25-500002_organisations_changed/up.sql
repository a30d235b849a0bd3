-- When an organisation, or a document of it, last changed: for other systems that ask for what changed since.
-- Twin of ../../postgres/2026-11-25-500002_organisations_changed/up.sql; a test compares the two.

ALTER TABLE organisations ADD COLUMN changed_at INTEGER NOT NULL DEFAULT 0;
UPDATE organisations SET changed_at = COALESCE(
    (SELECT max(document_versions.recorded_at) FROM document_versions
        JOIN documents ON documents.id = document_versions.document_id
        WHERE documents.organisation_id = organisations.id),
    created_at);
