//! Approved: the proof that a person let a request pass, made only from what the store says.

use onecli_domain::approval::{Approval, CompiledGrant};
use onecli_domain::facts::Facts;
use onecli_domain::hold;
use onecli_domain::id::GrantId;

use crate::live::snapshot::ProjectEntry;

/// Proof that a person approved a request.
///
/// Only this crate makes one, and only from an answer of the store: from a held request that was read from it as
/// approved, or after it took a request off a grant. `App::decide` takes nothing else.
#[derive(Debug)]
pub struct Approved {
    approved: hold::Approved,
    /// The grant behind it, if it wasn't a decision about this very request.
    grant: Option<GrantId>,
}

impl Approved {
    /// By the decision about a held request, as the store has it now.
    pub(super) fn by_decision(held: &Approval) -> Option<Self> {
        held.approved().map(|approved| Self { approved, grant: None })
    }

    /// By a grant of which the store took one request for this.
    pub(super) fn by_grant(grant: &CompiledGrant, facts: &Facts<'_>) -> Self {
        Self { approved: grant.approved(facts), grant: Some(grant.id) }
    }

    /// What the evaluator is told: nothing if the grant was revoked meanwhile.
    pub(super) fn in_force(&self, project: &ProjectEntry) -> Option<&hold::Approved> {
        let granted = self.grant.is_none_or(|id| project.granted.iter().any(|grant| grant.id == id));
        granted.then_some(&self.approved)
    }
}
