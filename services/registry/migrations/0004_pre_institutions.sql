-- Institutions. `details` and `attachments` are the working copy, `filed` is what lies with the reviewers,
-- `approved` the version in force. `told` is the version of the last event about the institution.
CREATE TABLE institution (
    institution_id  uuid PRIMARY KEY,
    version         bigint      NOT NULL,
    told            bigint      NOT NULL DEFAULT 0,
    details         jsonb       NOT NULL,
    attachments     jsonb       NOT NULL DEFAULT '{}',
    filed           jsonb,
    approved        jsonb,
    approved_at     timestamptz,
    added_by        uuid        NOT NULL,
    added_at        timestamptz NOT NULL,
    code            text,
    code_state      text        NOT NULL DEFAULT 'none' CHECK (code_state IN ('none', 'awaiting-agreement', 'assigned')),
    state           text        NOT NULL,
    submission      integer     NOT NULL,
    case_version    bigint      NOT NULL,
    level           text,
    unit_name       text,
    since           timestamptz,
    searched        text        NOT NULL,
    grams           text[]      NOT NULL,
    name            text        NOT NULL GENERATED ALWAYS AS (details ->> 'name') STORED,
    uscc            text        GENERATED ALWAYS AS (details ->> 'uscc') STORED,
    licence_number  text        GENERATED ALWAYS AS (details ->> 'licence_number') STORED,
    region          text        NOT NULL GENERATED ALWAYS AS (details ->> 'pooling_region') STORED,
    approved_region text        GENERATED ALWAYS AS (approved -> 'details' ->> 'pooling_region') STORED
) WITH (fillfactor = 80);
CREATE INDEX institution_grams ON institution USING gin (grams);
CREATE INDEX institution_region ON institution (region, institution_id);
CREATE INDEX institution_added_by ON institution (added_by, institution_id);

-- Full name, USCC and licence number as they are compared: nobody else can be added with the same three. An
-- institution has that of its working copy, and beside it that of the version in force where they differ.
CREATE TABLE institution_identity (
    identity       text PRIMARY KEY,
    institution_id uuid NOT NULL
);
CREATE INDEX institution_identity_of ON institution_identity (institution_id);

-- What the nation's unit lets in at present.
CREATE TABLE institution_policy (
    kind       text PRIMARY KEY,
    allowed    boolean     NOT NULL,
    changed_at timestamptz NOT NULL DEFAULT now()
);
INSERT INTO institution_policy (kind, allowed) VALUES ('military', false);
