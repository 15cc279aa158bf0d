//! The table of the server's settings: each with its flag, its environment names, its default and what it does.

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

/// What `config show` hides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Masking {
    /// Nothing.
    Open,
    /// The whole value; such a setting has no flag either, as arguments are seen by other processes.
    Secret,
    /// The password within a URL.
    Url,
}

/// One setting of the server.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Setting {
    /// Its name in `onecli.toml`, and as a flag.
    pub(crate) key: &'static str,
    /// Its names in the environment, the one that wins first.
    pub(crate) env: &'static [&'static str],
    /// How often it may be given.
    pub(crate) shape: Shape,
    /// What stands for its value in the help.
    pub(crate) value: &'static str,
    /// Its value where nobody gave one.
    pub(crate) default: Option<&'static str>,
    /// What happens without a value, where that is no value of its own.
    pub(crate) otherwise: &'static str,
    /// What `config show` hides of it.
    pub(crate) masking: Masking,
    /// What it does.
    pub(crate) help: &'static str,
}

impl Setting {
    /// The setting of a key.
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

/// All settings of the server but the data directory, which says where the file with settings is.
pub(crate) static SETTINGS: &[Setting] = &[
    one("bind", &["ONECLI_BIND"], "ADDRESS", "127.0.0.1", "Address that the API and dashboard listen on"),
    many(
        "gateway-bind",
        &["ONECLI_GATEWAY_BIND"],
        "ADDRESS",
        "as --bind",
        "Address that the gateway listens on; `docker` is the Docker bridge's, so that containers reach it",
    ),
    one(
        "port",
        &["ONECLI_PORT", "PORT"],
        "PORT",
        "10254",
        "Port of the API and dashboard; 0 takes a free one",
    ),
    one(
        "gateway-port",
        &["ONECLI_GATEWAY_PORT", "GATEWAY_PORT"],
        "PORT",
        "10255",
        "Port of the gateway; 0 takes a free one",
    ),
    without(
        "public-url",
        &["ONECLI_PUBLIC_URL", "APP_URL"],
        "URL",
        "http://localhost:PORT",
        "Where people reach the dashboard",
    ),
    without(
        "gateway-url",
        &["ONECLI_GATEWAY_URL"],
        "HOST:PORT",
        "host.docker.internal:GATEWAY-PORT",
        "Where agents reach the gateway",
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
            "made on first start at DATA_DIR/encryption.key",
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
            "Passphrase from which the encryption key is derived, in place of a key",
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
        "Further certificates (PEM) to trust upstream; with HOST= for that host alone",
    ),
    masked(
        without(
            "upstream-proxy",
            &["ONECLI_UPSTREAM_PROXY"],
            "URL",
            "none",
            "Proxy through which upstreams are reached: http://… or socks5://…",
        ),
        Masking::Url,
    ),
    many(
        "no-upstream-proxy",
        &["ONECLI_NO_UPSTREAM_PROXY"],
        "HOSTS",
        "none",
        "Hosts that are reached without the upstream proxy, separated by commas",
    ),
    many(
        "connect-to",
        &["ONECLI_CONNECT_TO"],
        "HOST:PORT:ADDR:PORT",
        "none",
        "Dial ADDR:PORT for HOST:PORT, as in curl; the address guard lets these through",
    ),
    many(
        "allow-destination",
        &["ONECLI_ALLOW_DESTINATIONS"],
        "CIDR",
        "none",
        "Range of private addresses that agents may reach",
    ),
    many(
        "allowed-host",
        &["ONECLI_ALLOWED_HOSTS"],
        "NAME",
        "none",
        "Further host name by which the API and dashboard may be called, beside the one in --public-url",
    ),
    many(
        "tunnel",
        &["ONECLI_TUNNEL_HOSTS"],
        "HOST",
        "none",
        "Host whose connections are passed through untouched, without secrets",
    ),
    without(
        "log-format",
        &["ONECLI_LOG_FORMAT"],
        "text|json",
        "text on a terminal, else json",
        "How the log on stderr is written",
    ),
    one(
        "log-level",
        &["RUST_LOG"],
        "LEVEL",
        "info",
        "What is logged: error, warn, info, debug, trace, or a filter",
    ),
    Setting {
        key: "no-auth",
        env: &["ONECLI_NO_AUTH"],
        shape: Shape::Switch,
        value: "",
        default: Some("false"),
        otherwise: "",
        masking: Masking::Open,
        help: "Turn sign-in off: whoever reaches the port may do anything (loopback only)",
    },
    one(
        "upstream-timeout",
        &["ONECLI_UPSTREAM_TIMEOUT"],
        "SECONDS",
        "300",
        "How long an upstream may take until its response begins",
    ),
    one("idle-timeout", &["ONECLI_IDLE_TIMEOUT"], "SECONDS", "300", "How long a connection may be silent"),
    one(
        "head-timeout",
        &["ONECLI_HEAD_TIMEOUT"],
        "SECONDS",
        "30",
        "How long an agent may take to send a request's head",
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
        "How many connections agents may have open",
    ),
    one("max-requests", &["ONECLI_MAX_REQUESTS"], "COUNT", "20000", "How many requests may be on their way"),
    one(
        "max-inspect-bytes",
        &["ONECLI_MAX_INSPECT_BYTES"],
        "BYTES",
        "1048576",
        "How many bytes of a body are read for a rule, sent and decoded; a longer one can't be read for certain",
    ),
    one("max-held", &["ONECLI_MAX_HELD"], "COUNT", "1000", "How many requests may wait for a person at once"),
    one(
        "max-held-per-agent",
        &["ONECLI_MAX_HELD_PER_AGENT"],
        "COUNT",
        "50",
        "How many requests of one agent may wait for a person at once",
    ),
    without(
        "audit-retention-days",
        &["ONECLI_AUDIT_RETENTION_DAYS"],
        "DAYS",
        "all of it",
        "For how many days the audit log is kept; a signed stub stands for what was pruned",
    ),
    Setting {
        key: "rate-limit-headers",
        env: &["ONECLI_RATE_LIMIT_HEADERS"],
        shape: Shape::Switch,
        value: "",
        default: Some("false"),
        otherwise: "",
        masking: Masking::Open,
        help: "Tell agents in RateLimit-Policy and RateLimit what their rate limits have left",
    },
    one(
        "drain-seconds",
        &["ONECLI_DRAIN_SECONDS"],
        "SECONDS",
        "30",
        "How long requests on their way may take to end when the server stops",
    ),
];
