-- The audit log: what people changed, in one chain of hashes for each project and one for the installation (nil).
-- Refers to nothing, so that it outlives what it tells of.

CREATE TABLE audit_heads (
    chain_id BLOB    NOT NULL PRIMARY KEY,
    sequence INTEGER NOT NULL,
    hash     BLOB    NOT NULL,
    signed   INTEGER NOT NULL
) STRICT;

CREATE TABLE audit_records (
    chain_id    BLOB    NOT NULL,
    sequence    INTEGER NOT NULL,
    id          BLOB    NOT NULL,
    at          INTEGER NOT NULL,
    person_id   BLOB        NULL,
    person_name TEXT        NULL,
    by_kind     TEXT    NOT NULL,
    by_name     TEXT        NULL,
    action      TEXT    NOT NULL,
    target_kind TEXT    NOT NULL,
    target_id   TEXT        NULL,
    target_name TEXT        NULL,
    before      TEXT        NULL,
    after       TEXT        NULL,
    origin      TEXT        NULL,
    result      TEXT    NOT NULL,
    reason      TEXT        NULL,
    previous    BLOB    NOT NULL,
    hash        BLOB    NOT NULL,
    PRIMARY KEY (chain_id, sequence)
) STRICT;
CREATE INDEX audit_records_id ON audit_records (chain_id, id);

CREATE TABLE audit_checkpoints (
    chain_id  BLOB    NOT NULL,
    sequence  INTEGER NOT NULL,
    kind      TEXT    NOT NULL,
    hash      BLOB    NOT NULL,
    at        INTEGER NOT NULL,
    key       BLOB    NOT NULL,
    signature BLOB    NOT NULL,
    PRIMARY KEY (chain_id, sequence, kind)
) STRICT;
