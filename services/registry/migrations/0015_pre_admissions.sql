-- Whether the nation admits a special kind of institution, from when on (AUT-4). Rows are added and never changed: the
-- latest that is effective applies.
CREATE TABLE admission (
    kind           text        NOT NULL CHECK (kind IN ('military', 'tcm-filing')),
    effective_from timestamptz NOT NULL,
    set_at         timestamptz NOT NULL,
    allowed        boolean     NOT NULL,
    set_by         uuid,
    PRIMARY KEY (kind, effective_from, set_at)
);
INSERT INTO admission (kind, effective_from, set_at, allowed)
SELECT kind, changed_at, changed_at, allowed FROM institution_policy
UNION ALL SELECT 'tcm-filing', now(), now(), false;
DROP TABLE institution_policy;
