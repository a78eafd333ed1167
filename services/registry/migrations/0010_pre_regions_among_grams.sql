-- A search within a region looks for its token among the grams (r43, r4303, r430302), not in a column.
ALTER FUNCTION make_record_tables(text) RENAME TO make_record_tables_with_search_regions;
CREATE FUNCTION make_record_tables(kind text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM make_record_tables_with_search_regions(kind);
    EXECUTE format('ALTER TABLE %I DROP COLUMN region', kind || '_search');
END
$$;
UPDATE institution_search
SET grams = grams || ARRAY['r' || left(region, 2), 'r' || left(region, 4), 'r' || region];
ALTER TABLE institution_search DROP COLUMN region;
