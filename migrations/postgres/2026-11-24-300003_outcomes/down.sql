DROP TABLE consents;
DROP TABLE outcome_versions;
DROP TABLE outcomes;
DROP TABLE feedback;
