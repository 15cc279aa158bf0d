-- What people see at first glance.

-- Records that a person should look at: few, so that keeping them in order costs next to nothing.
CREATE INDEX activity_at_alarm ON activity (project_id, at, id) WHERE alarm IS NOT NULL;

ALTER TABLE agents ADD COLUMN request_count BIGINT NOT NULL DEFAULT 0;
UPDATE agents SET request_count = counted.requests
FROM (SELECT agent_id, COUNT(*) AS requests FROM activity GROUP BY agent_id) AS counted
WHERE counted.agent_id = agents.id;
