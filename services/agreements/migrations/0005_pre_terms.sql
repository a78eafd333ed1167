-- The terms are the values of the agreement's form, which alone names them. Nothing has been released yet: the
-- columns go at once. Days are YYYY-MM-DD, which compare as texts.
ALTER TABLE agreement ADD COLUMN terms jsonb;
UPDATE agreement SET terms = jsonb_strip_nulls(jsonb_build_object(
    'agreement_type', agreement_type, 'name', name, 'sign_year', sign_year, 'signed_on', signed_on,
    'begins_on', begins_on, 'ends_on', ends_on, 'charging_level', charging_level,
    'service_objects', service_objects, 'service_scope', service_scope, 'memo', nullif(memo, '')
));
ALTER TABLE agreement
    ALTER COLUMN terms SET NOT NULL,
    ADD CHECK (terms ->> 'ends_on' >= terms ->> 'begins_on'),
    DROP COLUMN agreement_type, DROP COLUMN name, DROP COLUMN sign_year, DROP COLUMN signed_on,
    DROP COLUMN begins_on, DROP COLUMN ends_on, DROP COLUMN charging_level, DROP COLUMN service_objects,
    DROP COLUMN service_scope, DROP COLUMN memo;
