//! The connections of either engine, and the macros that compile each query for both.
//!
//! A body sees `connection` or `transaction` as the engine's own type, so that every value is bound and read
//! natively: UUID, BYTEA, BIGINT, BOOLEAN and TEXT on `PostgreSQL`, BLOB, INTEGER and TEXT on `SQLite`.
//! Bodies use portable SQL with `$1`; where that isn't possible, a separate function matches on [`Pools`].

use sqlx::{PgPool, SqlitePool};

/// The connection pools of an engine.
pub(crate) enum Pools {
    /// Many readers and one writer, so that writers queue within the process and never get `SQLITE_BUSY`.
    Sqlite {
        reader: SqlitePool,
        writer: SqlitePool,
    },
    Postgres(PgPool),
}

/// Runs a read-only body on any free connection.
macro_rules! read_with {
    ($store:expr, |$connection:ident| $body:block) => {{
        let store = $store;
        match store.pools() {
            $crate::pool::Pools::Sqlite { reader, .. } => {
                $crate::pool::on_connection!(store, reader.acquire(), |$connection| $body)
            }
            $crate::pool::Pools::Postgres(pool) => {
                $crate::pool::on_connection!(store, pool.acquire(), |$connection| $body)
            }
        }
    }};
}

/// Runs a body that reads several tables in one consistent snapshot.
macro_rules! snapshot_with {
    ($store:expr, |$connection:ident| $body:block) => {{
        let store = $store;
        match store.pools() {
            $crate::pool::Pools::Sqlite { reader, .. } => {
                $crate::pool::on_connection!(store, reader.begin(), |$connection| $body)
            }
            $crate::pool::Pools::Postgres(pool) => $crate::pool::on_connection!(
                store,
                pool.begin_with("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"),
                |$connection| $body
            ),
        }
    }};
}

/// Runs a body in a transaction, committed if the body returns `Ok`, without notifying other gateways. If the store
/// has an audit record to append ([`crate::Store::audited`]) and the body took effect, it is part of the transaction.
macro_rules! write_with {
    ($store:expr, |$transaction:ident| $body:block) => {{
        let store = $store;
        match store.pools() {
            $crate::pool::Pools::Sqlite { writer, .. } => {
                $crate::pool::in_transaction!(
                    store,
                    writer.begin_with("BEGIN IMMEDIATE"),
                    |$transaction| $body,
                    |_announcer| {}
                )
            }
            $crate::pool::Pools::Postgres(pool) => {
                $crate::pool::in_transaction!(store, pool.begin(), |$transaction| $body, |_announcer| {})
            }
        }
    }};
}

/// Like `write_with`, and notifies other gateways on the same `PostgreSQL` in the same transaction.
/// On `SQLite` there are no others.
macro_rules! change_with {
    ($store:expr, $change:expr, |$transaction:ident| $body:block) => {{
        let store = $store;
        match store.pools() {
            $crate::pool::Pools::Sqlite { writer, .. } => {
                $crate::pool::in_transaction!(
                    store,
                    writer.begin_with("BEGIN IMMEDIATE"),
                    |$transaction| $body,
                    |_announcer| {}
                )
            }
            $crate::pool::Pools::Postgres(pool) => {
                $crate::pool::in_transaction!(store, pool.begin(), |$transaction| $body, |announcer| {
                    $crate::notify::announce(announcer, $change).await?;
                })
            }
        }
    }};
}

macro_rules! on_connection {
    ($store:ident, $acquire:expr, |$connection:ident| $body:block) => {{
        let result: Result<_, $crate::error::Fault> = async {
            let mut held = $acquire.await?;
            let $connection = &mut *held;
            $body
        }
        .await;
        result.map_err(|fault| fault.at($store.place()))
    }};
}

macro_rules! in_transaction {
    ($store:ident, $begin:expr, |$transaction:ident| $body:block, |$announcer:ident| $announce:block) => {{
        let result: Result<_, $crate::error::Fault> = async {
            let mut held = $begin.await?;
            // An error drops the transaction, which rolls it back; `return Ok` commits.
            let outcome: Result<_, $crate::error::Fault> = async {
                let $transaction = &mut *held;
                $body
            }
            .await;
            let outcome = outcome?;
            if let Some(note) = $store.note()
                && $crate::audit_append::TookEffect::took_effect(&outcome)
            {
                // Boxed, so that the rare audited writes don't enlarge the futures of all others.
                Box::pin($crate::audit_append::AppendAudit::append(&mut *held, note)).await?;
            }
            {
                let $announcer = &mut *held;
                $announce
            }
            held.commit().await?;
            Ok(outcome)
        }
        .await;
        result.map_err(|fault| fault.at($store.place()))
    }};
}

pub(crate) use {change_with, in_transaction, on_connection, read_with, snapshot_with, write_with};
