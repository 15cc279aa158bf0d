//! Activity: written in batches, read one by one.

use std::borrow::Cow;
use std::iter;
use std::sync::{Arc, LazyLock};

use onecli_domain::activity::{Activity, Protocol, Timeline, VerdictKind};
use onecli_domain::id::{ActivityId, AgentId, ProjectId, SecretId};
use onecli_domain::time::Timestamp;
use sqlx::AssertSqlSafe;

use crate::activity_size::{ADD_SIZE, SizeChanges, estimated_bytes};
use crate::error::{Error, Fault};
use crate::pool::{Pools, read_with, write_with};
use crate::rows::{Columns, Fields, json_text};
use crate::store::Store;

/// A record's columns, in the order of `read_activity`.
macro_rules! activity_columns {
    () => {
        "project_id, id, at, agent_id, agent_name, method, host, path, status, verdict, rule_ids, secret_ids, \
         duration_micros, overhead_micros, bytes_up, bytes_down, protocol, error, alarm, decide_micros, \
         hold_micros, dial_micros, upstream_micros"
    };
}
pub(crate) use activity_columns;

/// Binds one record's values to a query of either engine.
macro_rules! bind_record {
    ($query:ident, $record:ident) => {
        $query
            .bind($record.project.0)
            .bind($record.id.0)
            .bind($record.at.micros())
            .bind($record.agent.0)
            .bind($record.agent_name.as_str())
            .bind($record.method.as_str())
            .bind($record.host.as_str())
            .bind($record.path.as_str())
            .bind(i64::from($record.status))
            .bind($record.verdict.as_str())
            .bind(id_list(&$record.rules)?)
            .bind(id_list(&$record.secrets)?)
            .bind($record.duration_micros)
            .bind($record.overhead_micros)
            .bind($record.bytes_up)
            .bind($record.bytes_down)
            .bind($record.protocol.as_str())
            .bind($record.error.as_deref())
            .bind($record.alarm.as_deref())
            .bind($record.timeline.decide_micros)
            .bind($record.timeline.hold_micros)
            .bind($record.timeline.dial_micros)
            .bind($record.timeline.upstream_micros)
            .bind(estimated_bytes($record))
    };
}

/// What a batch of requests did with one secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UsageUpdate {
    /// The secret's project.
    pub project: ProjectId,
    /// The secret.
    pub secret: SecretId,
    /// When the last of them went out.
    pub used_at: Timestamp,
    /// How many went out.
    pub count: u32,
    /// When an upstream last answered 401 to one, if any did.
    pub refused_at: Option<Timestamp>,
}

/// What a batch of requests says of one agent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AgentSeen {
    /// The agent.
    pub agent: AgentId,
    /// When the last of them came.
    pub at: Timestamp,
    /// How many came.
    pub requests: u32,
}

/// How many things of each kind a project has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Agents.
    pub agents: u64,
    /// Secrets.
    pub secrets: u64,
    /// Rules.
    pub rules: u64,
    /// Activity records.
    pub activity: u64,
    /// Requests that wait for a person.
    pub approvals: u64,
}

impl Store {
    /// Activity.
    pub fn activity(&self) -> ActivityRecords<'_> {
        ActivityRecords { store: self }
    }
}

/// The activity of a store.
#[derive(Clone, Copy, Debug)]
pub struct ActivityRecords<'a> {
    pub(crate) store: &'a Store,
}

