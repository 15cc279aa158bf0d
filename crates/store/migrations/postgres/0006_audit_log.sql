-- The audit log: what people changed, in one chain of hashes for each project and one for the installation (nil).
-- Refers to nothing, so that it outlives what it tells of.

CREATE TABLE audit_heads (
    chain_id UUID   NOT NULL PRIMARY KEY,
    sequence BIGINT NOT NULL,
    hash     BYTEA  NOT NULL,
    signed   BIGINT NOT NULL
);

CREATE TABLE audit_records (
    chain_id    UUID   NOT NULL,
    sequence    BIGINT NOT NULL,
    id          UUID   NOT NULL,
    at          BIGINT NOT NULL,
    person_id   UUID       NULL,
    person_name TEXT       NULL,
    by_kind     TEXT   NOT NULL,
    by_name     TEXT       NULL,
    action      TEXT   NOT NULL,
    target_kind TEXT   NOT NULL,
    target_id   TEXT       NULL,
    target_name TEXT       NULL,
    before      TEXT       NULL,
    after       TEXT       NULL,
    origin      TEXT       NULL,
    result      TEXT   NOT NULL,
    reason      TEXT       NULL,
    previous    BYTEA  NOT NULL,
    hash        BYTEA  NOT NULL,
    PRIMARY KEY (chain_id, sequence)
);
CREATE INDEX audit_records_id ON audit_records (chain_id, id);

CREATE TABLE audit_checkpoints (
    chain_id  UUID   NOT NULL,
    sequence  BIGINT NOT NULL,
    kind      TEXT   NOT NULL,
    hash      BYTEA  NOT NULL,
    at        BIGINT NOT NULL,
    key       BYTEA  NOT NULL,
    signature BYTEA  NOT NULL,
    PRIMARY KEY (chain_id, sequence, kind)
);
