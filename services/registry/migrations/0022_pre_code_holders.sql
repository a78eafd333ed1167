-- Whose code a record shows: its own, or that of the practitioner who practises at several providers (COD-5).
CREATE FUNCTION add_code_holders(kind text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format($ddl$
        ALTER TABLE %1$I ADD COLUMN code_holder_id uuid;
        UPDATE %1$I SET code_holder_id = record_id;
        ALTER TABLE %1$I ALTER COLUMN code_holder_id SET NOT NULL;
        CREATE INDEX ON %1$I (code_holder_id);
    $ddl$, kind);
END
$$;

ALTER FUNCTION make_record_tables(text) RENAME TO make_record_tables_without_code_holders;
CREATE FUNCTION make_record_tables(kind text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM make_record_tables_without_code_holders(kind);
    PERFORM add_code_holders(kind);
END
$$;

SELECT add_code_holders(kind)
FROM unnest(ARRAY['institution', 'pharmacy', 'institution_number_change', 'pharmacy_number_change']) AS kind;
