//! The server's settings, parsed: all problems are reported before anything is bound.

use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use ipnet::IpNet;
use onecli_domain::pattern::HostPattern;
use onecli_gateway::{ConnectTo, UpstreamCa};

use super::data_dir::DataDir;
use super::defaults::defaults;
use super::env::Environment;
use super::flags::ServerFlags;
use super::partial::Partial;
use super::table::Setting;
use super::values::{self, GatewayBind};
use super::{Source, file};
use crate::exit::{Exit, Failure};
use crate::logging::Format;

/// Merges flags, environment, file and defaults, in this order of precedence.
pub(crate) fn gather(
    flags: &ServerFlags,
    environment: &Environment,
    data: &DataDir,
) -> (Partial, Vec<String>) {
    let mut problems = Vec::new();
    let (flags, env) = (flags.settings(), environment.settings());
    let file = file::read(&data.file("onecli.toml"), &mut problems);
    (flags.or(env).or(file).or(defaults()), problems)
}

/// Where the encryption key comes from.
pub(crate) enum KeySource {
    /// `DATA_DIR/encryption.key`, created on first start.
    Generated,
    /// A file that must exist.
    File(PathBuf),
    /// The key itself.
    Text(String),
    /// A passphrase.
    Passphrase(String),
    /// A file with a passphrase.
    PassphraseFile(PathBuf),
}

/// The server's settings.
pub(crate) struct Server {
    /// Address of the API.
    pub(crate) bind: IpAddr,
    /// Addresses of the gateway; none means that of the API.
    pub(crate) gateway_bind: Vec<GatewayBind>,
    /// The API's port.
    pub(crate) port: u16,
    /// The gateway's port.
    pub(crate) gateway_port: u16,
    /// Where people reach the dashboard, if set.
    pub(crate) public_url: Option<String>,
    /// Where agents reach the gateway, if set.
    pub(crate) gateway_url: Option<String>,
    /// The database, if not the embedded one.
    pub(crate) database_url: Option<String>,
    /// Where the encryption key comes from.
    pub(crate) key: KeySource,
    /// Additional certificates to trust for upstreams.
    pub(crate) upstream_ca: Vec<UpstreamCa>,
    /// Proxy for connections to upstreams.
    pub(crate) upstream_proxy: Option<String>,
    /// Hosts to connect to without that proxy.
    pub(crate) no_upstream_proxy: Vec<HostPattern>,
    /// Addresses to connect to instead of others.
    pub(crate) connect_to: Vec<ConnectTo>,
    /// Ranges that the address guard allows.
    pub(crate) allow_destinations: Vec<IpNet>,
    /// Additional host names of the API.
    pub(crate) allowed_hosts: Vec<String>,
    /// Hosts that are passed through.
    pub(crate) tunnel_hosts: Vec<HostPattern>,
    /// Log format, if set.
    pub(crate) log_format: Option<Format>,
    /// Log level or filter.
    pub(crate) log_level: String,
    /// Whether sign-in is off.
    pub(crate) no_auth: bool,
    /// Time limit until an upstream's response starts.
    pub(crate) upstream_timeout: Duration,
    /// Time limit for a connection without traffic.
    pub(crate) idle_timeout: Duration,
    /// Time limit for a request's headers.
    pub(crate) head_timeout: Duration,
    /// Maximum size of headers.
    pub(crate) most_header_bytes: usize,
    /// Maximum number of connections from agents.
    pub(crate) most_tunnels: usize,
    /// Maximum number of requests in flight.
    pub(crate) most_requests: usize,
    /// Maximum size of a body that rules read.
    pub(crate) most_inspected: usize,
    /// Maximum number of held requests.
    pub(crate) most_held: usize,
    /// Maximum number of held requests of one agent.
    pub(crate) most_held_per_agent: usize,
    /// Days to keep the audit log; none means forever.
    pub(crate) audit_retention_days: Option<u32>,
    /// Whether responses carry rate limit headers.
    pub(crate) rate_limit_headers: bool,
    /// Time limit for draining on shutdown.
    pub(crate) drain: Duration,
}

impl Server {
    /// Parses the settings, and reports all problems together with those found before.
    pub(crate) fn read(given: &Partial, problems: Vec<String>) -> Result<Self, Failure> {
        let mut reader = Reader { given, problems };
        let server = reader.server();
        let problems = reader.problems;
        match server {
            Some(server) if problems.is_empty() => Ok(server),
            _ => Err(Failure {
                exit: Exit::Usage,
                what: problems,
                hints: vec!["`onecli config show` shows where each setting comes from".into()],
            }),
        }
    }
}

struct Reader<'a> {
    given: &'a Partial,
    problems: Vec<String>,
}

