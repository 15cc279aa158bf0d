//! Tunnels: an agent's CONNECT, and what it speaks within.

use std::sync::Arc;

use http::header::HOST;
use http::{Method, Request, Response};
use hyper::body::Incoming;
use onecli_app::live::snapshot::AgentEntry;
use onecli_domain::activity::{Protocol, VerdictKind};
use onecli_domain::hold::Approved;
use onecli_domain::host::{Host, read_authority};
use onecli_domain::path::Path;
use onecli_domain::target::{Scheme, Target};
use onecli_domain::verdict::{Refusal, Verdict};
use tokio::time::timeout;
use tokio_rustls::LazyConfigAcceptor;

use crate::downstream::agent_io::AgentIo;
use crate::downstream::serve;
use crate::exchange::authorize::uncounted;
use crate::exchange::error_response::Stop;
use crate::exchange::handle::{self, refuse, stop_unrecorded};
use crate::exchange::record::RecordBuilder;
use crate::exchange::response_body::ResponseBody;
use crate::exchange::splice::splice;
use crate::exchange::{authenticate, hold, target};
use crate::outgoing::request_body::RequestBody;
use crate::session::{Session, Tunnel};
use crate::slot::Slot;
use crate::state::GatewayState;

/// Answers a CONNECT, and serves the tunnel behind it.
///
/// The 200 comes before any rule has seen the destination, since every request within is judged by itself. A
/// tunnel that is passed through untouched is judged here.
pub(crate) async fn accept(
    state: Arc<GatewayState>,
    slot: Option<Arc<Slot>>,
    mut request: Request<Incoming>,
) -> Response<ResponseBody> {
    let Some((token, agent)) = authenticate::agent(&state.app, request.headers()) else {
        return stop_unrecorded(&state, &Stop::Unauthenticated);
    };
    let authority = match read(&request) {
        Ok(authority) => authority,
        Err(stop) => return refuse_connect(&state, &agent, String::new(), &stop).await,
    };
    let (host, port) = authority;
    if agent.suspended {
        return refuse_connect(&state, &agent, format!("{host}:{port}"), &Stop::Suspended).await;
    }
    let own_place = || Slot::take(&state.tunnels, state.config.most_tunnels).map(Arc::new);
    let Some(slot) = slot.or_else(own_place) else {
        return stop_unrecorded(&state, &Stop::Overloaded);
    };
    let upgrade = hyper::upgrade::on(&mut request);
    if state.config.tunnel_hosts.iter().any(|pattern| pattern.matches(&host, port)) {
        return pass_through(state, agent, host, port, upgrade, slot).await;
    }
    let tunnel = Tunnel { token, host, port, scheme: Scheme::Https, sni_differs: false };
    tokio::spawn(async move {
        // An agent that goes away before the tunnel stands has asked for nothing.
        if let Ok(upgraded) = upgrade.await {
            serve_within(state, agent, AgentIo::new(upgraded), tunnel).await;
        }
        drop(slot);
    });
    Response::new(ResponseBody::BufferedBody(bytes::Bytes::new()))
}

fn read(request: &Request<Incoming>) -> Result<(Host, u16), Stop> {
    let bad = |detail: String| Stop::BadRequest(detail);
    let (host, port) = target::read_connect(request.uri()).map_err(|error| bad(error.to_string()))?;
    for value in request.headers().get_all(HOST) {
        let named = value.to_str().ok().map(|value| read_authority(value, Some(port)));
        match named {
            Some(Ok((named, named_port))) if named == host && named_port == port => {}
            Some(Ok(_)) => return Err(Stop::Mismatch),
            Some(Err(error)) => return Err(bad(error.to_string())),
            None => return Err(bad("the Host header is not ASCII".into())),
        }
    }
    Ok((host, port))
}

/// Serves what an agent speaks within a tunnel: HTTP over TLS, or plain HTTP.
async fn serve_within(state: Arc<GatewayState>, agent: Arc<AgentEntry>, mut io: AgentIo, mut tunnel: Tunnel) {
    let authority = format!("{}:{}", tunnel.host, tunnel.port);
    let first = match timeout(state.config.idle_timeout, io.peek()).await {
        Ok(Ok(bytes)) => bytes.first().copied(),
        Ok(Err(_)) | Err(_) => None,
    };
    match first {
        None => {}
        Some(TLS_HANDSHAKE) => serve_tls(state, agent, io, tunnel, authority).await,
        Some(b'A'..=b'Z') => {
            tunnel.scheme = Scheme::Http;
            let session = Session { tunnel: Some(Arc::new(tunnel)), wire: None, slot: None };
            let first = io.take_first();
            serve::http1(state, session, io, first, handle::handle).await;
        }
        Some(_) => {
            let what =
                "the tunnel carries neither TLS nor HTTP; list the host with --tunnel to pass it through";
            record_failure(&state, &agent, authority, "unsupported_protocol", what).await;
        }
    }
}