impl ActivityRecords<'_> {
    /// Writes a batch, with what it says of secrets' use and agents' last requests, in one transaction.
    ///
    /// A record whose id is there already is left out, so that a batch can be written again when it isn't known
    /// whether it was. What is said of secrets and agents that are gone meanwhile is dropped.
    pub async fn insert_batch(
        self,
        records: &[Activity],
        usage: &[UsageUpdate],
        seen: &[AgentSeen],
    ) -> Result<(), Error> {
        // Always in the same order, so that two gateways don't wait for each other.
        let mut usage = usage.to_vec();
        usage.sort_unstable_by_key(|update| update.secret);
        let mut seen = seen.to_vec();
        seen.sort_unstable_by_key(|seen| seen.agent);
        let statements = InsertStatements::of(self.store.pools());
        let mut added = SizeChanges::default();
        write_with!(self.store, |transaction| {
            for chunk in records.chunks(MOST_ROWS) {
                let Some(last) = chunk.last() else { continue };
                let (rows, sql) = statements.for_rows(chunk.len());
                let mut query = sqlx::query(AssertSqlSafe(sql));
                for record in chunk.iter().chain(iter::repeat_n(last, rows - chunk.len())) {
                    query = bind_record!(query, record);
                }
                let done = query.execute(&mut *transaction).await?;
                added.add(chunk, done.rows_affected());
            }
            for update in &usage {
                sqlx::query(
                    "UPDATE secrets SET
                         last_used_at    = CASE WHEN last_used_at > $3 THEN last_used_at ELSE $3 END,
                         use_count       = use_count + $4,
                         last_refused_at = CASE WHEN $5 IS NULL OR last_refused_at > $5 THEN last_refused_at ELSE $5 END
                     WHERE project_id = $1 AND id = $2",
                )
                .bind(update.project.0)
                .bind(update.secret.0)
                .bind(update.used_at.micros())
                .bind(i64::from(update.count))
                .bind(update.refused_at.map(Timestamp::micros))
                .execute(&mut *transaction)
                .await?;
            }
            for seen in &seen {
                sqlx::query(
                    "UPDATE agents SET
                         last_seen_at  = CASE WHEN last_seen_at > $2 THEN last_seen_at ELSE $2 END,
                         request_count = request_count + $3
                     WHERE id = $1",
                )
                .bind(seen.agent.0)
                .bind(seen.at.micros())
                .bind(i64::from(seen.requests))
                .execute(&mut *transaction)
                .await?;
            }
            // Last, so that gateways which write at the same time wait for each other only this long.
            for (project, bytes) in added.of_projects() {
                sqlx::query(ADD_SIZE).bind(project.0).bind(bytes).execute(&mut *transaction).await?;
            }
            Ok(())
        })
    }

    /// One record.
    pub async fn fetch(self, project: ProjectId, id: ActivityId) -> Result<Option<Activity>, Error> {
        read_with!(self.store, |connection| {
            let row = sqlx::query(concat!(
                "SELECT ",
                activity_columns!(),
                " FROM activity WHERE project_id = $1 AND id = $2"
            ))
            .bind(project.0)
            .bind(id.0)
            .fetch_optional(&mut *connection)
            .await?;
            row.map(|row| read_activity(&mut Fields::of(&row))).transpose()
        })
    }

    /// A project's records after one, oldest first: what a stream shows of other gateways' requests.
    pub async fn list_after(
        self,
        project: ProjectId,
        after: ActivityId,
        limit: u32,
    ) -> Result<Vec<Activity>, Error> {
        read_with!(self.store, |connection| {
            let rows = sqlx::query(concat!(
                "SELECT ",
                activity_columns!(),
                " FROM activity WHERE project_id = $1 AND id > $2 ORDER BY id LIMIT $3"
            ))
            .bind(project.0)
            .bind(after.0)
            .bind(i64::from(limit))
            .fetch_all(&mut *connection)
            .await?;
            rows.iter().map(|row| read_activity(&mut Fields::of(row))).collect()
        })
    }

    /// How many things of each kind a project has.
    pub async fn counts(self, project: ProjectId, now: Timestamp) -> Result<Counts, Error> {
        read_with!(self.store, |connection| {
            let row = sqlx::query(
                "SELECT (SELECT COUNT(*) FROM agents WHERE project_id = $1),
                        (SELECT COUNT(*) FROM secrets WHERE project_id = $1),
                        (SELECT COUNT(*) FROM rules WHERE project_id = $1),
                        (SELECT COUNT(*) FROM activity WHERE project_id = $1),
                        (SELECT COUNT(*) FROM approvals WHERE project_id = $1 AND expires_at > $2
                                                          AND state IN ('pending', 'interrupted'))",
            )
            .bind(project.0)
            .bind(now.micros())
            .fetch_one(&mut *connection)
            .await?;
            let mut fields = Fields::of(&row);
            Ok(Counts {
                agents: fields.small()?,
                secrets: fields.small()?,
                rules: fields.small()?,
                activity: fields.small()?,
                approvals: fields.small()?,
            })
        })
    }
}

