-- What was filed is kept as the values of a form; labels and names of codes are in the form's description.
ALTER TABLE filing ADD COLUMN form_edition text NOT NULL DEFAULT '1', ADD COLUMN values jsonb NOT NULL DEFAULT '{}';
UPDATE filing SET values = coalesce(
    (SELECT jsonb_object_agg(one ->> 'field', one -> 'value') FROM jsonb_array_elements(fields) AS one), '{}'
);
ALTER TABLE filing ALTER COLUMN form_edition DROP DEFAULT, ALTER COLUMN values DROP DEFAULT, DROP COLUMN fields;
