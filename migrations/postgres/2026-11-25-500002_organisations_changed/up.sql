-- When an organisation, or a document of it, last changed: for other systems that ask for what changed since.
-- Twin of ../../sqlite/2026-11-25-500002_organisations_changed/up.sql; a test compares the two.

ALTER TABLE organisations ADD COLUMN changed_at timestamptz NOT NULL DEFAULT '1970-01-01T00:00:00Z';
UPDATE organisations SET changed_at = COALESCE(
    (SELECT max(document_versions.recorded_at) FROM document_versions
        JOIN documents ON documents.id = document_versions.document_id
        WHERE documents.organisation_id = organisations.id),
    created_at);
