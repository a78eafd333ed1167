-- Agreements are made with providers of any kind. Nothing has been released yet: the names change at once.
ALTER TABLE institution RENAME TO provider;
ALTER TABLE provider RENAME COLUMN institution_id TO provider_id;
ALTER TABLE provider ADD COLUMN kind text;
UPDATE provider SET kind = 'institution' WHERE version > 0;
ALTER INDEX institution_grams RENAME TO provider_grams;
ALTER TABLE agreement RENAME COLUMN institution_id TO provider_id;
ALTER TABLE agreement RENAME COLUMN told TO event_version;
ALTER INDEX agreement_institution RENAME TO agreement_provider;

-- Who maintains a provider, as the registry has told.
CREATE TABLE provider_maintainers (
    provider_id uuid PRIMARY KEY,
    version     bigint NOT NULL,
    account_ids uuid[] NOT NULL,
    scopes      jsonb  NOT NULL
);
CREATE INDEX provider_maintainers_accounts ON provider_maintainers USING gin (account_ids);
INSERT INTO provider_maintainers (provider_id, version, account_ids, scopes)
SELECT institution_id, version, CASE WHEN account_id IS NULL THEN '{}' ELSE ARRAY[account_id] END,
       CASE WHEN account_id IS NULL THEN '{}'::jsonb
            ELSE jsonb_build_object(account_id::text, jsonb_build_array('institution')) END
FROM maintainer;
DROP TABLE maintainer;
