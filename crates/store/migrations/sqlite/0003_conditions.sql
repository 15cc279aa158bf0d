-- Conditions of rules, as a JSON array.

ALTER TABLE rules ADD COLUMN conditions TEXT NOT NULL DEFAULT '[]';
