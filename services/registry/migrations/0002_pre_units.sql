-- Insurance units: one for each region, registered under its seat (430300, never 430399).
CREATE TABLE unit (
    unit_id       uuid PRIMARY KEY,
    version       bigint      NOT NULL DEFAULT 1,
    region        text        NOT NULL UNIQUE REFERENCES region (code),
    name          text        NOT NULL,
    level         text        NOT NULL,
    uscc          text,
    registered_at timestamptz NOT NULL
);
