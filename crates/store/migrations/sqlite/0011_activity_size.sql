-- An estimate of the bytes that each record takes; NULL for records written before this column existed.
ALTER TABLE activity ADD COLUMN size INTEGER NULL;

-- The sum for each project, kept up to date by whatever inserts and deletes records.
CREATE TABLE activity_sizes (
    project_id BLOB NOT NULL PRIMARY KEY,
    bytes      INTEGER NOT NULL
) STRICT;
INSERT INTO activity_sizes (project_id, bytes)
SELECT project_id, SUM(1024 + LENGTH(path) + LENGTH(host) + LENGTH(method)) FROM activity GROUP BY project_id;
