-- The units that review, each at the seat of its region; filled from the registry's events.
CREATE TABLE unit (
    unit_id uuid PRIMARY KEY,
    version bigint NOT NULL,
    seat    text   NOT NULL UNIQUE,
    name    text   NOT NULL
);

-- Pairs and single characters of a title, so that any part of it is found through an index.
CREATE FUNCTION grams_of(searched text) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT coalesce(array_agg(DISTINCT gram), '{}')
    FROM generate_series(1, length(searched)) AS place,
         LATERAL (VALUES (substr(searched, place, 1)), (substr(searched, place, 2))) AS part (gram)
$$;

-- One case for each subject, through all its filings; `unit_id` holds it, or was the last that did.
CREATE TABLE review_case (
    case_id             uuid PRIMARY KEY,
    kind                text        NOT NULL,
    subject_id          uuid        NOT NULL,
    version             bigint      NOT NULL,
    submission          integer     NOT NULL,
    title               text        NOT NULL,
    searched            text        NOT NULL,
    grams               text[]      GENERATED ALWAYS AS (grams_of(searched)) STORED,
    region              text        NOT NULL,
    nation_only         boolean     NOT NULL,
    stage               text        NOT NULL CHECK (stage IN ('under_review', 'returned', 'approved')),
    unit_id             uuid        NOT NULL,
    since               timestamptz NOT NULL,
    filed_by            uuid        NOT NULL,
    filed_by_name       text        NOT NULL,
    return_requested_at timestamptz,
    UNIQUE (subject_id, kind)
) WITH (fillfactor = 80);
CREATE INDEX review_case_grams ON review_case USING gin (grams);

-- What was filed, round by round.
CREATE TABLE filing (
    case_id     uuid        NOT NULL,
    submission  integer     NOT NULL,
    filed_at    timestamptz NOT NULL,
    fields      jsonb       NOT NULL,
    attachments jsonb       NOT NULL,
    PRIMARY KEY (case_id, submission)
);

-- The time line: the step that led to each version of a case.
CREATE TABLE step (
    case_id    uuid        NOT NULL,
    version    bigint      NOT NULL,
    submission integer     NOT NULL,
    at         timestamptz NOT NULL,
    what       text        NOT NULL,
    unit_id    uuid        NOT NULL,
    unit_name  text        NOT NULL,
    level      text        NOT NULL,
    by_id      uuid        NOT NULL,
    by_name    text        NOT NULL,
    note       text        NOT NULL,
    reasons    jsonb       NOT NULL,
    PRIMARY KEY (case_id, version)
);

-- How each unit that received a case stands to it; exactly one row for both together.
CREATE TABLE standing (
    case_id  uuid        NOT NULL,
    unit_id  uuid        NOT NULL,
    kind     text        NOT NULL,
    state    text        NOT NULL CHECK (state IN ('to_do', 'reported', 'returned')),
    since    timestamptz NOT NULL,
    finished boolean     NOT NULL CHECK (state = 'reported' OR NOT finished),
    PRIMARY KEY (case_id, unit_id)
);
CREATE INDEX standing_by_state ON standing (unit_id, state, since, case_id);
CREATE INDEX standing_by_kind ON standing (unit_id, kind, state, since, case_id);
CREATE INDEX standing_finished ON standing (unit_id, since, case_id) WHERE finished;
CREATE INDEX standing_finished_by_kind ON standing (unit_id, kind, since, case_id) WHERE finished;

-- How many standings a unit has in each state: kept in the transaction that changes them, never counted.
-- A case always counts in the same shard, so that the nation's reviewers do not wait for one row.
CREATE TABLE tally (
    unit_id  uuid     NOT NULL,
    kind     text     NOT NULL,
    shard    smallint NOT NULL,
    received bigint   NOT NULL,
    to_do    bigint   NOT NULL,
    reported bigint   NOT NULL,
    returned bigint   NOT NULL,
    finished bigint   NOT NULL,
    PRIMARY KEY (unit_id, kind, shard),
    CONSTRAINT counts_add_up CHECK (received = to_do + reported + returned)
) WITH (fillfactor = 50);
