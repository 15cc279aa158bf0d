-- Looking back at requests: where each one's time went, and the order in which people read them.

ALTER TABLE activity ADD COLUMN decide_micros BIGINT NULL;
ALTER TABLE activity ADD COLUMN hold_micros BIGINT NULL;
ALTER TABLE activity ADD COLUMN dial_micros BIGINT NULL;
ALTER TABLE activity ADD COLUMN upstream_micros BIGINT NULL;

-- New records are always the last in it, so that it costs next to nothing to keep. One for each filter would cost
-- several times as much as writing the record itself.
CREATE INDEX activity_at ON activity (project_id, at, id);
