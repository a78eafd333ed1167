-- Who can sign with whom, as other services tell it. Each fact keeps the version of the event that brought it,
-- since the events come in any order and an older one overwrites nothing.
CREATE TABLE agency (
    unit_id  uuid PRIMARY KEY,
    version  bigint NOT NULL,
    name     text   NOT NULL,
    compared text   NOT NULL,
    region   text   NOT NULL,
    level    text   NOT NULL
);
CREATE INDEX agency_region ON agency (region, unit_id);

-- Version 0 is an institution whose code came before its approval. `pairs` are the pairs of neighbouring
-- characters of the compared name: a part of a name is found among millions without reading them all.
CREATE TABLE institution (
    institution_id uuid PRIMARY KEY,
    version        bigint NOT NULL DEFAULT 0,
    name           text,
    compared       text,
    pairs          text[],
    region         text,
    code           text
);
CREATE INDEX institution_pairs ON institution USING gin (pairs);

CREATE TABLE maintainer (
    institution_id uuid PRIMARY KEY,
    version        bigint NOT NULL,
    account_id     uuid   NOT NULL
);
CREATE INDEX maintainer_account ON maintainer (account_id, institution_id);

-- `version` grows with each change that a party makes and is what they see; `told` counts the events of the
-- agreement, which the library's runs add to as well.
CREATE TABLE agreement (
    agreement_id    uuid PRIMARY KEY,
    version         bigint      NOT NULL,
    told            bigint      NOT NULL,
    state           text        NOT NULL CHECK (state IN ('to_confirm', 'confirmed', 'terminated')),
    institution_id  uuid        NOT NULL REFERENCES institution,
    agency_id       uuid        NOT NULL REFERENCES agency,
    by_agency       boolean     NOT NULL,
    agreement_type  text        NOT NULL,
    name            text        NOT NULL,
    sign_year       integer     NOT NULL,
    signed_on       date        NOT NULL,
    begins_on       date        NOT NULL,
    ends_on         date        NOT NULL,
    charging_level  text,
    service_objects text[]      NOT NULL,
    service_scope   text[]      NOT NULL,
    memo            text        NOT NULL,
    document_id     uuid        NOT NULL,
    document_name   text        NOT NULL,
    document_pages  integer     NOT NULL,
    added_at        timestamptz NOT NULL,
    changed_at      timestamptz NOT NULL,
    entered_version bigint      NOT NULL DEFAULT 0,
    entered_at      timestamptz,
    entry           bigint,
    CHECK (ends_on >= begins_on),
    CHECK (entered_version <= version)
);
CREATE INDEX agreement_agency ON agreement (agency_id, agreement_id DESC);
CREATE INDEX agreement_agency_state ON agreement (agency_id, state, agreement_id DESC);
CREATE INDEX agreement_institution ON agreement (institution_id, agreement_id DESC);
-- What the next run has to look at, and nothing else: its work does not grow with the table.
CREATE INDEX agreement_due ON agreement (agreement_id)
    WHERE entered_version < version AND (state = 'confirmed' OR (state = 'terminated' AND entered_version > 0));

-- A run is open until it has passed all that was due when it began. One is open at a time, and whoever works
-- on it locks its row: that is all that replicas need to agree on.
CREATE TABLE library_run (
    run_id      uuid PRIMARY KEY,
    started_at  timestamptz NOT NULL,
    reached     uuid        NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000',
    entered     bigint      NOT NULL DEFAULT 0,
    finished_at timestamptz
);
CREATE UNIQUE INDEX library_run_open ON library_run ((finished_at IS NULL)) WHERE finished_at IS NULL;
CREATE INDEX library_run_started ON library_run (started_at);

-- The official library: entries are numbered without gaps and never changed; an agreement's last one counts.
CREATE TABLE library_entry (
    entry        bigint PRIMARY KEY,
    agreement_id uuid        NOT NULL REFERENCES agreement,
    version      bigint      NOT NULL,
    withdrawn    boolean     NOT NULL,
    data         jsonb       NOT NULL,
    run_id       uuid        NOT NULL,
    entered_at   timestamptz NOT NULL,
    UNIQUE (agreement_id, version)
);
