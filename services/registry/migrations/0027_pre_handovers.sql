-- The rules alone say which scopes are exclusive; the row keeps what they said, and the index enforces it (ACC-4).
ALTER TABLE maintainer ADD COLUMN exclusive boolean;
UPDATE maintainer SET exclusive = scope IN ('institution', 'pharmacy');
ALTER TABLE maintainer ALTER COLUMN exclusive SET NOT NULL;
DROP INDEX maintainer_exclusive_scope;
CREATE UNIQUE INDEX maintainer_exclusive_scope ON maintainer (provider_id, scope) WHERE exclusive;

-- A successor takes a provider over from the account that maintains its own record (ACC-10). A row exists from the
-- submission of the successor's letter on; `since` is when it came to where it is. A return deletes it.
ALTER TABLE authorisation ADD COLUMN handover boolean NOT NULL DEFAULT false;
CREATE TABLE handover (
    authorisation_id uuid        NOT NULL REFERENCES authorisation,
    provider_id      uuid        NOT NULL,
    predecessor_id   uuid        NOT NULL,
    completed        boolean     NOT NULL DEFAULT false,
    since            timestamptz NOT NULL,
    PRIMARY KEY (authorisation_id, provider_id)
);
CREATE UNIQUE INDEX handover_under_review ON handover (provider_id) WHERE NOT completed;
CREATE INDEX handover_predecessor ON handover (predecessor_id, provider_id);

-- The letters that name a provider, for when its name or numbers change (ACC-8).
CREATE INDEX authorisation_unfiled_providers ON authorisation USING gin (provider_ids)
    WHERE state IN ('draft', 'submitted', 'returned');
