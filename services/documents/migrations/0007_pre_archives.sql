-- A zip archive of papers: its own file is needed until it is unpacked.
CREATE TABLE archive (
    archive_id  uuid PRIMARY KEY,
    owner       uuid        NOT NULL,
    name        text        NOT NULL,
    sha256      text        NOT NULL CHECK (sha256 ~ '^[0-9a-f]{64}$'),
    size        bigint      NOT NULL,
    files       integer     NOT NULL,
    job_id      uuid        NOT NULL,
    received_at timestamptz NOT NULL,
    unpacked_at timestamptz,
    -- The same bytes of the same account are one archive, unpacked once.
    UNIQUE (owner, sha256)
);
CREATE INDEX archive_unpacked ON archive (unpacked_at);
CREATE INDEX archive_packed ON archive (sha256) WHERE unpacked_at IS NULL;

-- Each file of an archive, and what became of it: a document, a refusal, or nothing yet.
CREATE TABLE archive_entry (
    archive_id  uuid    NOT NULL REFERENCES archive ON DELETE CASCADE,
    number      integer NOT NULL,
    entry       jsonb   NOT NULL,
    document_id uuid,
    problem     jsonb,
    PRIMARY KEY (archive_id, number),
    CHECK (document_id IS NULL OR problem IS NULL)
);
CREATE INDEX archive_entry_waiting ON archive_entry (archive_id, number)
    WHERE document_id IS NULL AND problem IS NULL;
