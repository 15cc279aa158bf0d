//! The project's policy is reached only through the app, which takes approvals only from the store.

use onecli_app::live::snapshot::AgentEntry;
use onecli_domain::decide::decide_approved;
use onecli_domain::facts::Facts;
use onecli_domain::hold::Approved;

fn pass(agent: &AgentEntry, facts: &Facts<'_>, approved: &Approved) {
    decide_approved(&agent.project.policy, facts, approved);
}

fn main() {}
