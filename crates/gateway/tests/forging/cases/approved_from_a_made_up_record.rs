//! A record that says `approved` is no proof unless the app read it from the store.

use onecli_app::App;
use onecli_app::live::snapshot::AgentEntry;
use onecli_domain::approval::Approval;
use onecli_domain::facts::Facts;

fn pass(app: &App, agent: &AgentEntry, facts: &Facts<'_>, made_up: &Approval) {
    app.decide(agent, facts, made_up.approved().as_ref());
}

fn main() {}
