-- Retail pharmacists are the kind "pharmacist", as in the registry's events; none of them bears a code yet.
ALTER TABLE policy DROP CONSTRAINT policy_kind_fkey;
UPDATE policy SET kind = 'pharmacist' WHERE kind = 'retail_pharmacist';
UPDATE code_format SET kind = 'pharmacist' WHERE kind = 'retail_pharmacist';
ALTER TABLE policy ADD FOREIGN KEY (kind) REFERENCES code_format;
