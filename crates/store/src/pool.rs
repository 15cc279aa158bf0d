//! The two engines behind one handle, and the macros that compile a query's one body for both.
//!
//! A body sees `connection` or `transaction` as the engine's own type, so that every value is bound and read
//! natively: UUID, BYTEA, BIGINT, BOOLEAN and TEXT on `PostgreSQL`, BLOB, INTEGER and TEXT on `SQLite`.
//! Portable SQL with `$1` is all that it takes; where that isn't possible, a function of its own matches on [`Pools`].

use sqlx::{PgPool, SqlitePool};

/// The engine's connections.
pub(crate) enum Pools {
    /// Many readers and one writer, so that writers queue in the process and never meet `SQLITE_BUSY`.
    Sqlite {
        reader: SqlitePool,
        writer: SqlitePool,
    },
    Postgres(PgPool),
}

/// Runs a body that only reads, on any free connection.
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

/// Runs a body that reads several tables as they were at one moment.
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

/// Runs a body in a transaction that is committed when the body ends with `Ok`, and announces nothing. Where the store
/// has a note to make ([`crate::Store::audited`]), the record of what came about is part of the transaction.
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

/// Like `write_with`, and tells the other gateways of the same `PostgreSQL` in the same transaction what changed.
/// A gateway on `SQLite` is alone.
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
            // A body that ends with an error drops the transaction and so undoes it; `return Ok` commits too.
            let outcome: Result<_, $crate::error::Fault> = async {
                let $transaction = &mut *held;
                $body
            }
            .await;
            let outcome = outcome?;
            if let Some(note) = $store.note()
                && $crate::ledger::CameAbout::came_about(&outcome)
            {
                // Boxed: the few writes that are recorded must not make the futures of all others larger.
                Box::pin($crate::ledger::Ledger::append(&mut *held, note)).await?;
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
