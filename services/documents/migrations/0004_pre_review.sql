-- What the review knows of an authorisation, from its events: a scan is taken while no filing is open, which is
-- when the last one filed has come back. A letter that cannot be made says so to who waits for it.
ALTER TABLE authorisation
    ADD COLUMN filed_submission    integer NOT NULL DEFAULT 0,
    ADD COLUMN returned_submission integer NOT NULL DEFAULT 0,
    ADD COLUMN approved            boolean NOT NULL DEFAULT false,
    ADD COLUMN failed_version      integer,
    ADD COLUMN failed_characters   text;
