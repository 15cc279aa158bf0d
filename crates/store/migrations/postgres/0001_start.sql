-- Times are microseconds since 1970 in UTC. Ids are UUIDv7, so that their order is that of creation.
-- What refers to a thing within a project refers to it by project and id, so that nothing crosses projects.

CREATE TABLE projects (
    id          UUID   NOT NULL PRIMARY KEY,
    name        TEXT   NOT NULL,
    policy_mode TEXT   NOT NULL,
    created_at  BIGINT NOT NULL
);

CREATE TABLE agents (
    id                UUID    NOT NULL PRIMARY KEY,
    project_id        UUID    NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    name              TEXT    NOT NULL,
    identifier        TEXT    NOT NULL,
    parent_id         UUID        NULL REFERENCES agents (id) ON DELETE SET NULL,
    is_default        BOOLEAN NOT NULL,
    secret_mode       TEXT    NOT NULL,
    suspended_at      BIGINT      NULL,
    token_hash        BYTEA   NOT NULL,
    token_version     BIGINT  NOT NULL,
    token_key_version BIGINT  NOT NULL,
    token_wrapped_key BYTEA   NOT NULL,
    token_body        BYTEA   NOT NULL,
    created_at        BIGINT  NOT NULL,
    last_seen_at      BIGINT      NULL
);
CREATE UNIQUE INDEX agents_project_id ON agents (project_id, id);
CREATE UNIQUE INDEX agents_identifier ON agents (project_id, identifier);
CREATE UNIQUE INDEX agents_token_hash ON agents (token_hash);
CREATE UNIQUE INDEX agents_default ON agents (project_id) WHERE is_default;
CREATE INDEX agents_parent ON agents (parent_id) WHERE parent_id IS NOT NULL;

CREATE TABLE secrets (
    id                   UUID    NOT NULL PRIMARY KEY,
    project_id           UUID    NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    name                 TEXT    NOT NULL,
    kind                 TEXT    NOT NULL,
    host_pattern         TEXT    NOT NULL,
    path_pattern         TEXT        NULL,
    config               TEXT    NOT NULL,
    allow_plaintext      BOOLEAN NOT NULL,
    preview              TEXT    NOT NULL,
    stand_in             TEXT    NOT NULL,
    created_at           BIGINT  NOT NULL,
    last_used_at         BIGINT      NULL,
    use_count            BIGINT  NOT NULL,
    last_refused_at      BIGINT      NULL,
    value_version        BIGINT  NOT NULL,
    value_key_version    BIGINT  NOT NULL,
    value_wrapped_key    BYTEA   NOT NULL,
    value_body           BYTEA   NOT NULL,
    grace_until          BIGINT      NULL,
    previous_version     BIGINT      NULL,
    previous_key_version BIGINT      NULL,
    previous_wrapped_key BYTEA       NULL,
    previous_body        BYTEA       NULL
);
CREATE UNIQUE INDEX secrets_project_id ON secrets (project_id, id);
CREATE INDEX secrets_grace ON secrets (grace_until) WHERE grace_until IS NOT NULL;

CREATE TABLE agent_secrets (
    project_id UUID NOT NULL,
    agent_id   UUID NOT NULL,
    secret_id  UUID NOT NULL,
    PRIMARY KEY (agent_id, secret_id),
    FOREIGN KEY (project_id, agent_id) REFERENCES agents (project_id, id) ON DELETE CASCADE,
    FOREIGN KEY (project_id, secret_id) REFERENCES secrets (project_id, id) ON DELETE CASCADE
);
CREATE INDEX agent_secrets_agent ON agent_secrets (project_id, agent_id);
CREATE INDEX agent_secrets_secret ON agent_secrets (project_id, secret_id);

