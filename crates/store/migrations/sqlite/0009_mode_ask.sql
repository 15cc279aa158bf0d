-- The policy mode `ask` holds requests that no rule matches: those have no rule.

ALTER TABLE approvals ADD COLUMN held_by_id   BLOB NULL;
ALTER TABLE approvals ADD COLUMN held_by_name TEXT NULL;
UPDATE approvals SET held_by_id = rule_id, held_by_name = rule_name;
ALTER TABLE approvals DROP COLUMN rule_id;
ALTER TABLE approvals DROP COLUMN rule_name;
ALTER TABLE approvals RENAME COLUMN held_by_id   TO rule_id;
ALTER TABLE approvals RENAME COLUMN held_by_name TO rule_name;
