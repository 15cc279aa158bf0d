//! Approvals: requests wait here for a person, and people decide here.

use std::time::Duration;

use onecli_domain::approval::{Approval, ApprovalGrant, ApprovalState, Decision, GrantPaths};
use onecli_domain::facts::Facts;
use onecli_domain::hold::Hold;
use onecli_domain::id::{ApprovalId, GrantId, ProjectId};
use onecli_domain::path::Path;
use onecli_domain::pattern::PathPattern;
use onecli_domain::sealed::{AssociatedData, Sealed};
use onecli_domain::summary::Summary;
use onecli_store::approvals::{Decided, NewDecision};
use onecli_store::keys::SealedColumn;
use serde::{Deserialize, Serialize};
use tokio::sync::broadcast;
use tokio::sync::broadcast::error::RecvError;
use uuid::Uuid;

use crate::access::users::Person;
use crate::app::App;
use crate::audit::change::{self, AuditedChange};
use crate::audit::view;
use crate::error::Error;
use crate::policy::approved::Approved;

/// What is shown of a held request beside the record: sealed in the store, as it may hold what is private.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Details {
    /// The whole URL, with values of parameters masked that look like credentials.
    pub url: String,
    /// The canonical path as it was matched, for a grant of exactly this one.
    pub matched_path: String,
    /// Methods that it asks for by an override; such a request gets no grant.
    pub overrides: Vec<String>,
    /// The SHA-256 of the whole body, in hexadecimal: of a short body it would give the body away.
    pub body_sha256: String,
    /// The headers, without credentials and cookies.
    pub headers: Vec<(String, String)>,
    /// The beginning of the body as text, where it is one.
    pub body_preview: Option<String>,
    /// What it is about to do.
    pub summary: Summary,
}

/// A held request with all that is shown of it.
#[derive(Clone, Debug)]
pub struct Shown {
    /// The record.
    pub approval: Approval,
    /// What else is shown; none if it can't be opened.
    pub details: Option<Details>,
}

/// What is given along with an approval.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NewGrant {
    /// For how many minutes.
    pub minutes: Option<u32>,
    /// For how many more requests.
    pub requests: Option<u32>,
    /// For which paths; none means the path of the held request.
    pub path_pattern: Option<String>,
}

/// News of held requests.
pub struct ApprovalNews(broadcast::Receiver<ProjectId>);

impl ApprovalNews {
    /// Returns true once something happens to a held request of a project, however long that takes; false once the app
    /// is gone.
    pub async fn concerns(&mut self, project: ProjectId) -> bool {
        loop {
            match self.0.recv().await {
                Ok(other) if other != project => {}
                // What was missed may have been of this one.
                Ok(_) | Err(RecvError::Lagged(_)) => return true,
                Err(RecvError::Closed) => return false,
            }
        }
    }
}

impl App {
    /// What can be decided in a project, but for what the caller knows already. Waits for something new, at the longest
    /// for so long.
    pub async fn pending_approvals(
        &self,
        project: ProjectId,
        exclude: &[ApprovalId],
        patience: Duration,
    ) -> Result<Vec<Shown>, Error> {
        let deadline = tokio::time::Instant::now() + patience;
        loop {
            // Subscribed before the look, so that nothing falls between.
            let mut news = self.holds().news();
            let open = self.store().approvals().list_open(project, self.now()).await?;
            let new: Vec<_> = open.into_iter().filter(|(held, _)| !exclude.contains(&held.id)).collect();
            if !new.is_empty() {
                return Ok(self.show_all(new));
            }
            loop {
                match tokio::time::timeout_at(deadline, news.recv()).await {
                    Err(_) => return Ok(Vec::new()),
                    Ok(Ok(other)) if other != project => {}
                    // What was missed is found by looking.
                    Ok(Ok(_) | Err(_)) => break,
                }
            }
        }
    }

    /// News of every project in which something happens to a held request, from now on.
    pub fn approval_news(&self) -> ApprovalNews {
        ApprovalNews(self.holds().news())
    }

