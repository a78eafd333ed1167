-- Names are found by their initials in pinyin (AUT-1): a job adds them to the search of the records that are there.
INSERT INTO job (job_id, kind, key, arguments, correlation_id)
SELECT gen_random_uuid(), 'registry.search-index', kind, jsonb_build_object('kind', kind), gen_random_uuid()::text
FROM unnest(ARRAY['institution', 'pharmacy', 'physician', 'nurse', 'pharmacist']) AS kind;
