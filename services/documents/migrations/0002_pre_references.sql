-- Which records refer to a document, each where it is now: its region's units read it, and so do a unit that is named
-- (an agreement's agency) and whoever maintains the provider. `submission` is the newest filing of the record that
-- had it; a record that moves to another region takes its documents along.
CREATE TABLE reference (
    document_id uuid    NOT NULL,
    subject_id  uuid    NOT NULL,
    submission  bigint  NOT NULL,
    region      text    NOT NULL,
    unit_id     uuid,
    provider_id uuid,
    PRIMARY KEY (document_id, subject_id)
);
CREATE INDEX reference_subject ON reference (subject_id);
INSERT INTO reference (document_id, subject_id, submission, region, unit_id)
SELECT DISTINCT ON (document_id, subject_id) document_id, subject_id, 0, region, unit_id
FROM reader ORDER BY document_id, subject_id, unit_id NULLS LAST;

-- Who maintains a provider, as the registry has told.
CREATE TABLE provider_maintainers (
    provider_id uuid PRIMARY KEY,
    version     bigint NOT NULL,
    account_ids uuid[] NOT NULL,
    scopes      jsonb  NOT NULL
);
CREATE INDEX provider_maintainers_accounts ON provider_maintainers USING gin (account_ids);
