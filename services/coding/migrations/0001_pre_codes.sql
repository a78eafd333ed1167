-- A bearer is a record that bears, or may come to bear, a code. Approval and agreement each write to its row,
-- so that whichever comes second sees the first, in whatever order their events arrive.
CREATE TABLE bearer (
    subject_id       uuid PRIMARY KEY,
    version          bigint  NOT NULL DEFAULT 0,
    identity         text,
    name             text,
    region           text,
    institution_type text,
    agreed           boolean NOT NULL DEFAULT false,
    awaited          boolean NOT NULL DEFAULT false,
    code             text
);

-- Codes are never deleted and never change hands: the same name and numbers get the same code (COD-1).
CREATE TABLE code (
    code        text PRIMARY KEY,
    kind        text        NOT NULL,
    identity    text        NOT NULL,
    subject_id  uuid        NOT NULL,
    name        text        NOT NULL,
    region      text        NOT NULL,
    assigned_at timestamptz NOT NULL,
    UNIQUE (kind, identity)
);
CREATE INDEX code_subject ON code (subject_id);

-- Serial numbers run within a prefecture, without gaps: the row is locked until the codes are committed.
CREATE TABLE counter (
    prefix     text   NOT NULL,
    prefecture text   NOT NULL,
    last       bigint NOT NULL,
    PRIMARY KEY (prefix, prefecture)
);

-- For types of institution beginning with these characters; the longest that fits counts, '' is the default.
CREATE TABLE policy (
    institution_type text PRIMARY KEY,
    moment           text        NOT NULL CHECK (moment IN ('approval', 'agreement')),
    version          bigint      NOT NULL DEFAULT 1,
    changed_at       timestamptz NOT NULL DEFAULT now()
);
INSERT INTO policy (institution_type, moment) VALUES ('', 'approval');