-- A rule goes with its agent: without it, it would concern every agent.
CREATE TABLE rules (
    id               UUID    NOT NULL PRIMARY KEY,
    project_id       UUID    NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    name             TEXT    NOT NULL,
    host_pattern     TEXT    NOT NULL,
    path_pattern     TEXT        NULL,
    method           TEXT        NULL,
    agent_id         UUID        NULL,
    action           TEXT    NOT NULL,
    enabled          BOOLEAN NOT NULL,
    case_insensitive BOOLEAN NOT NULL,
    created_at       BIGINT  NOT NULL,
    FOREIGN KEY (project_id, agent_id) REFERENCES agents (project_id, id) ON DELETE CASCADE
);
CREATE UNIQUE INDEX rules_project_id ON rules (project_id, id);
CREATE INDEX rules_agent ON rules (project_id, agent_id) WHERE agent_id IS NOT NULL;

CREATE TABLE users (
    id                 UUID   NOT NULL PRIMARY KEY,
    email              TEXT   NOT NULL,
    name               TEXT   NOT NULL,
    default_project_id UUID   NOT NULL REFERENCES projects (id),
    created_at         BIGINT NOT NULL
);
CREATE UNIQUE INDEX users_email ON users (email);
CREATE INDEX users_default_project ON users (default_project_id);

CREATE TABLE api_keys (
    id           UUID   NOT NULL PRIMARY KEY,
    user_id      UUID   NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    name         TEXT   NOT NULL,
    preview      TEXT   NOT NULL,
    hash         BYTEA  NOT NULL,
    created_at   BIGINT NOT NULL,
    last_used_at BIGINT     NULL
);
CREATE UNIQUE INDEX api_keys_hash ON api_keys (hash);
CREATE INDEX api_keys_user ON api_keys (user_id, id);

CREATE TABLE sessions (
    hash       BYTEA  NOT NULL PRIMARY KEY,
    user_id    UUID   NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX sessions_user ON sessions (user_id);
CREATE INDEX sessions_expires ON sessions (expires_at);

CREATE TABLE sign_in_links (
    hash       BYTEA  NOT NULL PRIMARY KEY,
    user_id    UUID   NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    expires_at BIGINT NOT NULL
);
CREATE INDEX sign_in_links_user ON sign_in_links (user_id);
CREATE INDEX sign_in_links_expires ON sign_in_links (expires_at);

CREATE TABLE settings (
    name  TEXT  NOT NULL PRIMARY KEY,
    value BYTEA NOT NULL
);

CREATE TABLE sealed_settings (
    name              TEXT   NOT NULL PRIMARY KEY,
    id                UUID   NOT NULL UNIQUE,
    value_version     BIGINT NOT NULL,
    value_key_version BIGINT NOT NULL,
    value_wrapped_key BYTEA  NOT NULL,
    value_body        BYTEA  NOT NULL
);

CREATE TABLE encryption_keys (
    version    BIGINT NOT NULL PRIMARY KEY,
    wrapped    BYTEA  NOT NULL,
    created_at BIGINT NOT NULL
);

-- Refers to nothing, so that a record outlives what it tells of, and one for a project that is just being
-- deleted doesn't stop the rest of its batch.
CREATE TABLE activity (
    project_id      UUID   NOT NULL,
    id              UUID   NOT NULL,
    at              BIGINT NOT NULL,
    agent_id        UUID   NOT NULL,
    agent_name      TEXT   NOT NULL,
    method          TEXT   NOT NULL,
    host            TEXT   NOT NULL,
    path            TEXT   NOT NULL,
    status          BIGINT NOT NULL,
    verdict         TEXT   NOT NULL,
    rule_ids        TEXT   NOT NULL,
    secret_ids      TEXT   NOT NULL,
    duration_micros BIGINT NOT NULL,
    overhead_micros BIGINT NOT NULL,
    bytes_up        BIGINT NOT NULL,
    bytes_down      BIGINT NOT NULL,
    protocol        TEXT   NOT NULL,
    error           TEXT       NULL,
    alarm           TEXT       NULL,
    PRIMARY KEY (project_id, id)
);
