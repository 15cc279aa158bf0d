//! Tunnels that are passed through untouched: judged as a whole, before anything is connected.

use std::sync::Arc;

use http::{Method, Request, Response};
use hyper::upgrade::OnUpgrade;
use onecli_app::live::snapshot::AgentEntry;
use onecli_app::policy::open_exchange::OpenExchange;
use onecli_app::vault::credentials::Revision;
use onecli_domain::activity::Protocol;
use onecli_domain::host::Host;
use onecli_domain::path::Path;
use onecli_domain::target::{Scheme, Target};
use tokio::io::{AsyncRead, AsyncWrite};

use crate::exchange::authorize::{Authorized, Progress, Ready, prepare};
use crate::exchange::handle::{Ended, end};
use crate::exchange::record;
use crate::exchange::response_body::ResponseBody;
use crate::exchange::splice::splice;
use crate::exchange::subject::{Kind, Subject};
use crate::outgoing::request_body::RequestBody;
use crate::state::GatewayState;
use crate::upstream::Caller;

/// Answers a CONNECT to a host whose tunnels are passed through. `open` makes of the agent's side what bytes go over;
/// `kept` is dropped at its end.
pub(crate) async fn pass_through<T>(
    state: Arc<GatewayState>,
    agent: Arc<AgentEntry>,
    (host, port): (Host, u16),
    agent_side: OnUpgrade,
    kept: impl Send + 'static,
    open: impl FnOnce(hyper::upgrade::Upgraded) -> T + Send + 'static,
) -> Response<ResponseBody>
where
    T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let mut record = match record::begin(&state, &agent, None).await {
        Ok(record) => record,
        Err(error) => return end(&state, Ended::unrecorded(error)),
    };
    record.note_protocol(Protocol::Tunnel);
    record.note_method("CONNECT");
    record.note_authority(format!("{host}:{port}"));
    let target = Target { scheme: Scheme::Https, host, port, path: Path::asterisk(), query: None };
    let caller = Caller { agent: agent.id, connections: Arc::default() };
    let subject = Subject { token: agent.token, target: Arc::new(target), kind: Kind::Tunnel, caller };
    let mut request = Request::new(RequestBody::Empty);
    *request.method_mut() = Method::CONNECT;
    let mut progress = Progress::default();
    let connect = state.upstream.dial_tcp(&subject.target.host, port);
    let prepared =
        prepare(&state, &subject, &mut request, Revision::Current, &mut progress, &mut record, connect).await;
    let Ready { authorized: Authorized { agent, permit }, connection, .. } = match prepared {
        Ok(ready) => ready,
        Err(error) => {
            return end(
                &state,
                Ended {
                    error,
                    method: Method::CONNECT,
                    target: Some(subject.target),
                    record: Some(Box::new(record)),
                    rpc: None,
                },
            );
        }
    };
    let exchange = OpenExchange::tunnel(&agent, &subject.target, &permit, progress.approved);
    record.note_status(200);
    record.note_departure(&permit, None);
    tokio::spawn(async move {
        if let Ok(upgraded) = agent_side.await {
            let cut = state.app.until_withdrawn(&exchange);
            let ((up, down), withdrawn) = splice(open(upgraded), connection, cut).await;
            record.note_exchanged(up, down);
            if let Some(what) = withdrawn {
                tracing::info!(%what, "a tunnel was cut off");
                record.note_error("withdrawn");
            }
        }
        drop((kept, state));
    });
    Response::new(ResponseBody::Whole(bytes::Bytes::new()))
}
