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

use crate::agent_io::AgentIo;
use crate::answer::Answer;
use crate::clearance::uncounted;
use crate::exchange::{self, refuse, stop_unrecorded};
use crate::place::Place;
use crate::refusal::Stop;
use crate::road::Road;
use crate::session::{Session, Tunnel};
use crate::splice::splice;
use crate::trip::Trip;
use crate::upload::Upload;
use crate::{approval, authenticate, serve, target};

/// Answers a CONNECT, and serves the tunnel behind it.
///
/// The 200 comes before any rule has seen the destination, since every request within is judged by itself. A
/// tunnel that is passed through untouched is judged here.
pub(crate) async fn accept(
    road: Arc<Road>,
    place: Option<Arc<Place>>,
    mut request: Request<Incoming>,
) -> Response<Answer> {
    let Some((token, agent)) = authenticate::agent(&road.app, request.headers()) else {
        return stop_unrecorded(&road, &Stop::Unauthenticated);
    };
    let authority = match read(&request) {
        Ok(authority) => authority,
        Err(stop) => return refuse_connect(&road, &agent, String::new(), &stop).await,
    };
    let (host, port) = authority;
    if agent.suspended {
        return refuse_connect(&road, &agent, format!("{host}:{port}"), &Stop::Suspended).await;
    }
    let own_place = || Place::take(&road.tunnels, road.config.most_tunnels).map(Arc::new);
    let Some(place) = place.or_else(own_place) else {
        return stop_unrecorded(&road, &Stop::Overloaded);
    };
    let upgrade = hyper::upgrade::on(&mut request);
    if road.config.tunnel_hosts.iter().any(|pattern| pattern.matches(&host, port)) {
        return pass_through(road, agent, host, port, upgrade, place).await;
    }
    let tunnel = Tunnel { token, host, port, scheme: Scheme::Https, sni_differs: false };
    tokio::spawn(async move {
        // An agent that goes away before the tunnel stands has asked for nothing.
        if let Ok(upgraded) = upgrade.await {
            serve_within(road, agent, AgentIo::new(upgraded), tunnel).await;
        }
        drop(place);
    });
    Response::new(Answer::Whole(bytes::Bytes::new()))
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
async fn serve_within(road: Arc<Road>, agent: Arc<AgentEntry>, mut io: AgentIo, mut tunnel: Tunnel) {
    let authority = format!("{}:{}", tunnel.host, tunnel.port);
    let first = match timeout(road.config.idle_timeout, io.peek()).await {
        Ok(Ok(bytes)) => bytes.first().copied(),
        Ok(Err(_)) | Err(_) => None,
    };
    match first {
        None => {}
        Some(TLS_HANDSHAKE) => serve_tls(road, agent, io, tunnel, authority).await,
        Some(b'A'..=b'Z') => {
            tunnel.scheme = Scheme::Http;
            let session = Session { tunnel: Some(Arc::new(tunnel)), wire: None, place: None };
            let first = io.take_first();
            serve::http1(road, session, io, first, exchange::handle).await;
        }
        Some(_) => {
            let what =
                "the tunnel carries neither TLS nor HTTP; list the host with --tunnel to pass it through";
            record_failure(&road, &agent, authority, "unsupported_protocol", what).await;
        }
    }
}

async fn serve_tls(
    road: Arc<Road>,
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
        let settings = road.leaves.settings(&shown, &road.app).map_err(std::io::Error::other)?;
        hello.into_stream(settings).await
    };
    let tls = match timeout(road.config.head_timeout, handshake).await {
        Ok(Ok(tls)) => tls,
        Ok(Err(error)) => {
            let what = format!(
                "the agent ended the TLS handshake, most likely because it does not trust the gateway's CA: {error}"
            );
            return record_failure(&road, &agent, authority, "agent_tls_failed", &what).await;
        }
        Err(_) => {
            return record_failure(
                &road,
                &agent,
                authority,
                "agent_tls_failed",
                "the TLS handshake took too long",
            )
            .await;
        }
    };
    let is_http2 = tls.get_ref().1.alpn_protocol() == Some(b"h2");
    let session = Session { tunnel: Some(Arc::new(tunnel)), wire: None, place: None };
    if is_http2 {
        serve::http2(road, session, tls, exchange::handle).await;
    } else {
        serve::http1(road, session, tls, bytes::BytesMut::new(), exchange::handle).await;
    }
}

