-- Archived providers (INS-5). Their records, staff and applications, are archived with them from the same instant on:
-- readers look here, while a job writes it into the records.
CREATE TABLE archived_provider (
    provider_id uuid PRIMARY KEY,
    at          timestamptz NOT NULL,
    reason      text        NOT NULL,
    unit_name   text        NOT NULL
);

-- What was never approved is archived too, with the provider that it belongs to.
CREATE FUNCTION let_drafts_be_archived(kind text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    former text := (
        SELECT conname FROM pg_constraint
        WHERE conrelid = kind::regclass AND contype = 'c'
          AND pg_get_constraintdef(oid) LIKE '%in_force_submission IS NULL%'
    );
BEGIN
    EXECUTE format($ddl$
        ALTER TABLE %1$I
            DROP CONSTRAINT %2$I,
            -- Not validated: what the former constraint let in, this one lets in.
            ADD CHECK (life = 'archived' OR (life = 'draft') = (in_force_submission IS NULL)) NOT VALID;
    $ddl$, kind, former);
END
$$;

ALTER FUNCTION make_record_tables(text) RENAME TO make_record_tables_without_archived_drafts;
CREATE FUNCTION make_record_tables(kind text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM make_record_tables_without_archived_drafts(kind);
    PERFORM let_drafts_be_archived(kind);
END
$$;

SELECT let_drafts_be_archived(kind) FROM unnest(ARRAY[
    'institution', 'pharmacy', 'institution_number_change', 'pharmacy_number_change', 'physician', 'nurse', 'pharmacist'
]) AS kind;
