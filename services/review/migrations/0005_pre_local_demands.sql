-- What the units of the region demanded when the filing was submitted (REV-9).
ALTER TABLE filing ADD COLUMN demands jsonb NOT NULL DEFAULT '[]';
