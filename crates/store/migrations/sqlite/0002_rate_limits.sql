-- Rate limits: what a rule allows, and what was counted.

ALTER TABLE rules ADD COLUMN rate_limit INTEGER NULL;
ALTER TABLE rules ADD COLUMN rate_window TEXT NULL;

-- One row for each rule and agent: who counts holds it.
CREATE TABLE rate_counters (
    rule_id    BLOB NOT NULL REFERENCES rules (id) ON DELETE CASCADE,
    agent_id   BLOB NOT NULL REFERENCES agents (id) ON DELETE CASCADE,
    counted_at INTEGER NOT NULL,
    PRIMARY KEY (rule_id, agent_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX rate_counters_agent ON rate_counters (agent_id);

-- How many requests each slot of time let through. A slot is named by its end.
CREATE TABLE rate_slots (
    rule_id  BLOB NOT NULL,
    agent_id BLOB NOT NULL,
    slot     INTEGER NOT NULL,
    requests INTEGER NOT NULL,
    PRIMARY KEY (rule_id, agent_id, slot),
    FOREIGN KEY (rule_id, agent_id) REFERENCES rate_counters (rule_id, agent_id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
