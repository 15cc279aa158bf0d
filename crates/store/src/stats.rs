//! Requests over time: activity put together by spans of time.

use onecli_domain::id::{AgentId, ProjectId, SecretId};
use onecli_domain::time::Timestamp;

use crate::activity::ActivityRecords;
use crate::error::{Error, Fault};
use crate::pool::read_with;
use crate::rows::{Columns, Fields};

/// Requests of one agent, or to one host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Share<K> {
    /// Of whom, or where to.
    pub of: K,
    /// An agent's newest name, or the host.
    pub name: String,
    /// All requests.
    pub requests: u64,
    /// Those that were refused.
    pub refused: u64,
    /// Those that were answered with 5xx or not at all.
    pub failed: u64,
}

/// The requests of one span of time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bucket {
    /// When it begins.
    pub at: Timestamp,
    /// All requests.
    pub requests: u64,
    /// Those that went through.
    pub allowed: u64,
    /// Those that were refused.
    pub refused: u64,
    /// Those of the refused that waited for a person in vain.
    pub held: u64,
    /// Those of the refused that were beyond a rate limit.
    pub limited: u64,
    /// Those that were answered with 5xx or not at all.
    pub failed: u64,
    /// Bytes of their bodies.
    pub bytes_up: u64,
    /// Bytes of their answers' bodies.
    pub bytes_down: u64,
}

impl ActivityRecords<'_> {
    /// A project's requests from a moment until before another, in spans of so many microseconds since 1970, the
    /// oldest first. Spans without requests are left out.
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

    /// The agents with the most requests from a moment until before another.
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

    /// The agents with the most refused requests since a moment, of those of which at least `least`, and at least a
    /// quarter, were refused. Agents that are gone are left out.
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

    /// How many requests since a moment raised an alarm.
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

    /// The hosts with the most requests from a moment until before another.
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

    /// How many requests went out with which secrets from a moment until before another.
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
