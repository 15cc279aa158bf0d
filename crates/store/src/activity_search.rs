//! Looking for activity: lists by filters, newest first, and what occurs in the latest records.

use std::fmt::Write;

use onecli_domain::activity::{Activity, ActivityFilter};
use onecli_domain::id::{ActivityId, ProjectId};
use onecli_domain::time::Timestamp;
use sqlx::AssertSqlSafe;

use crate::activity::{ActivityRecords, activity_columns, read_activity};
use crate::error::Error;
use crate::pool::read_with;
use crate::rows::Fields;

/// A place that requests went to, and how many did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Visited {
    /// Host, with the port where it isn't the scheme's own.
    pub host: String,
    /// Path, and the query with its values masked.
    pub path: String,
    /// How many requests.
    pub requests: u64,
}

impl ActivityRecords<'_> {
    /// A project's records that pass the filter, newest first, from before a record on.
    pub async fn list(
        self,
        project: ProjectId,
        filter: &ActivityFilter,
        limit: u32,
        before: Option<ActivityId>,
    ) -> Result<Vec<Activity>, Error> {
        let text = filter.text.as_deref().filter(|text| !text.is_empty()).map(containing);
        let sql = list_statement(filter, before.is_some(), text.is_some());
        read_with!(self.store, |connection| {
            let before = match before {
                Some(id) => {
                    let row = sqlx::query("SELECT at FROM activity WHERE project_id = $1 AND id = $2")
                        .bind(project.0)
                        .bind(id.0)
                        .fetch_optional(&mut *connection)
                        .await?;
                    let at = row.map(|row| Fields::of(&row).time()).transpose()?;
                    Some((at.unwrap_or_else(|| made_at(id)), id))
                }
                None => None,
            };
            // In the order of `list_statement`.
            let mut query = sqlx::query(AssertSqlSafe(sql)).bind(project.0).bind(i64::from(limit));
            if let Some((at, id)) = before {
                query = query.bind(at.micros()).bind(id.0);
            }
            if let Some(agent) = filter.agent {
                query = query.bind(agent.0);
            }
            if let Some(host) = filter.host.as_deref() {
                query = query.bind(host);
            }
            if let Some(method) = filter.method.as_deref() {
                query = query.bind(method);
            }
            if let Some((least, most)) = filter.status {
                query = query.bind(i64::from(least)).bind(i64::from(most));
            }
            for verdict in &filter.verdicts {
                query = query.bind(verdict.as_str());
            }
            if let Some(from) = filter.from {
                query = query.bind(from.micros());
            }
            if let Some(to) = filter.to {
                query = query.bind(to.micros());
            }
            if let Some(text) = &text {
                query = query.bind(text.as_str());
            }
            let rows = query.fetch_all(&mut *connection).await?;
            rows.iter().map(|row| read_activity(&mut Fields::of(row))).collect()
        })
    }

    /// Where a project's latest requests went, those that are known best first.
    pub async fn visited(self, project: ProjectId) -> Result<Vec<Visited>, Error> {
        read_with!(self.store, |connection| {
            let rows = sqlx::query(
                "SELECT host, path, COUNT(*)
                 FROM (SELECT host, path FROM activity WHERE project_id = $1 ORDER BY at DESC, id DESC LIMIT $2) AS latest
                 GROUP BY host, path ORDER BY COUNT(*) DESC, host, path",
            )
            .bind(project.0)
            .bind(LATEST)
            .fetch_all(&mut *connection)
            .await?;
            rows.iter()
                .map(|row| {
                    let mut fields = Fields::of(row);
                    Ok(Visited { host: fields.text()?, path: fields.text()?, requests: fields.small()? })
                })
                .collect()
        })
    }
}

