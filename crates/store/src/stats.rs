//! Requests over time: activity put together by spans of time.

use onecli_domain::id::ProjectId;
use onecli_domain::time::Timestamp;

use crate::activity::ActivityRecords;
use crate::error::Error;
use crate::pool::read_with;
use crate::rows::Fields;

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
                "SELECT span * $4, COUNT(*), SUM(allowed), COUNT(*) - SUM(allowed), SUM(failed),
                        CAST(SUM(bytes_up) AS BIGINT), CAST(SUM(bytes_down) AS BIGINT)
                 FROM (SELECT at / $4 AS span, bytes_up, bytes_down,
                              CASE WHEN verdict = 'allow' THEN 1 ELSE 0 END AS allowed,
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
                        failed: fields.small()?,
                        bytes_up: fields.small()?,
                        bytes_down: fields.small()?,
                    })
                })
                .collect()
        })
    }
}
