-- A secret may cover several hosts: a JSON array of their patterns.
ALTER TABLE secrets ADD COLUMN host_patterns TEXT NOT NULL DEFAULT '[]';
UPDATE secrets SET host_patterns = json_build_array(host_pattern)::text;
ALTER TABLE secrets DROP COLUMN host_pattern;
