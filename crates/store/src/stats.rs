//! Statistics: requests per time span, agent, host and secret.

use onecli_domain::id::{AgentId, ProjectId, SecretId};
use onecli_domain::time::Timestamp;

use crate::activity::ActivityRecords;
use crate::error::{Error, Fault};
use crate::pool::read_with;
use crate::rows::{Columns, Fields};

/// The number of requests of one agent, or to one host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Share<K> {
    /// The agent, or `()` for a host.
    pub of: K,
    /// The agent's latest name, or the host.
    pub name: String,
    /// All requests.
    pub requests: u64,
    /// Refused requests.
    pub refused: u64,
    /// Requests with a 5xx response or none.
    pub failed: u64,
}

/// The requests of one time span.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bucket {
    /// When the span begins.
    pub at: Timestamp,
    /// All requests.
    pub requests: u64,
    /// Allowed requests.
    pub allowed: u64,
    /// Refused requests.
    pub refused: u64,
    /// Refused requests that were held and not approved.
    pub held: u64,
    /// Refused requests that exceeded a rate limit.
    pub limited: u64,
    /// Requests with a 5xx response or none.
    pub failed: u64,
    /// Total size of request bodies.
    pub bytes_up: u64,
    /// Total size of response bodies.
    pub bytes_down: u64,
}

