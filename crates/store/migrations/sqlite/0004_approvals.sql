-- Holds: requests that wait for a person, what was decided, and the grants that came with it.

ALTER TABLE rules ADD COLUMN approval_timeout INTEGER NULL;

-- Refers to neither agent nor rule, so that the history outlives them.
CREATE TABLE approvals (
    id                  BLOB    NOT NULL PRIMARY KEY,
    project_id          BLOB    NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    agent_id            BLOB    NOT NULL,
    agent_name          TEXT    NOT NULL,
    agent_identifier    TEXT    NOT NULL,
    rule_id             BLOB    NOT NULL,
    rule_name           TEXT    NOT NULL,
    rule_ids            TEXT    NOT NULL,
    method              TEXT    NOT NULL,
    origin              TEXT    NOT NULL,
    path                TEXT    NOT NULL,
    body_bytes          INTEGER NOT NULL,
    fingerprint         BLOB    NOT NULL,
    state               TEXT    NOT NULL,
    awaited             INTEGER NOT NULL,
    gateway             TEXT    NOT NULL,
    created_at          INTEGER NOT NULL,
    expires_at          INTEGER NOT NULL,
    decided_at          INTEGER     NULL,
    decided_by          TEXT        NULL,
    reason              TEXT        NULL,
    details_key_version INTEGER NOT NULL,
    details_wrapped_key BLOB    NOT NULL,
    details_body        BLOB    NOT NULL
) STRICT;
CREATE INDEX approvals_project ON approvals (project_id, id);
CREATE INDEX approvals_open ON approvals (project_id, expires_at) WHERE state IN ('pending', 'interrupted');
CREATE INDEX approvals_unawaited ON approvals (fingerprint) WHERE NOT awaited;

CREATE TABLE approval_grants (
    id            BLOB    NOT NULL PRIMARY KEY,
    project_id    BLOB    NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    agent_id      BLOB    NOT NULL,
    approval_id   BLOB    NOT NULL,
    method        TEXT    NOT NULL,
    origin        TEXT    NOT NULL,
    path          TEXT        NULL,
    path_pattern  TEXT        NULL,
    rule_ids      TEXT    NOT NULL,
    requests_left INTEGER     NULL,
    expires_at    INTEGER     NULL,
    created_at    INTEGER NOT NULL,
    created_by    TEXT    NOT NULL,
    FOREIGN KEY (project_id, agent_id) REFERENCES agents (project_id, id) ON DELETE CASCADE
) STRICT;
CREATE INDEX approval_grants_project ON approval_grants (project_id, id);
CREATE INDEX approval_grants_agent ON approval_grants (project_id, agent_id);
