-- Rate limits: what a rule allows, and what was counted.

ALTER TABLE rules ADD COLUMN rate_limit BIGINT NULL;
ALTER TABLE rules ADD COLUMN rate_window TEXT NULL;

-- One row for each rule and agent: who counts holds it.
CREATE TABLE rate_counters (
    rule_id    UUID NOT NULL REFERENCES rules (id) ON DELETE CASCADE,
    agent_id   UUID NOT NULL REFERENCES agents (id) ON DELETE CASCADE,
    counted_at BIGINT NOT NULL,
    PRIMARY KEY (rule_id, agent_id)
);
CREATE INDEX rate_counters_agent ON rate_counters (agent_id);

-- How many requests each slot of time let through. A slot is named by its end.
CREATE TABLE rate_slots (
    rule_id  UUID NOT NULL,
    agent_id UUID NOT NULL,
    slot     BIGINT NOT NULL,
    requests BIGINT NOT NULL,
    PRIMARY KEY (rule_id, agent_id, slot),
    FOREIGN KEY (rule_id, agent_id) REFERENCES rate_counters (rule_id, agent_id) ON DELETE CASCADE
);
