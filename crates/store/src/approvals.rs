//! Held requests: written before anybody is asked, and decided once, however many try.

use onecli_domain::approval::{Approval, ApprovalGrant, ApprovalState, Decision, GrantPaths};
use onecli_domain::hold::HoldRule;
use onecli_domain::id::{ApprovalId, ProjectId, RuleId};
use onecli_domain::sealed::Sealed;
use onecli_domain::time::Timestamp;
use uuid::Uuid;

use crate::audit_append::TookEffect;
use crate::error::{Error, Fault};
use crate::notify::Change;
use crate::pool::{change_with, read_with, write_with};
use crate::rows::{Columns, Fields, json_text};
use crate::store::Store;

/// A held request's columns, in the order of `read_approval`.
macro_rules! approval_columns {
    () => {
        "id, project_id, agent_id, agent_name, agent_identifier, rule_id, rule_name, rule_ids, method, origin, \
         path, body_bytes, fingerprint, state, awaited, created_at, expires_at, decided_at, \
         decided_by, reason"
    };
}

/// What came of a decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decided {
    /// It counts.
    Done,
    /// There is no such held request.
    Unknown,
    /// Another one was faster.
    Already(ApprovalState),
    /// The request doesn't wait any more.
    Late,
}

impl TookEffect for Decided {
    fn took_effect(&self) -> bool {
        *self == Self::Done
    }
}

/// What is said to a held request.
#[derive(Clone, Debug)]
pub struct NewDecision<'a> {
    /// Whether it may pass.
    pub decision: Decision,
    /// Who says it.
    pub by: &'a str,
    /// What else they say.
    pub reason: Option<&'a str>,
    /// What they allow beyond it.
    pub grant: Option<&'a ApprovalGrant>,
}

impl Store {
    /// Held requests.
    pub fn approvals(&self) -> Approvals<'_> {
        Approvals { store: self }
    }
}

/// The held requests of a store.
#[derive(Clone, Copy, Debug)]
pub struct Approvals<'a> {
    store: &'a Store,
}

