-- Times are microseconds since 1970 in UTC. Ids are UUIDv7, so that their order is that of creation.
-- What refers to a thing within a project refers to it by project and id, so that nothing crosses projects.

CREATE TABLE projects (
    id          BLOB    NOT NULL PRIMARY KEY,
    name        TEXT    NOT NULL,
    policy_mode TEXT    NOT NULL,
    created_at  INTEGER NOT NULL
) STRICT;

CREATE TABLE agents (
    id                BLOB    NOT NULL PRIMARY KEY,
    project_id        BLOB    NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    name              TEXT    NOT NULL,
    identifier        TEXT    NOT NULL,
    parent_id         BLOB        NULL REFERENCES agents (id) ON DELETE SET NULL,
    is_default        INTEGER NOT NULL,
    secret_mode       TEXT    NOT NULL,
    suspended_at      INTEGER     NULL,
    token_hash        BLOB    NOT NULL,
    token_version     INTEGER NOT NULL,
    token_key_version INTEGER NOT NULL,
    token_wrapped_key BLOB    NOT NULL,
    token_body        BLOB    NOT NULL,
    created_at        INTEGER NOT NULL,
    last_seen_at      INTEGER     NULL
) STRICT;
CREATE UNIQUE INDEX agents_project_id ON agents (project_id, id);
CREATE UNIQUE INDEX agents_identifier ON agents (project_id, identifier);
CREATE UNIQUE INDEX agents_token_hash ON agents (token_hash);
CREATE UNIQUE INDEX agents_default ON agents (project_id) WHERE is_default;
CREATE INDEX agents_parent ON agents (parent_id) WHERE parent_id IS NOT NULL;

CREATE TABLE secrets (
    id                   BLOB    NOT NULL PRIMARY KEY,
    project_id           BLOB    NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    name                 TEXT    NOT NULL,
    kind                 TEXT    NOT NULL,
    host_pattern         TEXT    NOT NULL,
    path_pattern         TEXT        NULL,
    config               TEXT    NOT NULL,
    allow_plaintext      INTEGER NOT NULL,
    preview              TEXT    NOT NULL,
    stand_in             TEXT    NOT NULL,
    created_at           INTEGER NOT NULL,
    last_used_at         INTEGER     NULL,
    use_count            INTEGER NOT NULL,
    last_refused_at      INTEGER     NULL,
    value_version        INTEGER NOT NULL,
    value_key_version    INTEGER NOT NULL,
    value_wrapped_key    BLOB    NOT NULL,
    value_body           BLOB    NOT NULL,
    grace_until          INTEGER     NULL,
    previous_version     INTEGER     NULL,
    previous_key_version INTEGER     NULL,
    previous_wrapped_key BLOB        NULL,
    previous_body        BLOB        NULL
) STRICT;
CREATE UNIQUE INDEX secrets_project_id ON secrets (project_id, id);
CREATE INDEX secrets_grace ON secrets (grace_until) WHERE grace_until IS NOT NULL;

CREATE TABLE agent_secrets (
    project_id BLOB NOT NULL,
    agent_id   BLOB NOT NULL,
    secret_id  BLOB NOT NULL,
    PRIMARY KEY (agent_id, secret_id),
    FOREIGN KEY (project_id, agent_id) REFERENCES agents (project_id, id) ON DELETE CASCADE,
    FOREIGN KEY (project_id, secret_id) REFERENCES secrets (project_id, id) ON DELETE CASCADE
) STRICT;
CREATE INDEX agent_secrets_agent ON agent_secrets (project_id, agent_id);
CREATE INDEX agent_secrets_secret ON agent_secrets (project_id, secret_id);