/// The statement for a filter: it names only what is asked for, so that the engine sees which part of the index it
/// has to read. There are not many different ones, and each is prepared once.
fn list_statement(filter: &ActivityFilter, is_further: bool, has_text: bool) -> String {
    let mut sql =
        String::from(concat!("SELECT ", activity_columns!(), " FROM activity WHERE project_id = $1"));
    let mut next = 3;
    let mut add = |is_asked: bool, clause: &str, parameters: usize| {
        if is_asked {
            sql.push_str(" AND ");
            let mut parts = clause.split('?');
            sql.push_str(parts.next().unwrap_or_default());
            for (at, part) in parts.enumerate() {
                // The same parameter again, where there are fewer than question marks.
                let _ = write!(sql, "${}{part}", next + at.min(parameters - 1));
            }
            next += parameters;
        }
    };
    add(is_further, "(at, id) < (?, ?)", 2);
    add(filter.agent.is_some(), "agent_id = ?", 1);
    add(filter.host.is_some(), "host = ?", 1);
    add(filter.method.is_some(), "method = ?", 1);
    add(filter.status.is_some(), "status BETWEEN ? AND ?", 2);
    let verdicts = vec!["?"; filter.verdicts.len()].join(", ");
    add(!verdicts.is_empty(), &format!("verdict IN ({verdicts})"), filter.verdicts.len());
    add(filter.from.is_some(), "at >= ?", 1);
    add(filter.to.is_some(), "at < ?", 1);
    add(filter.alarm == Some(true), "alarm IS NOT NULL", 0);
    add(filter.alarm == Some(false), "alarm IS NULL", 0);
    add(
        has_text,
        "(LOWER(host) LIKE LOWER(?) ESCAPE '\\' OR LOWER(path) LIKE LOWER(?) ESCAPE '\\'
          OR LOWER(method) LIKE LOWER(?) ESCAPE '\\' OR LOWER(agent_name) LIKE LOWER(?) ESCAPE '\\')",
        1,
    );
    sql.push_str(" ORDER BY at DESC, id DESC LIMIT $2");
    sql
}

/// When a record was made, of which nothing but the id is left: its id says so, to the millisecond.
fn made_at(id: ActivityId) -> Timestamp {
    let (seconds, nanos) = id.0.get_timestamp().map_or((0, 0), |time| time.to_unix());
    Timestamp(i64::try_from(seconds).unwrap_or(i64::MAX).saturating_mul(1_000_000) + i64::from(nanos / 1_000))
}

/// A pattern for what contains this text, in which nothing is a wildcard.
fn containing(text: &str) -> String {
    let mut pattern = String::with_capacity(text.len() + 2);
    pattern.push('%');
    for character in text.chars() {
        if matches!(character, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(character);
    }
    pattern.push('%');
    pattern
}

const LATEST: i64 = 20_000;

#[cfg(test)]
mod tests {
    use onecli_domain::activity::VerdictKind;
    use onecli_domain::id::AgentId;
    use uuid::Uuid;

    use super::*;
    use crate::pool::Pools;
    use crate::store::{Config, Location, Store};

    #[tokio::test]
    async fn whatever_is_asked_for_no_more_is_read_than_it_takes_to_fill_a_page() {
        let folder = tempfile::tempdir().unwrap();
        let store =
            Store::open(&Config::at(Location::Sqlite(folder.path().join("onecli.db")))).await.unwrap();
        let Pools::Sqlite { reader, .. } = store.pools() else { panic!("not SQLite") };
        let none = ActivityFilter::default;
        for filter in [
            none(),
            ActivityFilter { agent: Some(AgentId(Uuid::nil())), ..none() },
            ActivityFilter { host: Some("h".into()), method: Some("GET".into()), ..none() },
            ActivityFilter { alarm: Some(true), ..none() },
            ActivityFilter {
                status: Some((200, 200)),
                verdicts: vec![VerdictKind::Block, VerdictKind::Hold],
                ..none()
            },
            ActivityFilter { from: Some(Timestamp(1)), ..none() },
            ActivityFilter { from: Some(Timestamp(1)), to: Some(Timestamp(2)), ..none() },
        ] {
            for is_further in [false, true] {
                let sql = format!("EXPLAIN QUERY PLAN {}", list_statement(&filter, is_further, true));
                let steps: Vec<(i64, i64, i64, String)> =
                    sqlx::query_as(AssertSqlSafe(sql)).fetch_all(reader).await.unwrap();
                // In the order of the index, and so without gathering everything to sort it.
                assert!(
                    steps.len() == 1 && steps[0].3.contains("USING INDEX activity_at"),
                    "{filter:?} {steps:?}"
                );
            }
        }
    }
}
