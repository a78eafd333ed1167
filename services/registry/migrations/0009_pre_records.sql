-- The tables of a kind of reviewed record. Each kind has tables of its own: statistics, indexes and vacuum follow its
-- size and its traffic, and no key begins with a kind.
--
-- <kind>           the record: life, where its submission stands, what lists show. It is written at every step of a
--                  review, so it is narrow, and half of each page is free for the next version of its rows.
-- <kind>_copy      the working copy, written when somebody edits
-- <kind>_snapshot  what was submitted, one row for each submission; never changed. One of them is in force.
-- <kind>_identity  by what a record is told from every other; one that was in force stays the record's for ever
-- <kind>_search    what a search looks through
--
-- `provider_id` is the institution or pharmacy whose maintainers maintain the record: itself, or the one it belongs to.
-- `event_version` is the version of the record's last event. Private values are encrypted within the JSON.
CREATE FUNCTION make_record_tables(kind text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format($ddl$
        CREATE TABLE %1$I (
            record_id           uuid PRIMARY KEY,
            provider_id         uuid        NOT NULL,
            version             bigint      NOT NULL,
            event_version       bigint      NOT NULL,
            life                text        NOT NULL CHECK (life IN ('draft', 'in-force', 'archived')),
            name                text        NOT NULL,
            region              text        NOT NULL,
            numbers             jsonb       NOT NULL,
            in_force_submission integer,
            in_force_at         timestamptz,
            in_force_region     text,
            code                text UNIQUE,
            code_state          text        NOT NULL DEFAULT 'none'
                                CHECK (code_state IN ('none', 'awaiting-agreement', 'assigned')),
            state               text        NOT NULL,
            submission          integer     NOT NULL,
            decided             boolean     NOT NULL,
            case_version        bigint      NOT NULL,
            level               text,
            unit_name           text,
            since               timestamptz,
            added_by            uuid        NOT NULL,
            added_at            timestamptz NOT NULL,
            CHECK ((life = 'draft') = (in_force_submission IS NULL)),
            CHECK ((code IS NOT NULL) = (code_state = 'assigned'))
        ) WITH (fillfactor = 50);
        CREATE INDEX ON %1$I (added_by, record_id);
        CREATE INDEX ON %1$I (provider_id, record_id);

        CREATE TABLE %2$I (
            record_id   uuid PRIMARY KEY REFERENCES %1$I,
            values      jsonb NOT NULL,
            attachments jsonb NOT NULL
        ) WITH (toast_tuple_target = 4096);

        CREATE TABLE %3$I (
            record_id    uuid        NOT NULL REFERENCES %1$I,
            submission   integer     NOT NULL,
            form_edition text        NOT NULL,
            submitted_at timestamptz NOT NULL,
            values       jsonb       NOT NULL,
            attachments  jsonb       NOT NULL,
            PRIMARY KEY (record_id, submission)
        ) WITH (toast_tuple_target = 4096);

        CREATE TABLE %4$I (
            identity  text PRIMARY KEY,
            record_id uuid    NOT NULL,
            in_force  boolean NOT NULL DEFAULT false
        );
        CREATE INDEX ON %4$I (record_id);

        CREATE TABLE %5$I (
            record_id uuid PRIMARY KEY REFERENCES %1$I,
            region    text   NOT NULL,
            searched  text   NOT NULL,
            grams     text[] NOT NULL
        );
        CREATE INDEX ON %5$I USING gin (grams);
        CREATE INDEX ON %5$I (region, record_id);
    $ddl$, kind, kind || '_copy', kind || '_snapshot', kind || '_identity', kind || '_search');
END
$$;

ALTER TABLE institution RENAME TO institution_before;
ALTER INDEX institution_pkey RENAME TO institution_before_pkey;
ALTER TABLE institution_identity RENAME TO institution_identity_before;
ALTER INDEX institution_identity_pkey RENAME TO institution_identity_before_pkey;
SELECT make_record_tables('institution');

INSERT INTO institution
SELECT institution_id, institution_id, version, told, CASE WHEN approved IS NULL THEN 'draft' ELSE 'in-force' END,
       name, region, jsonb_build_object('uscc', uscc, 'licence_number', licence_number),
       (approved ->> 'submission')::integer, approved_at, approved_region, code, code_state,
       state, submission, state <> 'draft', case_version, level, unit_name, since, added_by, added_at
FROM institution_before;
INSERT INTO institution_copy SELECT institution_id, details, attachments FROM institution_before;
INSERT INTO institution_snapshot
SELECT DISTINCT ON (institution_id, submitted ->> 'submission')
       institution_id, (submitted ->> 'submission')::integer, '1', coalesce(since, added_at),
       submitted -> 'details', submitted -> 'attachments'
FROM institution_before CROSS JOIN unnest(ARRAY[filed, approved]) AS submitted WHERE submitted IS NOT NULL;
INSERT INTO institution_identity
SELECT identity, institution_id, approved IS NOT NULL
FROM institution_identity_before JOIN institution_before USING (institution_id);
INSERT INTO institution_search SELECT institution_id, region, searched, grams FROM institution_before;
DROP TABLE institution_before, institution_identity_before;

ALTER TABLE account ADD COLUMN decided boolean NOT NULL DEFAULT true;
ALTER TABLE authorisation ADD COLUMN decided boolean NOT NULL DEFAULT true;
ALTER TABLE authorisation RENAME COLUMN told TO event_version;
ALTER TABLE maintainer RENAME COLUMN institution_id TO provider_id;
DROP INDEX maintainer_institution_scope;
-- One account at a time maintains the provider's own record (ACC-4).
CREATE UNIQUE INDEX maintainer_exclusive_scope ON maintainer (provider_id, scope)
    WHERE scope IN ('institution', 'pharmacy');
