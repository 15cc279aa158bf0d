//! Holding a request: from its first word in the store to the decision about it.

use std::time::Duration;

use onecli_domain::approval::{Approval, ApprovalState};
use onecli_domain::hold::Hold;
use onecli_domain::id::{AgentId, ApprovalId};
use onecli_domain::target::Target;
use onecli_vault::digest::KeyedHash;
use uuid::Uuid;

use crate::app::App;
use crate::error::Error;
use crate::live::holds::{DecisionListener, HoldSlot, TooManyHolds};
use crate::live::snapshot::AgentEntry;
use crate::policy::approvals::{Details, details_associated_data};
use crate::policy::approved::Approved;

/// A request that is to be held.
pub struct Held<'a> {
    /// Who asks.
    pub agent: &'a AgentEntry,
    /// What holds it.
    pub hold: &'a Hold,
    /// The method.
    pub method: &'a str,
    /// Where it goes.
    pub target: &'a Target,
    /// How long the body is.
    pub body_bytes: u64,
    /// What is shown of it.
    pub details: Details,
}

/// How a hold ended.
#[derive(Debug)]
pub enum Ended {
    /// Somebody let it pass.
    Approved(ApprovalId, Approved),
    /// Somebody refused it, and perhaps said why.
    Denied(ApprovalId, Option<String>),
    /// Nobody decided in time.
    Expired(ApprovalId),
    /// The gateway stops. Sent again, the request finds its decision.
    Interrupted(ApprovalId),
}

impl App {
    /// Takes a place among those who may wait; needed before a body is read for it.
    pub fn take_hold_slot(&self, agent: AgentId) -> Result<HoldSlot<'_>, TooManyHolds> {
        self.holds().take_slot(agent)
    }

    /// Holds a request until somebody decides, its time is over, or the gateway stops. Given up before that, the hold
    /// ends as cancelled.
    pub async fn hold(
        &self,
        _seat: &HoldSlot<'_>,
        held: &Held<'_>,
        stopping: impl Future<Output = ()>,
    ) -> Result<Ended, Error> {
        let holds = self.holds();
        let project = held.agent.project.id;
        let fingerprint = self.fingerprint(held);
        let gateway = &self.config().place;
        let left_behind = self.store().approvals().take_over(project, &fingerprint, gateway, self.now());
        let (approval, mut listener) = if let Some(found) = left_behind.await? {
            let mut listener = holds.listen(project, found.id);
            listener.armed = true;
            (found, listener)
        } else {
            let new = self.new_approval(held, fingerprint);
            let details = serde_json::to_vec(&held.details).unwrap_or_default();
            let sealed = self.vault().seal(&details_associated_data(&new), &details)?;
            // Listening before it is written: a decision that comes at once is not missed. And armed before: should
            // the agent hang up while it is being written, it is ended all the same.
            let mut listener = holds.listen(project, new.id);
            listener.armed = true;
            self.store().approvals().insert(&new, gateway, &sealed).await?;
            (new, listener)
        };
        holds.tell(project, approval.id);
        let ended = self.wait(&approval, &listener, stopping).await;
        listener.armed = false;
        Ok(ended)
    }

    async fn wait(
        &self,
        held: &Approval,
        listener: &DecisionListener<'_>,
        stopping: impl Future<Output = ()>,
    ) -> Ended {
        let mut stopping = std::pin::pin!(stopping);
        let mut stops = false;
        let (project, id) = (held.project, held.id);
        let approvals = self.store().approvals();
        loop {
            let now = self.now();
            let end = if now >= held.expires_at {
                Some(ApprovalState::Expired)
            } else if stops {
                Some(ApprovalState::Interrupted)
            } else {
                None
            };
            let looked = async {
                if let Some(state) = end {
                    // Whether it was this that ended it, or a decision before, is read from the store either way.
                    approvals.end(project, id, state, now).await?;
                    self.holds().tell(project, id);
                }
                approvals.fetch(project, id).await
            };
            match looked.await {
                Ok(Some(found)) => match found.state {
                    ApprovalState::Approved => {
                        if let Some(approved) = Approved::by_decision(&found) {
                            return Ended::Approved(id, approved);
                        }
                    }
                    ApprovalState::Denied => return Ended::Denied(id, found.reason),
                    ApprovalState::Expired | ApprovalState::Cancelled => return Ended::Expired(id),
                    ApprovalState::Interrupted => return Ended::Interrupted(id),
                    ApprovalState::Pending => {}
                },
                // Its project is gone, and nobody can decide any more.
                Ok(None) => return Ended::Expired(id),
                Err(error) => {
                    tracing::error!(%error, approval = %id, "whether a held request was decided can't be read");
                    match end {
                        Some(ApprovalState::Interrupted) => return Ended::Interrupted(id),
                        Some(_) => return Ended::Expired(id),
                        None => {}
                    }
                }
            }
            let left =
                Duration::from_micros(u64::try_from(held.expires_at.micros() - now.micros()).unwrap_or(0));
            tokio::select! {
                () = listener.notified() => {}
                // Should a word get lost, it is found by looking now and then.
                () = tokio::time::sleep(left.min(LOOK_EVERY)) => {}
                () = stopping.as_mut(), if !stops => stops = true,
            }
        }
    }

    fn new_approval(&self, held: &Held<'_>, fingerprint: [u8; 32]) -> Approval {
        let now = self.now();
        Approval {
            id: ApprovalId(Uuid::now_v7()),
            project: held.agent.project.id,
            agent: held.agent.id,
            agent_name: held.agent.name.clone(),
            agent_identifier: held.agent.identifier.clone(),
            rule: held.hold.rule.clone(),
            rules: held.hold.rules.to_vec(),
            method: held.method.to_owned(),
            origin: held.target.origin(),
            path: held.target.masked_path(),
            body_bytes: held.body_bytes as i64,
            fingerprint,
            state: ApprovalState::Pending,
            awaited: true,
            created_at: now,
            expires_at: now.plus_seconds(i64::from(held.hold.seconds)),
            decided_at: None,
            decided_by: None,
            reason: None,
        }
    }

    /// What makes two requests the same: agent, method, URL and body, the rules that hold them, and the headers by which
    /// an upstream could take the same bytes for something else.
    fn fingerprint(&self, held: &Held<'_>) -> [u8; 32] {
        let mut hash = KeyedHash::new(self.hold_key());
        hash.part(held.agent.id.0.as_bytes());
        let query = held.target.query.as_deref();
        for part in [held.method, &held.target.origin(), held.target.path.sent(), query.unwrap_or_default()] {
            hash.part(part.as_bytes());
        }
        hash.part(&[u8::from(query.is_some())]);
        hash.part(held.details.body_sha256.as_bytes());
        let mut rules = held.hold.rules.clone();
        rules.sort_unstable();
        rules.iter().for_each(|rule| hash.part(rule.0.as_bytes()));
        let mut meanings: Vec<_> = held.details.overrides.iter().map(|other| ("", other.as_str())).collect();
        let headers = held.details.headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        meanings.extend(headers.filter(|(name, _)| MEANINGS.contains(name)));
        meanings.sort_unstable();
        for (name, value) in meanings {
            hash.part(name.as_bytes());
            hash.part(value.as_bytes());
        }
        hash.finish()
    }
}

/// Headers that say what a body means, in lower case.
const MEANINGS: [&str; 2] = ["content-encoding", "content-type"];

const LOOK_EVERY: Duration = Duration::from_secs(15);
