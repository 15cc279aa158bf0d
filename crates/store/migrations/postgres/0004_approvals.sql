-- Holds: requests that wait for a person, what was decided, and the grants that came with it.

ALTER TABLE rules ADD COLUMN approval_timeout BIGINT NULL;

-- Refers to neither agent nor rule, so that the history outlives them.
CREATE TABLE approvals (
    id                  UUID    NOT NULL PRIMARY KEY,
    project_id          UUID    NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    agent_id            UUID    NOT NULL,
    agent_name          TEXT    NOT NULL,
    agent_identifier    TEXT    NOT NULL,
    rule_id             UUID    NOT NULL,
    rule_name           TEXT    NOT NULL,
    rule_ids            TEXT    NOT NULL,
    method              TEXT    NOT NULL,
    origin              TEXT    NOT NULL,
    path                TEXT    NOT NULL,
    body_bytes          BIGINT  NOT NULL,
    fingerprint         BYTEA   NOT NULL,
    state               TEXT    NOT NULL,
    awaited             BOOLEAN NOT NULL,
    gateway             TEXT    NOT NULL,
    created_at          BIGINT  NOT NULL,
    expires_at          BIGINT  NOT NULL,
    decided_at          BIGINT      NULL,
    decided_by          TEXT        NULL,
    reason              TEXT        NULL,
    details_key_version BIGINT  NOT NULL,
    details_wrapped_key BYTEA   NOT NULL,
    details_body        BYTEA   NOT NULL
);
CREATE INDEX approvals_project ON approvals (project_id, id);
CREATE INDEX approvals_open ON approvals (project_id, expires_at) WHERE state IN ('pending', 'interrupted');
CREATE INDEX approvals_unawaited ON approvals (fingerprint) WHERE NOT awaited;

CREATE TABLE approval_grants (
    id            UUID    NOT NULL PRIMARY KEY,
    project_id    UUID    NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    agent_id      UUID    NOT NULL,
    approval_id   UUID    NOT NULL,
    method        TEXT    NOT NULL,
    origin        TEXT    NOT NULL,
    path          TEXT        NULL,
    path_pattern  TEXT        NULL,
    rule_ids      TEXT    NOT NULL,
    requests_left BIGINT      NULL,
    expires_at    BIGINT      NULL,
    created_at    BIGINT  NOT NULL,
    created_by    TEXT    NOT NULL,
    FOREIGN KEY (project_id, agent_id) REFERENCES agents (project_id, id) ON DELETE CASCADE
);
CREATE INDEX approval_grants_project ON approval_grants (project_id, id);
CREATE INDEX approval_grants_agent ON approval_grants (project_id, agent_id);
