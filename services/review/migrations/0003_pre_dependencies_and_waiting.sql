-- A case may depend on another (staff on their institution), and knows which submission is in force.
ALTER TABLE review_case
    ADD COLUMN parent_id uuid,
    ADD COLUMN approved_submission integer,
    DROP CONSTRAINT review_case_stage_check,
    ADD CONSTRAINT review_case_stage_check CHECK (stage IN ('under_review', 'returned', 'approved', 'withdrawn'));
UPDATE review_case SET approved_submission = submission WHERE stage = 'approved';

-- Filings for which no unit of the route is registered yet; each is taken up when one is.
CREATE TABLE waiting_filing (
    subject_id uuid        NOT NULL,
    kind       text        NOT NULL,
    submission integer     NOT NULL,
    seats      text[]      NOT NULL,
    event      jsonb       NOT NULL,
    since      timestamptz NOT NULL,
    PRIMARY KEY (subject_id, kind)
);
CREATE INDEX waiting_filing_seats ON waiting_filing USING gin (seats);

-- Who maintains a provider, as the registry has told: they see the cases of its records and of its staff.
CREATE TABLE provider_maintainers (
    provider_id uuid PRIMARY KEY,
    version     bigint NOT NULL,
    account_ids uuid[] NOT NULL,
    scopes      jsonb  NOT NULL
);
CREATE INDEX provider_maintainers_accounts ON provider_maintainers USING gin (account_ids);
