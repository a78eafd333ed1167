-- An authorisation is about providers: institutions or pharmacies.
ALTER TABLE authorisation RENAME COLUMN institution_ids TO provider_ids;
ALTER TABLE authorisation RENAME COLUMN institutions TO providers;
UPDATE authorisation SET providers = (
    SELECT jsonb_agg((one - 'institution_id')
                     || jsonb_build_object('provider_id', one -> 'institution_id', 'kind', 'institution'))
    FROM jsonb_array_elements(providers) AS one
);
