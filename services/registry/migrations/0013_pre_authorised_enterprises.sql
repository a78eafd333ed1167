-- A chain is authorised as an enterprise, for many pharmacies by one letter: its name and credit code.
ALTER TABLE authorisation ADD COLUMN enterprise jsonb;
