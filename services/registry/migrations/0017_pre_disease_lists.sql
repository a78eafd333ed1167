-- The diseases that cities and counties have recorded in their lists, each with its policy document (CAT-1). The same
-- disease of several units has the same `identity`. What was removed stays readable.
CREATE TABLE disease (
    disease_id  uuid PRIMARY KEY,
    list_name   text        NOT NULL CHECK (list_name IN ('chronic-outpatient', 'payment-by-disease', 'day-surgery')),
    identity    text        NOT NULL,
    name        text        NOT NULL,
    region      text        NOT NULL,
    unit_id     uuid        NOT NULL REFERENCES unit,
    policy      jsonb       NOT NULL,
    recorded_by uuid        NOT NULL,
    recorded_at timestamptz NOT NULL,
    removed_at  timestamptz
);
CREATE UNIQUE INDEX disease_once ON disease (list_name, region, identity) WHERE removed_at IS NULL;