-- A rule goes with its agent: without it, it would concern every agent.
CREATE TABLE rules (
    id               BLOB    NOT NULL PRIMARY KEY,
    project_id       BLOB    NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    name             TEXT    NOT NULL,
    host_pattern     TEXT    NOT NULL,
    path_pattern     TEXT        NULL,
    method           TEXT        NULL,
    agent_id         BLOB        NULL,
    action           TEXT    NOT NULL,
    enabled          INTEGER NOT NULL,
    case_insensitive INTEGER NOT NULL,
    created_at       INTEGER NOT NULL,
    FOREIGN KEY (project_id, agent_id) REFERENCES agents (project_id, id) ON DELETE CASCADE
) STRICT;
CREATE UNIQUE INDEX rules_project_id ON rules (project_id, id);
CREATE INDEX rules_agent ON rules (project_id, agent_id) WHERE agent_id IS NOT NULL;

CREATE TABLE users (
    id                 BLOB    NOT NULL PRIMARY KEY,
    email              TEXT    NOT NULL,
    name               TEXT    NOT NULL,
    default_project_id BLOB    NOT NULL REFERENCES projects (id),
    created_at         INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX users_email ON users (email);
CREATE INDEX users_default_project ON users (default_project_id);

CREATE TABLE api_keys (
    id           BLOB    NOT NULL PRIMARY KEY,
    user_id      BLOB    NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    name         TEXT    NOT NULL,
    preview      TEXT    NOT NULL,
    hash         BLOB    NOT NULL,
    created_at   INTEGER NOT NULL,
    last_used_at INTEGER     NULL
) STRICT;
CREATE UNIQUE INDEX api_keys_hash ON api_keys (hash);
CREATE INDEX api_keys_user ON api_keys (user_id, id);

CREATE TABLE sessions (
    hash       BLOB    NOT NULL PRIMARY KEY,
    user_id    BLOB    NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT;
CREATE INDEX sessions_user ON sessions (user_id);
CREATE INDEX sessions_expires ON sessions (expires_at);

CREATE TABLE sign_in_links (
    hash       BLOB    NOT NULL PRIMARY KEY,
    user_id    BLOB    NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    expires_at INTEGER NOT NULL
) STRICT;
CREATE INDEX sign_in_links_user ON sign_in_links (user_id);
CREATE INDEX sign_in_links_expires ON sign_in_links (expires_at);

CREATE TABLE settings (
    name  TEXT NOT NULL PRIMARY KEY,
    value BLOB NOT NULL
) STRICT;

CREATE TABLE sealed_settings (
    name              TEXT    NOT NULL PRIMARY KEY,
    id                BLOB    NOT NULL UNIQUE,
    value_version     INTEGER NOT NULL,
    value_key_version INTEGER NOT NULL,
    value_wrapped_key BLOB    NOT NULL,
    value_body        BLOB    NOT NULL
) STRICT;

CREATE TABLE encryption_keys (
    version    INTEGER NOT NULL PRIMARY KEY,
    wrapped    BLOB    NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;

-- Refers to nothing, so that a record outlives what it tells of, and one for a project that is just being
-- deleted doesn't stop the rest of its batch.
CREATE TABLE activity (
    project_id      BLOB    NOT NULL,
    id              BLOB    NOT NULL,
    at              INTEGER NOT NULL,
    agent_id        BLOB    NOT NULL,
    agent_name      TEXT    NOT NULL,
    method          TEXT    NOT NULL,
    host            TEXT    NOT NULL,
    path            TEXT    NOT NULL,
    status          INTEGER NOT NULL,
    verdict         TEXT    NOT NULL,
    rule_ids        TEXT    NOT NULL,
    secret_ids      TEXT    NOT NULL,
    duration_micros INTEGER NOT NULL,
    overhead_micros INTEGER NOT NULL,
    bytes_up        INTEGER NOT NULL,
    bytes_down      INTEGER NOT NULL,
    protocol        TEXT    NOT NULL,
    error           TEXT        NULL,
    alarm           TEXT        NULL,
    PRIMARY KEY (project_id, id)
) STRICT;
