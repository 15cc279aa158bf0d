//! The server's settings: each with its flag, environment variables, default and help.

/// How often a setting may be given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// Once.
    One,
    /// Any number of times.
    Many,
    /// On or off.
    Switch,
}

/// What `config show` masks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Masking {
    /// Nothing.
    Open,
    /// The whole value. Such a setting has no flag either, because other processes can see arguments.
    Secret,
    /// The password within a URL.
    Url,
}

/// One setting of the server.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Setting {
    /// Its name in `onecli.toml`, and as a flag.
    pub(crate) key: &'static str,
    /// Its environment variables, the preferred one first.
    pub(crate) env: &'static [&'static str],
    /// How often it may be given.
    pub(crate) shape: Shape,
    /// The value's name in the help.
    pub(crate) value: &'static str,
    /// Its default value.
    pub(crate) default: Option<&'static str>,
    /// Describes the behaviour without a value, where there is no default value.
    pub(crate) otherwise: &'static str,
    /// What `config show` masks.
    pub(crate) masking: Masking,
    /// What it does.
    pub(crate) help: &'static str,
}

impl Setting {
    /// Finds a setting by its key.
    pub(crate) fn of(key: &str) -> Option<&'static Self> {
        SETTINGS.iter().find(|setting| setting.key == key)
    }

    /// Whether it can be given as a flag.
    pub(crate) fn has_flag(&self) -> bool {
        self.masking != Masking::Secret
    }
}

const fn one(
    key: &'static str,
    env: &'static [&'static str],
    value: &'static str,
    default: &'static str,
    help: &'static str,
) -> Setting {
    Setting {
        key,
        env,
        shape: Shape::One,
        value,
        default: Some(default),
        otherwise: "",
        masking: Masking::Open,
        help,
    }
}

const fn without(
    key: &'static str,
    env: &'static [&'static str],
    value: &'static str,
    otherwise: &'static str,
    help: &'static str,
) -> Setting {
    Setting { key, env, shape: Shape::One, value, default: None, otherwise, masking: Masking::Open, help }
}

const fn many(
    key: &'static str,
    env: &'static [&'static str],
    value: &'static str,
    otherwise: &'static str,
    help: &'static str,
) -> Setting {
    Setting { key, env, shape: Shape::Many, value, default: None, otherwise, masking: Masking::Open, help }
}

const fn masked(setting: Setting, masking: Masking) -> Setting {
    Setting { masking, ..setting }
}