impl Approvals<'_> {
    /// Adds one, which a gateway waits for.
    pub async fn insert(self, held: &Approval, gateway: &str, details: &Sealed) -> Result<(), Error> {
        change_with!(self.store, Change::Approval(held.project, held.id), |transaction| {
            sqlx::query(
                "INSERT INTO approvals (id, project_id, agent_id, agent_name, agent_identifier, rule_id, rule_name,
                                        rule_ids, method, origin, path, body_bytes, fingerprint, state,
                                        awaited, created_at, expires_at, gateway, details_key_version,
                                        details_wrapped_key, details_body)
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20,
                         $21)",
            )
            .bind(held.id.0)
            .bind(held.project.0)
            .bind(held.agent.0)
            .bind(&held.agent_name)
            .bind(&held.agent_identifier)
            .bind(held.rule.as_ref().map(|rule| rule.id.0))
            .bind(held.rule.as_ref().map(|rule| &*rule.name))
            .bind(json_text(&held.rules)?)
            .bind(&held.method)
            .bind(&held.origin)
            .bind(&held.path)
            .bind(held.body_bytes)
            .bind(held.fingerprint.as_slice())
            .bind(held.state.as_str())
            .bind(held.awaited)
            .bind(held.created_at.micros())
            .bind(held.expires_at.micros())
            .bind(gateway)
            .bind(i64::from(details.key_version))
            .bind(details.wrapped_key.as_slice())
            .bind(details.body.as_slice())
            .execute(&mut *transaction)
            .await?;
            Ok(())
        })
    }

    /// Takes over one that the same request left behind when a gateway stopped: it waits again, or its decision is
    /// there. None if there is none. Of two who try at once, one gets it.
    pub async fn take_over(
        self,
        project: ProjectId,
        fingerprint: &[u8; 32],
        gateway: &str,
        now: Timestamp,
    ) -> Result<Option<Approval>, Error> {
        write_with!(self.store, |transaction| {
            let row = sqlx::query(concat!(
                "SELECT ",
                approval_columns!(),
                " FROM approvals WHERE project_id = $1 AND fingerprint = $2 AND NOT awaited AND expires_at > $3
                  AND state IN ('interrupted', 'approved', 'denied')
                  ORDER BY CASE state WHEN 'interrupted' THEN 1 ELSE 0 END, id LIMIT 1"
            ))
            .bind(project.0)
            .bind(fingerprint.as_slice())
            .bind(now.micros())
            .fetch_optional(&mut *transaction)
            .await?;
            let Some(row) = row else { return Ok(None) };
            let id: ApprovalId = Fields::of(&row).id()?;
            let taken = sqlx::query(concat!(
                "UPDATE approvals SET awaited = $2, gateway = $3,
                        state = CASE state WHEN 'interrupted' THEN 'pending' ELSE state END
                 WHERE id = $1 AND NOT awaited RETURNING ",
                approval_columns!()
            ))
            .bind(id.0)
            .bind(true)
            .bind(gateway)
            .fetch_optional(&mut *transaction)
            .await?;
            taken.map(|row| read_approval(&mut Fields::of(&row))).transpose()
        })
    }

    /// Decides. The first decision within the time counts, and only that.
    pub async fn decide(
        self,
        project: ProjectId,
        id: ApprovalId,
        word: &NewDecision<'_>,
        now: Timestamp,
    ) -> Result<Decided, Error> {
        change_with!(self.store, Change::Approval(project, id), |transaction| {
            let done = sqlx::query(
                "UPDATE approvals SET state = $3, decided_at = $4, decided_by = $5, reason = $6
                 WHERE project_id = $1 AND id = $2 AND state IN ('pending', 'interrupted') AND expires_at > $4",
            )
            .bind(project.0)
            .bind(id.0)
            .bind(word.decision.state().as_str())
            .bind(now.micros())
            .bind(word.by)
            .bind(word.reason)
            .execute(&mut *transaction)
            .await?;
            if done.rows_affected() == 0 {
                let row = sqlx::query("SELECT state FROM approvals WHERE project_id = $1 AND id = $2")
                    .bind(project.0)
                    .bind(id.0)
                    .fetch_optional(&mut *transaction)
                    .await?;
                let Some(row) = row else { return Ok(Decided::Unknown) };
                let state = Fields::of(&row).word(ApprovalState::read)?;
                return Ok(match state {
                    ApprovalState::Approved | ApprovalState::Denied => Decided::Already(state),
                    ApprovalState::Pending
                    | ApprovalState::Interrupted
                    | ApprovalState::Expired
                    | ApprovalState::Cancelled => Decided::Late,
                });
            }
            if let Some(grant) = word.grant {
                let (path, pattern) = match &grant.paths {
                    GrantPaths::Exactly(path) => (Some(path), None),
                    GrantPaths::Pattern(pattern) => (None, Some(pattern)),
                };
                sqlx::query(
                    "INSERT INTO approval_grants (id, project_id, agent_id, approval_id, method, origin, path,
                                                  path_pattern, rule_ids, requests_left, expires_at, created_at,
                                                  created_by)
                     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
                )
                .bind(grant.id.0)
                .bind(project.0)
                .bind(grant.agent.0)
                .bind(id.0)
                .bind(&grant.method)
                .bind(&grant.origin)
                .bind(path)
                .bind(pattern)
                .bind(json_text(&grant.rules)?)
                .bind(grant.requests_left.map(i64::from))
                .bind(grant.expires_at.map(Timestamp::micros))
                .bind(grant.created_at.micros())
                .bind(&grant.created_by)
                .execute(&mut *transaction)
                .await?;
            }
            Ok(Decided::Done)
        })
    }

    /// Ends one that still waits, otherwise than by a decision. False if it was decided or ended before.
    pub async fn end(
        self,
        project: ProjectId,
        id: ApprovalId,
        state: ApprovalState,
        now: Timestamp,
    ) -> Result<bool, Error> {
        change_with!(self.store, Change::Approval(project, id), |transaction| {
            let interrupted = state == ApprovalState::Interrupted;
            let done = sqlx::query(
                "UPDATE approvals SET state = $3, awaited = $4, decided_at = $5
                 WHERE project_id = $1 AND id = $2 AND state = 'pending'",
            )
            .bind(project.0)
            .bind(id.0)
            .bind(state.as_str())
            .bind(!interrupted)
            .bind((!interrupted).then_some(now.micros()))
            .execute(&mut *transaction)
            .await?;
            Ok(done.rows_affected() > 0)
        })
    }

    /// Interrupts all that a gateway waited for when it was killed.
    pub async fn interrupt_all(self, gateway: &str) -> Result<u64, Error> {
        write_with!(self.store, |transaction| {
            let done = sqlx::query(
                "UPDATE approvals SET state = 'interrupted', awaited = $2 WHERE state = 'pending' AND gateway = $1",
            )
            .bind(gateway)
            .bind(false)
            .execute(&mut *transaction)
            .await?;
            Ok(done.rows_affected())
        })
    }

    /// Ends all whose time is over. Those that a gateway waits for it ends by itself; this is for the others.
    pub async fn expire(self, now: Timestamp) -> Result<u64, Error> {
        write_with!(self.store, |transaction| {
            let done = sqlx::query(
                "UPDATE approvals SET state = 'expired', decided_at = expires_at
                 WHERE state IN ('pending', 'interrupted') AND expires_at <= $1",
            )
            .bind(now.micros())
            .execute(&mut *transaction)
            .await?;
            Ok(done.rows_affected())
        })
    }

    /// One.
    pub async fn fetch(self, project: ProjectId, id: ApprovalId) -> Result<Option<Approval>, Error> {
        read_with!(self.store, |connection| {
            let row = sqlx::query(concat!(
                "SELECT ",
                approval_columns!(),
                " FROM approvals WHERE project_id = $1 AND id = $2"
            ))
            .bind(project.0)
            .bind(id.0)
            .fetch_optional(&mut *connection)
            .await?;
            row.map(|row| read_approval(&mut Fields::of(&row))).transpose()
        })
    }

    /// Those of a project that can be decided, oldest first, with their details.
    pub async fn list_open(
        self,
        project: ProjectId,
        now: Timestamp,
    ) -> Result<Vec<(Approval, Sealed)>, Error> {
        read_with!(self.store, |connection| {
            let rows = sqlx::query(concat!(
                "SELECT ",
                approval_columns!(),
                ", details_key_version, details_wrapped_key, details_body
                   FROM approvals WHERE project_id = $1 AND state IN ('pending', 'interrupted') AND expires_at > $2
                   ORDER BY id"
            ))
            .bind(project.0)
            .bind(now.micros())
            .fetch_all(&mut *connection)
            .await?;
            rows.iter().map(read_with_details).collect()
        })
    }

    /// A page of a project's held requests of which this became, newest first, with their details. What nobody
    /// decided in time counts as expired, also where that isn't written down yet.
    pub async fn list(
        self,
        project: ProjectId,
        states: &[ApprovalState],
        now: Timestamp,
        limit: u32,
        before: Option<ApprovalId>,
    ) -> Result<Vec<(Approval, Sealed)>, Error> {
        read_with!(self.store, |connection| {
            let rows = sqlx::query(concat!(
                "SELECT ",
                approval_columns!(),
                ", details_key_version, details_wrapped_key, details_body
                   FROM approvals WHERE project_id = $1 AND id < $2
                     AND ($5 AND state = 'pending' AND expires_at > $4
                       OR $6 AND state = 'interrupted' AND expires_at > $4
                       OR $7 AND state = 'approved' OR $8 AND state = 'denied' OR $9 AND state = 'cancelled'
                       OR $10 AND (state = 'expired' OR state IN ('pending', 'interrupted') AND expires_at <= $4))
                   ORDER BY id DESC LIMIT $3"
            ))
            .bind(project.0)
            .bind(before.map_or(Uuid::max(), |id| id.0))
            .bind(i64::from(limit))
            .bind(now.micros())
            .bind(states.contains(&ApprovalState::Pending))
            .bind(states.contains(&ApprovalState::Interrupted))
            .bind(states.contains(&ApprovalState::Approved))
            .bind(states.contains(&ApprovalState::Denied))
            .bind(states.contains(&ApprovalState::Cancelled))
            .bind(states.contains(&ApprovalState::Expired))
            .fetch_all(&mut *connection)
            .await?;
            rows.iter().map(read_with_details).collect()
        })
    }

    /// Removes those that came before a time.
    pub async fn delete_before(self, time: Timestamp) -> Result<(), Error> {
        write_with!(self.store, |transaction| {
            sqlx::query(
                "DELETE FROM approvals WHERE created_at < $1 AND state NOT IN ('pending', 'interrupted')",
            )
            .bind(time.micros())
            .execute(&mut *transaction)
            .await?;
            Ok(())
        })
    }
}

fn read_with_details<R: Columns>(row: &R) -> Result<(Approval, Sealed), Fault> {
    let mut fields = Fields::of(row);
    Ok((read_approval(&mut fields)?, fields.sealed()?))
}

fn read_approval<R: Columns>(fields: &mut Fields<'_, R>) -> Result<Approval, Fault> {
    Ok(Approval {
        id: fields.id()?,
        project: fields.id()?,
        agent: fields.id()?,
        agent_name: fields.text()?,
        agent_identifier: fields.text()?,
        rule: rule_of(fields.maybe_id()?, fields.maybe_text()?),
        rules: fields.json()?,
        method: fields.text()?,
        origin: fields.text()?,
        path: fields.text()?,
        body_bytes: fields.int()?,
        fingerprint: fields.hash()?.0,
        state: fields.word(ApprovalState::read)?,
        awaited: fields.flag()?,
        created_at: fields.time()?,
        expires_at: fields.time()?,
        decided_at: fields.maybe_time()?,
        decided_by: fields.maybe_text()?,
        reason: fields.maybe_text()?,
    })
}

fn rule_of(id: Option<RuleId>, name: Option<String>) -> Option<HoldRule> {
    id.map(|id| HoldRule { id, name: name.unwrap_or_default().into() })
}
