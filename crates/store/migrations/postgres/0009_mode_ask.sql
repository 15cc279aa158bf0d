-- The policy mode `ask` holds requests that no rule matches: those have no rule.

ALTER TABLE approvals ALTER COLUMN rule_id DROP NOT NULL;
ALTER TABLE approvals ALTER COLUMN rule_name DROP NOT NULL;
