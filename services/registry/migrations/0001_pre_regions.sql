-- The civil-affairs divisions with the insurance regions beside them. Retired codes stay, since old IDs and
-- records bear them.
CREATE TABLE region (
    code           text PRIMARY KEY,
    name           text    NOT NULL,
    level          text    NOT NULL CHECK (level IN ('county', 'city', 'province', 'nation')),
    parent         text,
    insurance_only boolean NOT NULL,
    retired        boolean NOT NULL DEFAULT false
);
CREATE INDEX region_parent ON region (parent, code);

-- Which edition of the regions is in the table, so that it is loaded once for each edition.
CREATE TABLE region_edition (
    checksum  text PRIMARY KEY,
    loaded_at timestamptz NOT NULL
);