impl ActivityRecords<'_> {
    /// A project's requests between two times (the second excluded), in spans of `width` microseconds aligned to 1970,
    /// oldest first. Spans without requests are omitted.
    pub async fn buckets(
        self,
        project: ProjectId,
        from: Timestamp,
        to: Timestamp,
        width: i64,
    ) -> Result<Vec<Bucket>, Error> {
        read_with!(self.store, |connection| {
            let rows = sqlx::query(
                "SELECT span * $4, COUNT(*), SUM(allowed), COUNT(*) - SUM(allowed), SUM(held), SUM(limited), SUM(failed),
                        CAST(SUM(bytes_up) AS BIGINT), CAST(SUM(bytes_down) AS BIGINT)
                 FROM (SELECT at / $4 AS span, bytes_up, bytes_down,
                              CASE WHEN verdict = 'allow' THEN 1 ELSE 0 END AS allowed,
                              CASE WHEN verdict = 'hold' THEN 1 ELSE 0 END AS held,
                              CASE WHEN verdict = 'rate_limit' THEN 1 ELSE 0 END AS limited,
                              CASE WHEN status >= 500 OR status = 0 THEN 1 ELSE 0 END AS failed
                       FROM activity WHERE project_id = $1 AND at >= $2 AND at < $3) AS requests
                 GROUP BY span ORDER BY span",
            )
            .bind(project.0)
            .bind(from.micros())
            .bind(to.micros())
            .bind(width)
            .fetch_all(&mut *connection)
            .await?;
            rows.iter()
                .map(|row| {
                    let mut fields = Fields::of(row);
                    Ok(Bucket {
                        at: fields.time()?,
                        requests: fields.small()?,
                        allowed: fields.small()?,
                        refused: fields.small()?,
                        held: fields.small()?,
                        limited: fields.small()?,
                        failed: fields.small()?,
                        bytes_up: fields.small()?,
                        bytes_down: fields.small()?,
                    })
                })
                .collect()
        })
    }

    /// The agents with the most requests between two times (the second excluded).
    pub async fn busiest_agents(
        self,
        project: ProjectId,
        from: Timestamp,
        to: Timestamp,
        limit: u32,
    ) -> Result<Vec<Share<AgentId>>, Error> {
        read_with!(self.store, |connection| {
            let rows = sqlx::query(
                "SELECT agent_id, MAX(agent_name), COUNT(*), SUM(CASE WHEN verdict <> 'allow' THEN 1 ELSE 0 END),
                        SUM(CASE WHEN status >= 500 OR status = 0 THEN 1 ELSE 0 END)
                 FROM activity WHERE project_id = $1 AND at >= $2 AND at < $3
                 GROUP BY agent_id ORDER BY COUNT(*) DESC, agent_id LIMIT $4",
            )
            .bind(project.0)
            .bind(from.micros())
            .bind(to.micros())
            .bind(i64::from(limit))
            .fetch_all(&mut *connection)
            .await?;
            rows.iter()
                .map(|row| {
                    let mut fields = Fields::of(row);
                    let of = fields.id()?;
                    read_share(of, &mut fields)
                })
                .collect()
        })
    }

    /// The agents with the most refused requests since a time, among those with at least `least`, and at least a
    /// quarter, of their requests refused. Deleted agents are omitted.
    pub async fn refused_agents(
        self,
        project: ProjectId,
        from: Timestamp,
        least: u32,
        limit: u32,
    ) -> Result<Vec<Share<AgentId>>, Error> {
        read_with!(self.store, |connection| {
            let rows = sqlx::query(
                "SELECT agents.id, agents.name, asked.requests, asked.refused, asked.failed
                 FROM (SELECT agent_id, COUNT(*) AS requests,
                              SUM(CASE WHEN verdict <> 'allow' THEN 1 ELSE 0 END) AS refused,
                              SUM(CASE WHEN status >= 500 OR status = 0 THEN 1 ELSE 0 END) AS failed
                       FROM activity WHERE project_id = $1 AND at >= $2 GROUP BY agent_id) AS asked
                 JOIN agents ON agents.id = asked.agent_id AND agents.project_id = $1
                 WHERE asked.refused >= $3 AND asked.refused * 4 >= asked.requests
                 ORDER BY asked.refused DESC, agents.id LIMIT $4",
            )
            .bind(project.0)
            .bind(from.micros())
            .bind(i64::from(least))
            .bind(i64::from(limit))
            .fetch_all(&mut *connection)
            .await?;
            rows.iter()
                .map(|row| {
                    let mut fields = Fields::of(row);
                    let of = fields.id()?;
                    read_share(of, &mut fields)
                })
                .collect()
        })
    }

    /// The number of requests that raised an alarm since a time.
    pub async fn count_alarms(self, project: ProjectId, from: Timestamp) -> Result<u64, Error> {
        read_with!(self.store, |connection| {
            let row = sqlx::query(
                "SELECT COUNT(*) FROM activity WHERE project_id = $1 AND at >= $2 AND alarm IS NOT NULL",
            )
            .bind(project.0)
            .bind(from.micros())
            .fetch_one(&mut *connection)
            .await?;
            Fields::of(&row).small()
        })
    }

    /// The hosts with the most requests between two times (the second excluded).
    pub async fn busiest_hosts(
        self,
        project: ProjectId,
        from: Timestamp,
        to: Timestamp,
        limit: u32,
    ) -> Result<Vec<Share<()>>, Error> {
        read_with!(self.store, |connection| {
            let rows = sqlx::query(
                "SELECT host, COUNT(*), SUM(CASE WHEN verdict <> 'allow' THEN 1 ELSE 0 END),
                        SUM(CASE WHEN status >= 500 OR status = 0 THEN 1 ELSE 0 END)
                 FROM activity WHERE project_id = $1 AND at >= $2 AND at < $3
                 GROUP BY host ORDER BY COUNT(*) DESC, host LIMIT $4",
            )
            .bind(project.0)
            .bind(from.micros())
            .bind(to.micros())
            .bind(i64::from(limit))
            .fetch_all(&mut *connection)
            .await?;
            rows.iter().map(|row| read_share((), &mut Fields::of(row))).collect()
        })
    }

    /// The number of requests per combination of secrets between two times (the second excluded).
    pub async fn secrets_used(
        self,
        project: ProjectId,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Vec<(Vec<SecretId>, u64)>, Error> {
        read_with!(self.store, |connection| {
            let rows = sqlx::query(
                "SELECT secret_ids, COUNT(*) FROM activity
                 WHERE project_id = $1 AND at >= $2 AND at < $3 AND secret_ids <> '[]' GROUP BY secret_ids",
            )
            .bind(project.0)
            .bind(from.micros())
            .bind(to.micros())
            .fetch_all(&mut *connection)
            .await?;
            rows.iter()
                .map(|row| {
                    let mut fields = Fields::of(row);
                    Ok((fields.json()?, fields.small()?))
                })
                .collect()
        })
    }
}

fn read_share<K, R: Columns>(of: K, fields: &mut Fields<'_, R>) -> Result<Share<K>, Fault> {
    Ok(Share {
        of,
        name: fields.text()?,
        requests: fields.small()?,
        refused: fields.small()?,
        failed: fields.small()?,
    })
}