    /// The held requests of a project, whatever became of them, newest first.
    pub async fn list_approvals(
        &self,
        project: ProjectId,
        states: &[ApprovalState],
        limit: u32,
        before: Option<ApprovalId>,
    ) -> Result<Vec<Shown>, Error> {
        let now = self.now();
        let mut all =
            self.show_all(self.store().approvals().list(project, states, now, limit, before).await?);
        for shown in &mut all {
            let open = matches!(shown.approval.state, ApprovalState::Pending | ApprovalState::Interrupted);
            if open && shown.approval.expires_at <= now {
                shown.approval.state = ApprovalState::Expired;
            }
        }
        Ok(all)
    }

    /// Decides about a held request. The first decision counts.
    pub async fn decide_approval(
        &self,
        person: &Person,
        project: ProjectId,
        id: ApprovalId,
        decision: Decision,
        reason: Option<&str>,
        grant: Option<&NewGrant>,
    ) -> Result<(), Error> {
        let held =
            self.store().approvals().fetch(project, id).await?.ok_or(Error::NotFound("held request"))?;
        let grant = match grant {
            Some(_) if decision == Decision::Deny => {
                return Err(Error::invalid("grant", "a grant goes with the decision \"approve\" alone"));
            }
            Some(grant) => Some(self.new_grant(person, &held, grant).await?),
            None => None,
        };
        if reason.is_some_and(|reason| reason.chars().count() > LONGEST_REASON) {
            return Err(Error::invalid(
                "reason",
                format!("a reason has at most {LONGEST_REASON} characters"),
            ));
        }
        let word = NewDecision { decision, by: &person.name, reason, grant: grant.as_ref() };
        let action = match decision {
            Decision::Approve => "approval.approve",
            Decision::Deny => "approval.deny",
        };
        let audit = AuditedChange::new(project, action, change::target("approval", id, held.held_by()))
            .before(view::approval(&held))
            .after(view::decision(&word));
        match self.audited(audit).approvals().decide(project, id, &word, self.now()).await? {
            Decided::Done => {}
            Decided::Unknown => return Err(Error::NotFound("held request")),
            Decided::Already(state) => {
                let message = format!("somebody was faster: the request is {} already", state.as_str());
                return Err(Error::Conflict { code: "already_decided", message });
            }
            Decided::Late => return Err(Error::Expired),
        }
        self.holds().tell(project, id);
        if grant.is_some() {
            // The grant is in the store: a gateway that hears of it late only asks once more.
            self.store().announce(onecli_store::Change::Project(project)).await?;
            self.live().refresh(project).await?;
        }
        Ok(())
    }

    /// What people allowed beyond one request, and is still left, oldest first.
    pub async fn list_approval_grants(&self, project: ProjectId) -> Result<Vec<ApprovalGrant>, Error> {
        Ok(self.store().approval_grants().list(project, self.now()).await?)
    }

    /// Takes a grant back.
    pub async fn revoke_approval_grant(&self, project: ProjectId, id: GrantId) -> Result<(), Error> {
        let all = self.list_approval_grants(project).await?;
        let found = all.into_iter().find(|grant| grant.id == id).ok_or(Error::NotFound("grant"))?;
        let audit = AuditedChange::new(project, "grant.revoke", change::target("grant", id, &found.origin))
            .before(view::grant(&found));
        if !self.audited(audit).approval_grants().delete(project, id).await? {
            return Err(Error::NotFound("grant"));
        }
        self.live().refresh(project).await
    }

    /// Uses up one request of a grant that covers a request which is to be held. None if no grant does.
    pub async fn use_grant(
        &self,
        agent: &crate::live::snapshot::AgentEntry,
        facts: &Facts<'_>,
        hold: &Hold,
    ) -> Result<Option<Approved>, Error> {
        let now = self.now();
        for grant in &agent.project.granted {
            if grant.is_left()
                && grant.covers(facts, &hold.rules, now)
                && self.store().approval_grants().use_one(grant.id, now).await?
            {
                return Ok(Some(Approved::by_grant(grant, facts)));
            }
        }
        Ok(None)
    }