/// All settings of the server, except the data directory, which holds the settings file.
pub(crate) static SETTINGS: &[Setting] = &[
    one("bind", &["ONECLI_BIND"], "ADDRESS", "127.0.0.1", "Address on which the API and dashboard listen"),
    many(
        "gateway-bind",
        &["ONECLI_GATEWAY_BIND"],
        "ADDRESS",
        "as --bind",
        "Address on which the gateway listens; `docker` means the Docker bridge's address, for containers",
    ),
    one(
        "port",
        &["ONECLI_PORT", "PORT"],
        "PORT",
        "10254",
        "Port of the API and dashboard; 0 picks a free one",
    ),
    one(
        "gateway-port",
        &["ONECLI_GATEWAY_PORT", "GATEWAY_PORT"],
        "PORT",
        "10255",
        "Port of the gateway; 0 picks a free one",
    ),
    without(
        "public-url",
        &["ONECLI_PUBLIC_URL", "APP_URL"],
        "URL",
        "http://localhost:PORT",
        "URL under which people reach the dashboard",
    ),
    without(
        "gateway-url",
        &["ONECLI_GATEWAY_URL"],
        "HOST:PORT",
        "host.docker.internal:GATEWAY-PORT",
        "Address under which agents reach the gateway",
    ),
    masked(
        without(
            "database-url",
            &["DATABASE_URL"],
            "URL",
            "SQLite at DATA_DIR/onecli.db",
            "Database: postgres://… or sqlite://…",
        ),
        Masking::Url,
    ),
    masked(
        without(
            "encryption-key",
            &["SECRET_ENCRYPTION_KEY"],
            "KEY",
            "created on first start at DATA_DIR/encryption.key",
            "Key that protects all secrets: 64 hex digits, or base64 of 32 bytes",
        ),
        Masking::Secret,
    ),
    without(
        "encryption-key-file",
        &["SECRET_ENCRYPTION_KEY_FILE"],
        "FILE",
        "DATA_DIR/encryption.key",
        "File with the encryption key",
    ),
    masked(
        without(
            "encryption-passphrase",
            &["SECRET_ENCRYPTION_PASSPHRASE"],
            "TEXT",
            "none",
            "Passphrase to derive the encryption key from, instead of a key",
        ),
        Masking::Secret,
    ),
    without(
        "encryption-passphrase-file",
        &["SECRET_ENCRYPTION_PASSPHRASE_FILE"],
        "FILE",
        "none",
        "File with the passphrase",
    ),
    many(
        "upstream-ca",
        &["ONECLI_UPSTREAM_CA"],
        "[HOST=]FILE",
        "system roots only",
        "Additional certificates (PEM) to trust for upstreams; with HOST= for that host only",
    ),
    masked(
        without(
            "upstream-proxy",
            &["ONECLI_UPSTREAM_PROXY"],
            "URL",
            "none",
            "Proxy for connections to upstreams: http://… or socks5://…",
        ),
        Masking::Url,
    ),
    many(
        "no-upstream-proxy",
        &["ONECLI_NO_UPSTREAM_PROXY"],
        "HOSTS",
        "none",
        "Comma-separated hosts to connect to without the upstream proxy",
    ),
    many(
        "connect-to",
        &["ONECLI_CONNECT_TO"],
        "HOST:PORT:ADDR:PORT",
        "none",
        "Connect to ADDR:PORT for HOST:PORT, as in curl; exempt from the address guard",
    ),
    many(
        "allow-destination",
        &["ONECLI_ALLOW_DESTINATIONS"],
        "CIDR",
        "none",
        "Address range that agents may reach although it is private",
    ),
    many(
        "allowed-host",
        &["ONECLI_ALLOWED_HOSTS"],
        "NAME",
        "none",
        "Additional host name under which the API and dashboard may be called",
    ),
    many(
        "tunnel",
        &["ONECLI_TUNNEL_HOSTS"],
        "HOST",
        "none",
        "Host whose connections are passed through without interception or secrets",
    ),
    without(
        "log-format",
        &["ONECLI_LOG_FORMAT"],
        "text|json",
        "text on a terminal, else json",
        "Format of the log on stderr",
    ),
    one(
        "log-level",
        &["RUST_LOG"],
        "LEVEL",
        "info",
        "Log level: error, warn, info, debug, trace, or a filter",
    ),
    Setting {
        key: "no-auth",
        env: &["ONECLI_NO_AUTH"],
        shape: Shape::Switch,
        value: "",
        default: Some("false"),
        otherwise: "",
        masking: Masking::Open,
        help: "Turn sign-in off: anyone who can reach the port has full access (loopback only)",
    },
    one(
        "upstream-timeout",
        &["ONECLI_UPSTREAM_TIMEOUT"],
        "SECONDS",
        "300",
        "Time limit for an upstream to start its response",
    ),
    one(
        "idle-timeout",
        &["ONECLI_IDLE_TIMEOUT"],
        "SECONDS",
        "300",
        "Time limit for a connection without traffic",
    ),
    one(
        "head-timeout",
        &["ONECLI_HEAD_TIMEOUT"],
        "SECONDS",
        "30",
        "Time limit for an agent to send a request's headers",
    ),
    one(
        "max-header-bytes",
        &["ONECLI_MAX_HEADER_BYTES"],
        "BYTES",
        "65536",
        "Maximum size of a request's or response's headers",
    ),
    one(
        "max-tunnels",
        &["ONECLI_MAX_TUNNELS"],
        "COUNT",
        "10000",
        "Maximum number of open connections from agents",
    ),
    one("max-requests", &["ONECLI_MAX_REQUESTS"], "COUNT", "20000", "Maximum number of requests in flight"),
    one(
        "max-inspect-bytes",
        &["ONECLI_MAX_INSPECT_BYTES"],
        "BYTES",
        "1048576",
        "Maximum size of a body that rules read, encoded and decoded; conditions on larger ones can't be decided",
    ),
    one("max-held", &["ONECLI_MAX_HELD"], "COUNT", "1000", "Maximum number of held requests"),
    one(
        "max-held-per-agent",
        &["ONECLI_MAX_HELD_PER_AGENT"],
        "COUNT",
        "50",
        "Maximum number of held requests of one agent",
    ),
    without(
        "audit-retention-days",
        &["ONECLI_AUDIT_RETENTION_DAYS"],
        "DAYS",
        "forever",
        "Number of days to keep the audit log; a signed stub replaces pruned records",
    ),
    Setting {
        key: "rate-limit-headers",
        env: &["ONECLI_RATE_LIMIT_HEADERS"],
        shape: Shape::Switch,
        value: "",
        default: Some("false"),
        otherwise: "",
        masking: Masking::Open,
        help: "Send RateLimit-Policy and RateLimit headers to agents",
    },
    one(
        "drain-seconds",
        &["ONECLI_DRAIN_SECONDS"],
        "SECONDS",
        "30",
        "Time limit for requests in flight when the server stops",
    ),
];