pub(crate) fn read_activity<R: Columns>(fields: &mut Fields<'_, R>) -> Result<Activity, Fault> {
    let (project, id) = (fields.id()?, fields.id()?);
    let record = Activity {
        id,
        project,
        at: fields.time()?,
        agent: fields.id()?,
        agent_name: fields.text()?,
        method: fields.text()?,
        host: fields.text()?,
        path: fields.text()?,
        status: fields.small()?,
        verdict: fields.word(VerdictKind::read)?,
        rules: fields.json()?,
        secrets: fields.json()?,
        duration_micros: fields.int()?,
        overhead_micros: fields.int()?,
        timeline: Timeline::default(),
        bytes_up: fields.int()?,
        bytes_down: fields.int()?,
        protocol: fields.word(Protocol::read)?,
        error: fields.maybe_text()?,
        alarm: fields.maybe_text()?,
    };
    let timeline = Timeline {
        decide_micros: fields.maybe_int()?,
        hold_micros: fields.maybe_int()?,
        dial_micros: fields.maybe_int()?,
        upstream_micros: fields.maybe_int()?,
    };
    Ok(Activity { timeline, ..record })
}

/// A JSON list; the common empty one without asking the serializer.
fn id_list<T: serde::Serialize>(ids: &[T]) -> Result<Cow<'static, str>, Fault> {
    if ids.is_empty() { Ok(Cow::Borrowed("[]")) } else { json_text(&ids).map(Cow::Owned) }
}

/// Statements that insert 1, 2, 4 … rows at once.
///
/// A few fixed sizes, so that each is prepared once; many rows in one statement, because with `SQLite` handing a
/// statement to the driver's thread and back costs more than inserting ten rows. What is left of a size is filled
/// up with repetitions, which count as records that are there already.
struct InsertStatements(Vec<Arc<str>>);

impl InsertStatements {
    fn of(pools: &Pools) -> &'static Self {
        static SQLITE: LazyLock<InsertStatements> =
            LazyLock::new(|| InsertStatements::with(|_| "?".to_owned()));
        static POSTGRES: LazyLock<InsertStatements> =
            LazyLock::new(|| InsertStatements::with(|n| format!("${n}")));
        match pools {
            // `$1` is a name to `SQLite`, and names are looked up one by one: thousands of them take milliseconds.
            Pools::Sqlite { .. } => &SQLITE,
            Pools::Postgres(_) => &POSTGRES,
        }
    }

    fn with(parameter: fn(usize) -> String) -> Self {
        let sizes = (0..=MOST_ROWS.ilog2()).map(|power| 1 << power);
        Self(sizes.map(|rows| insert_statement(rows, parameter).into()).collect())
    }

    /// The smallest statement for that many rows, at most [`MOST_ROWS`], and how many rows it has.
    fn for_rows(&self, count: usize) -> (usize, Arc<str>) {
        let rows = count.next_power_of_two();
        (rows, self.0.get(rows.ilog2() as usize).map(Arc::clone).unwrap_or_default())
    }
}

fn insert_statement(rows: usize, parameter: fn(usize) -> String) -> String {
    let mut sql = String::from(concat!("INSERT INTO activity (", activity_columns!(), ", size) VALUES "));
    for row in 0..rows {
        sql.push_str(if row == 0 { "(" } else { ", (" });
        for column in 1..=COLUMNS {
            if column > 1 {
                sql.push_str(", ");
            }
            sql.push_str(&parameter(row * COLUMNS + column));
        }
        sql.push(')');
    }
    sql.push_str(" ON CONFLICT (project_id, id) DO NOTHING");
    sql
}

/// The columns of `activity_columns`, and `size`.
const COLUMNS: usize = 24;
/// A power of two; `SQLite` takes 32,766 parameters at most, `PostgreSQL` 65,535.
const MOST_ROWS: usize = 512;
