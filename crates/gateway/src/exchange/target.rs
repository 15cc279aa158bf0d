//! Reading targets: every word that a request says about where it goes must say the same.

use http::header::HOST;
use http::{Method, Request, Uri};
use onecli_domain::host::{BadAuthority, Host, read_authority};
use onecli_domain::path::{BadPath, Path};
use onecli_domain::target::{Scheme, Target};

use crate::session::Session;

/// Why a request has no target.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum BadTarget {
    /// Two parts of it name different authorities.
    #[error("the request names different authorities")]
    Mismatch,
    /// An authority is none.
    #[error(transparent)]
    Authority(#[from] BadAuthority),
    /// The path is none.
    #[error(transparent)]
    Path(#[from] BadPath),
    /// A part is missing, or there twice.
    #[error("{0}")]
    Malformed(&'static str),
}

/// Reads where a request goes.
pub(crate) fn read<B>(session: &Session, request: &Request<B>) -> Result<Target, BadTarget> {
    let uri = request.uri();
    let (scheme, host, port) = match &session.tunnel {
        Some(tunnel) => {
            if tunnel.sni_differs {
                return Err(BadTarget::Mismatch);
            }
            if uri.scheme().is_some_and(|scheme| scheme.as_str() != tunnel.scheme.as_str()) {
                return Err(BadTarget::Mismatch);
            }
            if let Some(authority) = uri.authority() {
                expect(authority.as_str(), tunnel.scheme, &tunnel.host, tunnel.port)?;
            }
            (tunnel.scheme, tunnel.host.clone(), tunnel.port)
        }
        None => read_absolute(uri)?,
    };
    let mut hosts = request.headers().get_all(HOST).iter();
    match (hosts.next(), hosts.next()) {
        (Some(value), None) => {
            let value = value.to_str().map_err(|_| BadTarget::Malformed("the Host header is not ASCII"))?;
            expect(value, scheme, &host, port)?;
        }
        (Some(_), Some(_)) => return Err(BadTarget::Malformed("there are several Host headers")),
        // HTTP/2 has `:authority` in its place, and HTTP/1.0 none.
        (None, _) => {}
    }
    let path = match uri.path() {
        "*" if request.method() == Method::OPTIONS => Path::asterisk(),
        "" => Path::read("/")?,
        path => Path::read(path)?,
    };
    Ok(Target { scheme, host, port, path, query: uri.query().map(Into::into) })
}

/// Reads the authority of a CONNECT request.
pub(crate) fn read_connect(uri: &Uri) -> Result<(Host, u16), BadTarget> {
    let authority = uri.authority().ok_or(BadTarget::Malformed("CONNECT takes host:port"))?;
    Ok(read_authority(authority.as_str(), None)?)
}

fn read_absolute(uri: &Uri) -> Result<(Scheme, Host, u16), BadTarget> {
    const NO_ABSOLUTE: BadTarget = BadTarget::Malformed(
        "this is a proxy: requests through it carry a whole URL, or go through a CONNECT tunnel",
    );
    let scheme = match uri.scheme_str() {
        Some("http") => Scheme::Http,
        Some("https") => Scheme::Https,
        Some(_) => return Err(BadTarget::Malformed("only http and https are proxied")),
        None => return Err(NO_ABSOLUTE),
    };
    let authority = uri.authority().ok_or(NO_ABSOLUTE)?;
    let (host, port) = read_authority(authority.as_str(), Some(scheme.default_port()))?;
    Ok((scheme, host, port))
}

fn expect(raw: &str, scheme: Scheme, host: &Host, port: u16) -> Result<(), BadTarget> {
    let (named, named_port) = read_authority(raw, Some(scheme.default_port()))?;
    if named == *host && named_port == port { Ok(()) } else { Err(BadTarget::Mismatch) }
}
