//! What is to be authorized: where it goes, what it is, and the token that it came with.

use std::sync::Arc;

use onecli_app::live::snapshot::AgentEntry;
use onecli_domain::target::Target;
use onecli_domain::token::TokenHash;

use crate::exchange::error::{Error, Refused};
use crate::state::GatewayState;
use crate::upstream::Caller;

/// What is to be authorized.
pub(crate) struct Subject {
    /// The token that it came with. Looked up again after each wait.
    pub token: TokenHash,
    /// Where it goes.
    pub target: Arc<Target>,
    /// What it is.
    pub kind: Kind,
    /// For whom connections to the upstream are wanted.
    pub caller: Caller,
}

/// A kind of exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A request.
    Request,
    /// A request whose response may change the protocol.
    Upgrade,
    /// A tunnel that is passed through untouched.
    Tunnel,
}

/// The agent behind a token, as it is now.
pub(crate) fn current_agent(
    state: &GatewayState,
    token: &onecli_domain::token::TokenHash,
) -> Result<Arc<AgentEntry>, Error> {
    let agent = state.app.agent(token).ok_or(Refused::Unauthenticated)?;
    if agent.suspended { Err(Refused::Suspended.into()) } else { Ok(agent) }
}
