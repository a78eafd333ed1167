-- Which documents the working copy of a record refers to, as the registry has told: the full state.
CREATE TABLE working_attachments (
    subject_id   uuid PRIMARY KEY,
    version      bigint NOT NULL,
    document_ids uuid[] NOT NULL
);
CREATE INDEX working_attachments_documents ON working_attachments USING gin (document_ids);

CREATE INDEX document_kept_at ON document (kept_at, document_id);
CREATE INDEX document_sha256 ON document (sha256);
CREATE INDEX letter_document ON letter (document_id);

-- Files whose document was removed; the file itself goes a day later, unless the same bytes came again.
CREATE TABLE orphan_file (
    sha256     text PRIMARY KEY,
    removed_at timestamptz NOT NULL
);