impl Reader<'_> {
    fn server(&mut self) -> Option<Server> {
        // All are parsed before any missing one returns, so that all problems are reported.
        let bind = self.one("bind", values::address);
        let gateway_bind = self.many("gateway-bind", values::gateway_bind);
        let port = self.one("port", values::port);
        let gateway_port = self.one("gateway-port", values::port);
        let public_url = self.one("public-url", values::url);
        let gateway_url = self.one("gateway-url", values::host_and_port);
        let database_url = self.one("database-url", database);
        let key = self.key();
        let upstream_ca = self.many("upstream-ca", values::upstream_ca);
        let upstream_proxy = self.one("upstream-proxy", values::proxy);
        let no_upstream_proxy = self.many("no-upstream-proxy", values::host_patterns);
        let connect_to = self.many("connect-to", values::connect_to);
        let allow_destinations = self.many("allow-destination", values::range);
        let allowed_hosts = self.many("allowed-host", values::host_name);
        let tunnel_hosts = self.many("tunnel", values::host_pattern);
        let log_format = self.one("log-format", Format::read);
        let log_level = self.one("log-level", crate::logging::read_level);
        let no_auth = self.one("no-auth", values::switch);
        let upstream_timeout = self.one("upstream-timeout", values::seconds);
        let idle_timeout = self.one("idle-timeout", values::seconds);
        let head_timeout = self.one("head-timeout", values::seconds);
        let most_header_bytes = self.one("max-header-bytes", values::header_bytes);
        let most_tunnels = self.one("max-tunnels", values::count);
        let most_requests = self.one("max-requests", values::count);
        let most_inspected = self.one("max-inspect-bytes", values::inspected_bytes);
        let most_held = self.one("max-held", values::count);
        let most_held_per_agent = self.one("max-held-per-agent", values::count);
        let audit_retention_days = self.one("audit-retention-days", values::days);
        let rate_limit_headers = self.one("rate-limit-headers", values::switch);
        let drain = self.one("drain-seconds", values::seconds_or_none);
        if no_auth == Some(true) && bind.is_some_and(|bind| !bind.is_loopback()) {
            self.problems.push(format!(
                "sign-in can't be off ({}) because other machines can reach the API: bind is {}, not a loopback address",
                self.source("no-auth"),
                self.written("bind"),
            ));
        }
        if let (Some(one @ 1..), Some(other)) = (port, gateway_port)
            && one == other
        {
            self.problems.push(format!("the API and the gateway can't both use port {one}"));
        }
        Some(Server {
            bind: bind?,
            gateway_bind,
            port: port?,
            gateway_port: gateway_port?,
            public_url,
            gateway_url,
            database_url,
            key,
            upstream_ca,
            upstream_proxy,
            no_upstream_proxy: no_upstream_proxy.into_iter().flatten().collect(),
            connect_to,
            allow_destinations,
            allowed_hosts,
            tunnel_hosts,
            log_format,
            log_level: log_level?,
            no_auth: no_auth?,
            upstream_timeout: upstream_timeout?,
            idle_timeout: idle_timeout?,
            head_timeout: head_timeout?,
            most_header_bytes: most_header_bytes?,
            most_tunnels: most_tunnels?,
            most_requests: most_requests?,
            most_inspected: most_inspected?,
            most_held: most_held?,
            most_held_per_agent: most_held_per_agent?,
            audit_retention_days,
            rate_limit_headers: rate_limit_headers?,
            drain: drain?,
        })
    }

    fn one<T>(&mut self, key: &str, read: impl Fn(&str) -> Result<T, String>) -> Option<T> {
        self.many(key, read).into_iter().next_back()
    }

    fn many<T>(&mut self, key: &str, read: impl Fn(&str) -> Result<T, String>) -> Vec<T> {
        let Some(given) = self.given.given(key) else {
            return Vec::new();
        };
        let mut all = Vec::with_capacity(given.values.len());
        for text in &given.values {
            match read(text) {
                Ok(value) => all.push(value),
                Err(why) => self.problems.push(match &given.source {
                    Source::Default => why,
                    source @ (Source::Flag(_) | Source::Env(_) | Source::File(_)) => {
                        format!("{source}: {why}")
                    }
                }),
            }
        }
        all
    }

    fn key(&mut self) -> KeySource {
        let text = |text: &str| Ok(text.to_owned());
        let given: Vec<_> = KEYS.iter().filter(|key| self.given.given(key).is_some()).collect();
        if given.len() > 1 {
            let sources: Vec<_> = given.iter().map(|key| self.source(key)).collect();
            self.problems
                .push(format!("the encryption key is given more than once: by {}", sources.join(" and by ")));
        }
        if let Some(key) = self.one("encryption-key", text) {
            return KeySource::Text(key);
        }
        if let Some(path) = self.one("encryption-key-file", text) {
            return KeySource::File(path.into());
        }
        if let Some(passphrase) = self.one("encryption-passphrase", text) {
            return KeySource::Passphrase(passphrase);
        }
        self.one("encryption-passphrase-file", text)
            .map_or(KeySource::Generated, |path| KeySource::PassphraseFile(path.into()))
    }

    fn source(&self, key: &str) -> String {
        self.given.given(key).map_or_else(String::new, |given| given.source.to_string())
    }

    fn written(&self, key: &str) -> String {
        self.given.given(key).map_or_else(String::new, |given| given.values.join(", "))
    }
}