async fn serve_tls(
    state: Arc<GatewayState>,
    agent: Arc<AgentEntry>,
    io: AgentIo,
    mut tunnel: Tunnel,
    authority: String,
) {
    let handshake = async {
        let hello = LazyConfigAcceptor::new(rustls::server::Acceptor::default(), io).await?;
        let named = hello.client_hello().server_name().map(Host::read);
        // Another name gets a certificate all the same, so that the agent can be told what is wrong.
        let shown = match named {
            Some(Ok(name)) if name != tunnel.host => {
                tunnel.sni_differs = true;
                name
            }
            Some(Err(_)) => {
                tunnel.sni_differs = true;
                tunnel.host.clone()
            }
            Some(Ok(_)) | None => tunnel.host.clone(),
        };
        let settings = state.leaves.settings(&shown, &state.app).map_err(std::io::Error::other)?;
        hello.into_stream(settings).await
    };
    let tls = match timeout(state.config.head_timeout, handshake).await {
        Ok(Ok(tls)) => tls,
        Ok(Err(error)) => {
            let what = format!(
                "the agent ended the TLS handshake, most likely because it does not trust the gateway's CA: {error}"
            );
            return record_failure(&state, &agent, authority, "agent_tls_failed", &what).await;
        }
        Err(_) => {
            return record_failure(
                &state,
                &agent,
                authority,
                "agent_tls_failed",
                "the TLS handshake took too long",
            )
            .await;
        }
    };
    let is_http2 = tls.get_ref().1.alpn_protocol() == Some(b"h2");
    let session = Session { tunnel: Some(Arc::new(tunnel)), wire: None, slot: None };
    if is_http2 {
        serve::http2(state, session, tls, handle::handle).await;
    } else {
        serve::http1(state, session, tls, bytes::BytesMut::new(), handle::handle).await;
    }
}

/// Judges a tunnel as a whole, and passes it through untouched.
async fn pass_through(
    state: Arc<GatewayState>,
    agent: Arc<AgentEntry>,
    host: Host,
    port: u16,
    upgrade: hyper::upgrade::OnUpgrade,
    slot: Arc<Slot>,
) -> Response<ResponseBody> {
    let Ok(mut record) = begin(&state, &agent).await else {
        return stop_unrecorded(&state, &Stop::Unrecorded);
    };
    record.note_protocol(Protocol::Tunnel);
    record.note_method("CONNECT");
    record.note_authority(format!("{host}:{port}"));
    let target =
        Target { scheme: Scheme::Https, host: host.clone(), port, path: Path::asterisk(), query: None };
    let agent = match judge_tunnel(&state, agent, &target, &mut record).await {
        Ok(agent) => agent,
        Err(stop) => return refuse(&state, &stop, "CONNECT", Some(&target), record),
    };
    let upstream = match state.upstream.dial_tcp(&host, port).await {
        Ok(upstream) => upstream,
        Err(error) => return refuse(&state, &Stop::Undialled(error), "CONNECT", Some(&target), record),
    };
    record.note_status(200);
    record.note_departure(None);
    tokio::spawn(async move {
        if let Ok(upgraded) = upgrade.await {
            let (up, down) =
                splice(AgentIo::new(upgraded), upstream, state.app.live().until_revoked(&agent.token)).await;
            record.note_exchanged(up, down);
        }
        drop((slot, state));
    });
    Response::new(ResponseBody::BufferedBody(bytes::Bytes::new()))
}

/// Decides about a tunnel, as often as it takes.
async fn judge_tunnel(
    state: &GatewayState,
    mut agent: Arc<AgentEntry>,
    target: &Target,
    record: &mut RecordBuilder,
) -> Result<Arc<AgentEntry>, Stop> {
    let mut approved = None;
    loop {
        let refusal = match state.app.decide_tunnel(&agent, target, approved.as_ref()) {
            Verdict::Allow(grant) => {
                record.note_grant(&grant);
                return Ok(agent);
            }
            Verdict::Count(quota) => {
                match Box::pin(state.app.count(&agent, quota)).await.map_err(uncounted)? {
                    Ok(grant) => {
                        record.note_grant(&grant);
                        return Ok(agent);
                    }
                    Err(refusal) => refusal,
                }
            }
            Verdict::Hold(hold) => {
                let mut request = Request::new(RequestBody::Empty);
                *request.method_mut() = Method::CONNECT;
                Box::pin(hold::ask(state, &agent, target, &mut request, record, &hold)).await?;
                agent = state.app.agent(&agent.token).ok_or(Stop::Unauthenticated)?;
                if agent.suspended {
                    return Err(Stop::Suspended);
                }
                approved = Some(Approved::request());
                continue;
            }
            // Nobody can read what will go through it.
            Verdict::ReadBody => Refusal::BlockedByDefault,
            Verdict::Refuse(refusal) => refusal,
        };
        record.note_refusal(&refusal);
        return Err(Stop::Refused(refusal));
    }
}

async fn begin(state: &GatewayState, agent: &AgentEntry) -> Result<RecordBuilder, Stop> {
    let slot = Slot::take(&state.requests, state.config.most_requests).ok_or(Stop::Overloaded)?;
    let permit = state.app.reserve().await.map_err(|_| Stop::Unrecorded)?;
    Ok(RecordBuilder::begin(permit, state.app.new_activity_id(), state.app.now(), agent, None, slot))
}

async fn refuse_connect(
    state: &GatewayState,
    agent: &AgentEntry,
    authority: String,
    stop: &Stop,
) -> Response<ResponseBody> {
    match begin(state, agent).await {
        Ok(mut record) => {
            record.note_method("CONNECT");
            record.note_authority(authority);
            refuse(state, stop, "CONNECT", None, record)
        }
        Err(stop) => stop_unrecorded(state, &stop),
    }
}

/// Records a tunnel that no request came through, so that people see why.
async fn record_failure(state: &GatewayState, agent: &AgentEntry, authority: String, code: &str, what: &str) {
    tracing::info!(agent = %agent.identifier, %authority, code, "{what}");
    if let Ok(mut record) = begin(state, agent).await {
        record.note_method("CONNECT");
        record.note_protocol(Protocol::Tunnel);
        record.note_authority(authority);
        record.note_verdict(VerdictKind::Refuse);
        record.note_error(code);
    }
}

/// The content type of a TLS record that begins a handshake (RFC 8446 §5.1).
const TLS_HANDSHAKE: u8 = 0x16;
