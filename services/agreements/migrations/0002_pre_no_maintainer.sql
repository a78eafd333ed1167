-- An institution that nobody maintains any longer keeps its row, so that an older event does not bring the maintainer back.
ALTER TABLE maintainer ALTER COLUMN account_id DROP NOT NULL;