/// Checks the scheme. The URL may hold a password, so no message repeats it.
fn database(text: &str) -> Result<String, String> {
    let scheme = text.split(':').next().unwrap_or_default();
    if matches!(scheme, "postgres" | "postgresql" | "sqlite") {
        Ok(text.to_owned())
    } else {
        Err("a database URL starts with postgres:// or sqlite://".into())
    }
}

/// At most one of these settings may be given.
const KEYS: [&str; 4] =
    ["encryption-key", "encryption-key-file", "encryption-passphrase", "encryption-passphrase-file"];

/// A setting's value, masked for display.
pub(crate) fn shown(setting: &Setting, value: &str) -> String {
    use super::table::Masking;
    match setting.masking {
        Masking::Open => value.to_owned(),
        Masking::Secret => "********".to_owned(),
        Masking::Url => masked_url(value),
    }
}

fn masked_url(value: &str) -> String {
    // Without `//` it has no host, and what looks like one may be a password.
    let Some(mut url) =
        value.parse::<reqwest::Url>().ok().filter(|url| url.has_host() && !url.path().contains('@'))
    else {
        return "********".to_owned();
    };
    // The query may hold a password too (`?password=`).
    if url.query().is_some() {
        url.set_query(Some("…"));
    }
    if url.password().is_some() && url.set_password(Some("********")).is_err() {
        return "********".to_owned();
    }
    url.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read<const N: usize>(variables: [(&str, &str); N]) -> Result<Server, Failure> {
        let given = Environment::made_of(variables).settings().or(defaults());
        Server::read(&given, Vec::new())
    }

    fn problems<const N: usize>(variables: [(&str, &str); N]) -> Vec<String> {
        read(variables).err().unwrap().what
    }

    #[test]
    fn the_defaults_alone_are_enough() {
        let server = read([]).ok().unwrap();

        assert_eq!((server.port, server.gateway_port), (10254, 10255));
        assert!(server.bind.is_loopback());
        assert!(!server.no_auth);
    }

    #[test]
    fn all_problems_come_together_each_with_its_source() {
        let problems = problems([("PORT", "x"), ("ONECLI_BIND", "here"), ("ONECLI_CONNECT_TO", "a")]);

        assert_eq!(problems.len(), 3);
        assert_eq!(problems[0], "ONECLI_BIND: `here` is not an IP address");
        assert_eq!(problems[1], "PORT: `x` is not a port (0 to 65535)");
    }

    #[test]
    fn sign_in_stays_on_where_others_reach_the_api() {
        assert!(read([("ONECLI_NO_AUTH", "1"), ("ONECLI_BIND", "::1")]).is_ok());
        assert_eq!(problems([("ONECLI_NO_AUTH", "1"), ("ONECLI_BIND", "0.0.0.0")]).len(), 1);
    }

    #[test]
    fn two_encryption_keys_are_one_too_many() {
        let problems =
            problems([("SECRET_ENCRYPTION_KEY", "s3cret"), ("SECRET_ENCRYPTION_PASSPHRASE", "s3cret")]);

        assert_eq!(
            problems,
            [
                "the encryption key is given more than once: by SECRET_ENCRYPTION_KEY and by SECRET_ENCRYPTION_PASSPHRASE"
            ]
        );
    }

    #[test]
    fn no_password_of_a_database_is_shown() {
        let setting = Setting::of("database-url").unwrap();

        assert_eq!(shown(setting, "postgres://me:s3cret@db.test/x"), "postgres://me:********@db.test/x");
        assert!(!shown(setting, "postgres://db.test/x?password=s3cret").contains("s3cret"));
        assert!(!problems([("DATABASE_URL", "mysql://me:s3cret@db.test")]).join("").contains("s3cret"));
    }

    #[test]
    fn no_password_of_a_proxy_is_shown() {
        let setting = Setting::of("upstream-proxy").unwrap();
        for (given, wanted) in [
            ("http://me:s3cret@proxy.test:3128", "http://me:********@proxy.test:3128/"),
            ("socks5://me:s3cret@proxy.test", "socks5://me:********@proxy.test"),
            ("me:s3cret@proxy.test:3128", "********"),
            ("http://me:s3cret@pro xy.test", "********"),
        ] {
            assert_eq!(shown(setting, given), wanted);
            assert!(!problems_or_none([("ONECLI_UPSTREAM_PROXY", given)]).contains("s3cret"), "{given}");
        }
    }

    fn problems_or_none<const N: usize>(variables: [(&str, &str); N]) -> String {
        read(variables).err().map_or_else(String::new, |failure| failure.what.join(""))
    }
}
