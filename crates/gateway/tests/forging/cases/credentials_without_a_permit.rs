//! Nothing opens without a permit.

use onecli_app::App;
use onecli_app::live::snapshot::AgentEntry;
use onecli_app::vault::credentials::Revision;

async fn open(app: &App, agent: &AgentEntry) {
    let _ = app.open(agent, &(), Revision::Current).await;
}

fn main() {}