    async fn new_grant(
        &self,
        person: &Person,
        held: &Approval,
        grant: &NewGrant,
    ) -> Result<ApprovalGrant, Error> {
        let details = self.details_of(held.project, held.id).await?;
        if grant.minutes.is_none() && grant.requests.is_none() {
            return Err(Error::invalid("grant", "a grant needs \"minutes\" or \"requests\", or both"));
        }
        if grant.minutes.is_some_and(|minutes| !(1..=MOST_MINUTES).contains(&minutes)) {
            let message = format!("\"minutes\" must be a whole number from 1 to {MOST_MINUTES}");
            return Err(Error::invalid("grant.minutes", message));
        }
        if grant.requests.is_some_and(|requests| !(1..=MOST_REQUESTS).contains(&requests)) {
            let message = format!("\"requests\" must be a whole number from 1 to {MOST_REQUESTS}");
            return Err(Error::invalid("grant.requests", message));
        }
        if !details.overrides.is_empty() {
            let message = "the request asks for another method by an override header or parameter; such requests are approved one by one";
            return Err(Error::invalid("grant", message));
        }
        let paths = match &grant.path_pattern {
            None => GrantPaths::Exactly(details.matched_path.clone()),
            Some(pattern) => {
                let read = PathPattern::read(pattern)
                    .map_err(|error| Error::invalid("grant.pathPattern", error.to_string()))?;
                if read.is_some_and(|pattern| !pattern.matches(&details.matched_path, false)) {
                    let message = "the pattern does not cover the path of the held request";
                    return Err(Error::invalid("grant.pathPattern", message));
                }
                GrantPaths::Pattern(pattern.clone())
            }
        };
        let now = self.now();
        Ok(ApprovalGrant {
            id: GrantId(Uuid::now_v7()),
            project: held.project,
            agent: held.agent,
            approval: held.id,
            method: held.method.clone(),
            origin: held.origin.clone(),
            paths,
            rules: held.rules.clone(),
            requests_left: grant.requests,
            expires_at: grant.minutes.map(|minutes| now.plus_seconds(i64::from(minutes) * 60)),
            created_at: now,
            created_by: person.name.clone(),
        })
    }

    async fn details_of(&self, project: ProjectId, id: ApprovalId) -> Result<Details, Error> {
        let open = self.store().approvals().list_open(project, self.now()).await?;
        let found = open.iter().find(|(held, _)| held.id == id);
        let (held, sealed) = found.ok_or(Error::Expired)?;
        self.open_details(held, sealed).ok_or(Error::NotFound("held request"))
    }

    fn show_all(&self, all: Vec<(Approval, Sealed)>) -> Vec<Shown> {
        all.into_iter()
            .map(|(approval, sealed)| Shown { details: self.open_details(&approval, &sealed), approval })
            .collect()
    }

    fn open_details(&self, held: &Approval, sealed: &Sealed) -> Option<Details> {
        let opened = self.vault().open(&details_associated_data(held), sealed).inspect_err(
            |error| tracing::error!(approval = %held.id, %error, "a held request's details can't be opened"),
        );
        serde_json::from_slice(opened.ok()?.as_bytes()).ok()
    }
}

/// Where a held request's details are sealed.
pub(crate) fn details_associated_data(held: &Approval) -> AssociatedData<'static> {
    AssociatedData {
        project: held.project.0,
        record: held.id.0,
        column: SealedColumn::ApprovalDetails.name(),
        version: 1,
    }
}

/// A path as grants compare it.
pub fn matched_path(path: &Path) -> String {
    path.matching().to_owned()
}

const LONGEST_REASON: usize = 1_000;
/// 30 days.
const MOST_MINUTES: u32 = 43_200;
const MOST_REQUESTS: u32 = 1_000_000;
