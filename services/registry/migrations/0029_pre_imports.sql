-- An import of a workbook, and its rows while they are checked, written and mended. Cells are encrypted: they bear ID
-- numbers. Once a row is written its values are in the record alone.
CREATE TABLE import (
    import_id   uuid PRIMARY KEY,
    kind        text        NOT NULL,
    account_id  uuid        NOT NULL,
    provider_id uuid,
    digest      bytea       NOT NULL,
    file_name   text        NOT NULL,
    mode        text        NOT NULL CHECK (mode IN ('all', 'good-rows')),
    existing    text        NOT NULL CHECK (existing IN ('refuse', 'change')),
    state       text        NOT NULL CHECK (state IN ('checking', 'refused', 'applied')),
    columns     jsonb       NOT NULL,
    header_row  integer     NOT NULL,
    ignored     jsonb       NOT NULL,
    rows        integer     NOT NULL,
    wrong       integer     NOT NULL,
    applied     integer     NOT NULL,
    added_at    timestamptz NOT NULL,
    job_id      uuid
);
-- Uploading the same file twice changes nothing (IMP-4); one that was refused is tried again.
CREATE UNIQUE INDEX import_same_file
    ON import (account_id, kind, coalesce(provider_id, account_id), digest, mode, existing)
    WHERE state <> 'refused';
CREATE INDEX ON import (added_at);

CREATE TABLE import_row (
    import_id uuid    NOT NULL REFERENCES import,
    number    integer NOT NULL,
    cells     bytea   NOT NULL,
    values    jsonb,
    problems  jsonb   NOT NULL DEFAULT '[]',
    identity  text,
    record_id uuid,
    PRIMARY KEY (import_id, number)
);
CREATE INDEX ON import_row (import_id, identity);
