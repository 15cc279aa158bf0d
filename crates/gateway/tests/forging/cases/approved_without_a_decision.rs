//! The evaluator's own proof can't be made up either.

use onecli_domain::hold::Approved;
use onecli_domain::id::AgentId;

fn forge(agent: AgentId) -> Approved {
    Approved::request(agent, "GET", "https://mail.test", "/send")
}

fn main() {}
