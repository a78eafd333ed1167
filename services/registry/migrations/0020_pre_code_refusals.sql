-- A record shows that its code was refused, and why. `code_version` is the version of coding's newest event about it:
-- the three kinds of events come by queues of their own, and an older one changes nothing.
CREATE FUNCTION add_code_refusals(kind text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    -- Its name is not the same for every kind: a table was once renamed.
    former text := (
        SELECT conname FROM pg_constraint
        WHERE conrelid = kind::regclass AND contype = 'c' AND pg_get_constraintdef(oid) LIKE '%awaiting-agreement%'
    );
BEGIN
    EXECUTE format($ddl$
        ALTER TABLE %1$I
            ADD COLUMN code_version bigint NOT NULL DEFAULT 0,
            ADD COLUMN code_refusal jsonb,
            DROP CONSTRAINT %2$I,
            -- Not validated: what the former constraint let in, this one lets in.
            ADD CHECK (code_state IN ('none', 'awaiting-agreement', 'refused', 'assigned')) NOT VALID,
            ADD CHECK ((code_state = 'refused') = (code_refusal IS NOT NULL)) NOT VALID;
        CREATE INDEX ON %1$I (record_id) WHERE code_state = 'refused';
    $ddl$, kind, former);
END
$$;

ALTER FUNCTION make_record_tables(text) RENAME TO make_record_tables_without_code_refusals;
CREATE FUNCTION make_record_tables(kind text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM make_record_tables_without_code_refusals(kind);
    PERFORM add_code_refusals(kind);
END
$$;

SELECT add_code_refusals(kind)
FROM unnest(ARRAY['institution', 'pharmacy', 'institution_number_change', 'pharmacy_number_change']) AS kind;
