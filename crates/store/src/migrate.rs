//! Migrations: each applied once, in order, and verified by its checksum.

use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::{PgPool, SqlSafeStr, SqlitePool};

use crate::error::{Error, read_migration_error};

/// Migrates a `SQLite` database to this version's schema.
pub(crate) async fn migrate_sqlite(writer: &SqlitePool, place: &str) -> Result<(), Error> {
    migrator(SQLITE).run(writer).await.map_err(|error| read_migration_error(error, place, newest()))
}

/// Migrates a `PostgreSQL` database to this version's schema; concurrent gateways wait for each other.
pub(crate) async fn migrate_postgres(pool: &PgPool, place: &str) -> Result<(), Error> {
    migrator(POSTGRES).run(pool).await.map_err(|error| read_migration_error(error, place, newest()))
}

fn migrator(steps: &[(i64, &'static str, &'static str)]) -> Migrator {
    let migrations = steps
        .iter()
        .map(|(version, name, sql)| {
            Migration::new(*version, (*name).into(), MigrationType::Simple, sql.into_sql_str(), false)
        })
        .collect();
    Migrator::with_migrations(migrations)
}

fn newest() -> i64 {
    SQLITE.iter().map(|(version, ..)| *version).max().unwrap_or_default()
}

const SQLITE: &[(i64, &str, &str)] = &[
    (1, "start", include_str!("../migrations/sqlite/0001_start.sql")),
    (2, "rate limits", include_str!("../migrations/sqlite/0002_rate_limits.sql")),
    (3, "conditions", include_str!("../migrations/sqlite/0003_conditions.sql")),
    (4, "approvals", include_str!("../migrations/sqlite/0004_approvals.sql")),
    (5, "looking back", include_str!("../migrations/sqlite/0005_looking_back.sql")),
    (6, "audit log", include_str!("../migrations/sqlite/0006_audit_log.sql")),
    (7, "overview", include_str!("../migrations/sqlite/0007_overview.sql")),
    (8, "placeholder", include_str!("../migrations/sqlite/0008_placeholder.sql")),
    (9, "mode ask", include_str!("../migrations/sqlite/0009_mode_ask.sql")),
    (10, "methods", include_str!("../migrations/sqlite/0010_methods.sql")),
    (11, "activity size", include_str!("../migrations/sqlite/0011_activity_size.sql")),
    (12, "host patterns", include_str!("../migrations/sqlite/0012_host_patterns.sql")),
];
const POSTGRES: &[(i64, &str, &str)] = &[
    (1, "start", include_str!("../migrations/postgres/0001_start.sql")),
    (2, "rate limits", include_str!("../migrations/postgres/0002_rate_limits.sql")),
    (3, "conditions", include_str!("../migrations/postgres/0003_conditions.sql")),
    (4, "approvals", include_str!("../migrations/postgres/0004_approvals.sql")),
    (5, "looking back", include_str!("../migrations/postgres/0005_looking_back.sql")),
    (6, "audit log", include_str!("../migrations/postgres/0006_audit_log.sql")),
    (7, "overview", include_str!("../migrations/postgres/0007_overview.sql")),
    (8, "placeholder", include_str!("../migrations/postgres/0008_placeholder.sql")),
    (9, "mode ask", include_str!("../migrations/postgres/0009_mode_ask.sql")),
    (10, "methods", include_str!("../migrations/postgres/0010_methods.sql")),
    (11, "activity size", include_str!("../migrations/postgres/0011_activity_size.sql")),
    (12, "host patterns", include_str!("../migrations/postgres/0012_host_patterns.sql")),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_engines_have_the_same_migrations() {
        let names = |steps: &[(i64, &'static str, &str)]| -> Vec<(i64, &'static str)> {
            steps.iter().map(|(version, name, _)| (*version, *name)).collect()
        };
        assert_eq!(names(SQLITE), names(POSTGRES));
    }
}
