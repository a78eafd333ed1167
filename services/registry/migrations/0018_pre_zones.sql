-- Applications for development zones (REG-2): one for each code, which is digits 3 to 8 of the office's credit code.
CREATE TABLE zone (
    zone_id         uuid PRIMARY KEY,
    city            text        NOT NULL,
    unit_id         uuid        NOT NULL REFERENCES unit,
    name            text        NOT NULL,
    uscc            text        NOT NULL,
    code            text        NOT NULL UNIQUE,
    certificate     jsonb       NOT NULL,
    applied_by      uuid        NOT NULL,
    applied_by_name text        NOT NULL,
    version         bigint      NOT NULL,
    event_version   bigint      NOT NULL,
    state           text        NOT NULL,
    submission      integer     NOT NULL,
    decided         boolean     NOT NULL,
    case_version    bigint      NOT NULL,
    level           text,
    unit_name       text,
    since           timestamptz
);
-- An approved zone is a region; a new edition of the divisions does not retire it.
ALTER TABLE region ADD COLUMN zone boolean NOT NULL DEFAULT false;
