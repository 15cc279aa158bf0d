//! Why a request ends without a response of the upstream's: it was refused, which is a decision, or something failed, which
//! is somebody's fault. Status, code, record, retry and log follow from it.

use onecli_app::live::holds::TooManyHolds;
use onecli_app::policy::open_exchange::Withdrawn;
use onecli_domain::hold::HoldRule;
use onecli_domain::id::ApprovalId;
use onecli_domain::verdict::Refusal;

use crate::outgoing::inject::InjectError;
use crate::outgoing::request_body::BodyError;
use crate::refused;
use crate::upstream::{DialError, SendError};

/// Why a request ends within the gateway.
#[derive(Debug)]
pub(crate) enum Error {
    /// It may not pass.
    Refused(Refused),
    /// Something went wrong.
    Failed(Failure),
}

/// Why a request may not pass.
#[derive(Debug)]
pub(crate) enum Refused {
    /// A rule, or the project's policy.
    Policy(Refusal),
    /// Nobody known is calling.
    Unauthenticated,
    /// The agent is suspended.
    Suspended,
    /// The request names different authorities.
    AuthorityMismatch,
    /// The request is malformed or ambiguous.
    BadRequest(String),
    /// `TRACE` and `TRACK` send back what they were sent, credentials included.
    MethodNotAllowed,
    /// The request's header lines are longer, all together, than what is taken.
    HeadersTooLarge(usize),
    /// The address guard closes the destination.
    Destination(&'static str),
    /// A person refused it, or nobody decided in time.
    Denied {
        /// The held request.
        id: ApprovalId,
        /// The rule that held it; none if the policy mode `ask` did.
        rule: Option<HoldRule>,
        /// `denied` or `expired`.
        why: &'static str,
        /// What the person said.
        reason: Option<String>,
    },
    /// Its body is longer than what is kept for a person to decide about.
    BodyTooLarge(u64),
    /// What let it out was taken away while it was under way.
    Withdrawn(Withdrawn),
}

/// What went wrong.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The agent broke off its request, or stopped sending it.
    AgentGone,
    /// There is no connection to the upstream.
    Connect(DialError),
    /// There is no response from the upstream.
    Send(SendError),
    /// The upstream's response can be read in two ways, or is none to what it was asked.
    BadResponse(&'static str),
    /// A credential can't be opened, or can't be put into the request.
    CredentialUnavailable(String),
    /// A defect of the gateway's.
    Panicked,
    /// Too much is going on.
    Overloaded,
    /// Too many requests wait for a decision already.
    TooManyHolds(TooManyHolds),
    /// The record of what happens can't be kept.
    RecordUnavailable,
    /// Nobody knows whether a rate limit has room.
    CountUnavailable,
    /// It can't be kept until somebody decides.
    HoldUnavailable,
    /// The gateway stops while the request waits for a decision.
    Restarting(ApprovalId),
}

/// Whose fault a failure is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Blame {
    /// The agent.
    Agent,
    /// The gateway.
    Gateway,
    /// The upstream.
    Upstream,
    /// What keeps secrets.
    Vault,
    /// What keeps everything else.
    Store,
}

impl Failure {
    /// Whose fault it is.
    pub(crate) fn blame(&self) -> Blame {
        match self {
            Self::AgentGone | Self::Send(SendError::Agent) => Blame::Agent,
            Self::Connect(_)
            | Self::Send(SendError::Broken(_) | SendError::Timeout)
            | Self::BadResponse(_) => Blame::Upstream,
            Self::CredentialUnavailable(_) => Blame::Vault,
            Self::Panicked | Self::Overloaded | Self::TooManyHolds(_) | Self::Restarting(_) => Blame::Gateway,
            Self::RecordUnavailable | Self::CountUnavailable | Self::HoldUnavailable => Blame::Store,
        }
    }
}

impl Error {
    /// Why a request was refused before it was read, as the one that stands for it says.
    pub(crate) fn unread(headers: &http::HeaderMap, limit: usize) -> Self {
        match headers.get(refused::HEADER).and_then(|value| value.to_str().ok()) {
            Some(refused::TOO_LARGE) => Refused::HeadersTooLarge(limit).into(),
            detail => Self::bad_request(detail.unwrap_or("it is malformed")),
        }
    }

    /// A request that is malformed or ambiguous, and why.
    pub(crate) fn bad_request(detail: impl Into<String>) -> Self {
        Self::Refused(Refused::BadRequest(detail.into()))
    }

    /// Says it in the log, as loud as its blame wants. What agents and upstreams do is no news to the operator.
    pub(crate) fn log(&self, id: impl std::fmt::Display, code: &str) {
        match self {
            Self::Failed(failure) => match failure.blame() {
                Blame::Vault | Blame::Store => tracing::error!(%id, code, ?failure, "a request failed"),
                Blame::Gateway => tracing::warn!(%id, code, ?failure, "a request failed"),
                Blame::Agent | Blame::Upstream => tracing::debug!(%id, code, ?failure, "a request failed"),
            },
            Self::Refused(_) => tracing::debug!(%id, code, "a request was refused"),
        }
    }
}

impl From<Refused> for Error {
    fn from(refused: Refused) -> Self {
        Self::Refused(refused)
    }
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

impl From<DialError> for Error {
    fn from(error: DialError) -> Self {
        match error {
            DialError::Forbidden(reason) => Refused::Destination(reason).into(),
            DialError::Dns | DialError::Connect(_) | DialError::Tls(_) | DialError::Protocol(_) => {
                Failure::Connect(error).into()
            }
        }
    }
}

impl From<InjectError> for Error {
    fn from(error: InjectError) -> Self {
        match error {
            InjectError::Value => Failure::CredentialUnavailable(error.to_string()).into(),
            InjectError::Target => Self::bad_request(error.to_string()),
        }
    }
}

impl From<Withdrawn> for Error {
    fn from(withdrawn: Withdrawn) -> Self {
        match withdrawn {
            Withdrawn::Token => Refused::Unauthenticated.into(),
            Withdrawn::Suspended => Refused::Suspended.into(),
            Withdrawn::Rule { .. } | Withdrawn::Secret | Withdrawn::Permission => {
                Refused::Withdrawn(withdrawn).into()
            }
        }
    }
}

impl From<BodyError> for Error {
    fn from(error: BodyError) -> Self {
        match error {
            BodyError::Agent(_) | BodyError::Ended => Failure::AgentGone.into(),
            BodyError::Spool(error) => {
                tracing::error!(%error, "a held request's body can't be read back");
                Failure::HoldUnavailable.into()
            }
        }
    }
}