/// Judges a tunnel as a whole, and passes it through untouched.
async fn pass_through(
    road: Arc<Road>,
    agent: Arc<AgentEntry>,
    host: Host,
    port: u16,
    upgrade: hyper::upgrade::OnUpgrade,
    place: Arc<Place>,
) -> Response<Answer> {
    let Ok(mut trip) = begin(&road, &agent).await else { return stop_unrecorded(&road, &Stop::Unrecorded) };
    trip.note_protocol(Protocol::Tunnel);
    trip.note_method("CONNECT");
    trip.note_authority(format!("{host}:{port}"));
    let target =
        Target { scheme: Scheme::Https, host: host.clone(), port, path: Path::asterisk(), query: None };
    let agent = match judge_tunnel(&road, agent, &target, &mut trip).await {
        Ok(agent) => agent,
        Err(stop) => return refuse(&road, &stop, "CONNECT", Some(&target), trip),
    };
    let upstream = match road.upstream.dial_tcp(&host, port).await {
        Ok(upstream) => upstream,
        Err(error) => return refuse(&road, &Stop::Undialled(error), "CONNECT", Some(&target), trip),
    };
    trip.note_status(200);
    trip.note_departure(None);
    tokio::spawn(async move {
        if let Ok(upgraded) = upgrade.await {
            let (up, down) =
                splice(AgentIo::new(upgraded), upstream, road.app.live().until_revoked(&agent.token)).await;
            trip.note_exchanged(up, down);
        }
        drop((place, road));
    });
    Response::new(Answer::Whole(bytes::Bytes::new()))
}

/// Decides about a tunnel, as often as it takes.
async fn judge_tunnel(
    road: &Road,
    mut agent: Arc<AgentEntry>,
    target: &Target,
    trip: &mut Trip,
) -> Result<Arc<AgentEntry>, Stop> {
    let mut approved = None;
    loop {
        let refusal = match road.app.decide_tunnel(&agent, target, approved.as_ref()) {
            Verdict::Allow(grant) => {
                trip.note_grant(&grant);
                return Ok(agent);
            }
            Verdict::Count(quota) => {
                match Box::pin(road.app.count(&agent, quota)).await.map_err(uncounted)? {
                    Ok(grant) => {
                        trip.note_grant(&grant);
                        return Ok(agent);
                    }
                    Err(refusal) => refusal,
                }
            }
            Verdict::Hold(hold) => {
                let mut request = Request::new(Upload::Empty);
                *request.method_mut() = Method::CONNECT;
                Box::pin(approval::ask(road, &agent, target, &mut request, trip, &hold)).await?;
                agent = road.app.agent(&agent.token).ok_or(Stop::Unauthenticated)?;
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
        trip.note_refusal(&refusal);
        return Err(Stop::Refused(refusal));
    }
}

async fn begin(road: &Road, agent: &AgentEntry) -> Result<Trip, Stop> {
    let place = Place::take(&road.requests, road.config.most_requests).ok_or(Stop::Overloaded)?;
    let permit = road.app.reserve().await.map_err(|_| Stop::Unrecorded)?;
    Ok(Trip::begin(permit, road.app.new_activity_id(), road.app.now(), agent, None, place))
}

async fn refuse_connect(road: &Road, agent: &AgentEntry, authority: String, stop: &Stop) -> Response<Answer> {
    match begin(road, agent).await {
        Ok(mut trip) => {
            trip.note_method("CONNECT");
            trip.note_authority(authority);
            refuse(road, stop, "CONNECT", None, trip)
        }
        Err(stop) => stop_unrecorded(road, &stop),
    }
}

/// Records a tunnel that no request came through, so that people see why.
async fn record_failure(road: &Road, agent: &AgentEntry, authority: String, code: &str, what: &str) {
    tracing::info!(agent = %agent.identifier, %authority, code, "{what}");
    if let Ok(mut trip) = begin(road, agent).await {
        trip.note_method("CONNECT");
        trip.note_protocol(Protocol::Tunnel);
        trip.note_authority(authority);
        trip.note_verdict(VerdictKind::Refuse);
        trip.note_error(code);
    }
}

/// The content type of a TLS record that begins a handshake (RFC 8446 §5.1).
const TLS_HANDSHAKE: u8 = 0x16;
