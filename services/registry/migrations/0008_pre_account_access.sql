-- `epoch` counts the passwords of an account: sessions that were opened in an older one are over.
ALTER TABLE account
    ADD COLUMN epoch integer NOT NULL DEFAULT 0,
    ADD COLUMN closed boolean NOT NULL DEFAULT false;
