//! Against real servers: whatever nginx or Node would serve as a blocked path, the gateway has blocked.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, ErrorKind};
use std::net::{SocketAddr, TcpListener};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use onecli_app::policy::rules::NewRule;
use onecli_domain::rule::Action;
use onecli_gateway::ConnectTo;
use onecli_testkit::{Agent, Gate, Upstream};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// The names of the servers: each reads targets in a way of its own.
const READERS: [&str; 4] = ["nginx.test", "url.test", "parse.test", "split.test"];
const TARGETS: usize = 20_000;
const LINES: usize = 6;

const NGINX: &str = r#"
daemon off; master_process off;
pid {folder}/pid;
error_log stderr crit;
events { worker_connections 512; }
http {
    access_log off; default_type text/plain; keepalive_requests 1000000;
    client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi; uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
    server {
        listen 127.0.0.1:{port};
        location = /blocked { return 200 "blocked"; }
        location /blocked/ { return 200 "blocked"; }
        location ~* ^/v1/admin { return 200 "blocked"; }
        location / { return 200 "open"; }
    }
}
"#;

/// Three ways in which programs read `req.url`; the Host header chooses. All decode and normalise what they
/// found, and are lenient where it can't be decoded.
const NODE: &str = r"
const { posix } = require('path');
const readers = {
    'url.test': (target) => new URL(target, 'http://x').pathname,
    'parse.test': (target) => require('url').parse(target).pathname,
    'split.test': (target) => target.split('?')[0],
};
function isBlocked(read, target) {
    let path;
    try { path = read(target); } catch { return false; }
    try { path = decodeURIComponent(path); } catch {}
    path = posix.normalize(path);
    return path === '/blocked' || path.startsWith('/blocked/') || /^\/v1\/admin/i.test(path);
}
const server = require('http').createServer((request, response) => {
    const body = isBlocked(readers[request.headers.host], request.url) ? 'blocked' : 'open';
    response.writeHead(200, { 'content-length': body.length }).end(body);
});
server.keepAliveTimeout = 0;
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
process.stdin.resume().on('end', () => process.exit());
";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_target_that_a_real_server_reads_as_a_blocked_path_reaches_it() {
    let (nginx, node) = (Server::nginx().await, Server::node());
    let servers = [&nginx, &node, &node, &node];
    let gate = Gate::with(Upstream::plain().await, |config| {
        let lead = |(name, server): (&str, &Server)| ConnectTo {
            host: Some(name.into()),
            port: None,
            to_host: Some(server.address.ip().to_string()),
            to_port: Some(server.address.port()),
        };
        config.connect_to = READERS.into_iter().zip(servers).map(lead).collect();
    })
    .await;
    gate.rule(Action::Block, "*.test", Some("/blocked/*"), None).await;
    let admin = NewRule {
        name: "no admin".into(),
        host_pattern: "*.test".into(),
        path_pattern: Some("/v1/admin*".into()),
        methods: None,
        agent: None,
        action: Action::Block,
        rate: None,
        approval_timeout: None,
        enabled: true,
        case_insensitive: true,
        conditions: Vec::new(),
    };
    gate.app.create_rule(gate.owner.default_project, admin).await.unwrap();
    let agent = gate.agent().await;
    let targets = Arc::new(targets());
    let mut violations = Vec::new();
    for (name, server) in READERS.into_iter().zip(servers) {
        let direct = ask_all(&Way::Direct(server.address), name, &targets).await;
        let through = ask_all(&Way::Through(agent.clone()), name, &targets).await;
        let of = |answers: &[Answer], kind| answers.iter().filter(|answer| **answer == kind).count();
        let served = of(&direct, Answer::Blocked);
        let refused = of(&through, Answer::Refused);
        let silent = of(&through, Answer::Nothing);
        let reached = TARGETS - refused - silent;
        println!("{name}: reads {served} of {TARGETS} as blocked; {refused} were refused, {reached} sent");
        assert!(served > 1_000, "{name} itself served only {served} targets as blocked paths");
        assert!(refused * 5 >= TARGETS, "the gateway refused only {refused} targets for {name}");
        assert!(reached * 4 >= TARGETS, "only {reached} targets reached {name}");
        assert_eq!(silent, 0, "targets for {name} were left without an answer");
        let got_through = targets.iter().zip(through).filter(|(_, answer)| *answer == Answer::Blocked);
        let shown = got_through.map(|(target, _)| format!("{name}: {}", target.of(name).escape_ascii()));
        violations.extend(shown);
    }
    violations.sort_by_key(String::len);
    let first = violations[..violations.len().min(20)].join("\n");
    assert!(violations.is_empty(), "{} blocked targets were served, such as\n{first}", violations.len());
}

/// How a target is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Answer {
    /// The server read a blocked path.
    Blocked,
    /// The server read another path, or none.
    Open,
    /// The gateway itself refused it.
    Refused,
    /// The connection was closed without a word.
    Nothing,
}

/// How a server is reached.
#[derive(Clone)]
enum Way {
    Direct(SocketAddr),
    Through(Agent),
}

impl Way {
    async fn open(&self, name: &str) -> TcpStream {
        match self {
            Self::Direct(address) => TcpStream::connect(address).await.unwrap(),
            Self::Through(agent) => agent.tunnel(&format!("{name}:80")).await,
        }
    }
}

/// Sends every target to a server, on several connections at once.
async fn ask_all(way: &Way, name: &'static str, targets: &Arc<Vec<Target>>) -> Vec<Answer> {
    let tasks = (0..LINES).map(|line| {
        let (way, targets) = (way.clone(), Arc::clone(targets));
        tokio::spawn(async move {
            let mut kept = None;
            let mut answers = Vec::new();
            for target in targets.iter().skip(line).step_by(LINES) {
                answers.push(ask(&way, &mut kept, name, &target.of(name)).await);
            }
            answers
        })
    });
    let mut shares = Vec::new();
    for task in tasks.collect::<Vec<_>>() {
        shares.push(task.await.unwrap());
    }
    (0..targets.len()).map(|at| shares[at % LINES][at / LINES]).collect()
}

/// Sends a target on a kept connection, or on a new one where that has been closed.
async fn ask(way: &Way, kept: &mut Option<TcpStream>, name: &str, target: &[u8]) -> Answer {
    let head = [b"GET ", target, b" HTTP/1.1\r\nHost: ", name.as_bytes(), b"\r\n\r\n"].concat();
    if let Some(stream) = kept.take()
        && let Some(answer) = exchange(stream, &head, kept).await
    {
        return answer;
    }
    exchange(way.open(name).await, &head, kept).await.unwrap_or(Answer::Nothing)
}

/// Writes a request and reads the answer; keeps the connection if it lasts.
async fn exchange(mut stream: TcpStream, request: &[u8], kept: &mut Option<TcpStream>) -> Option<Answer> {
    stream.write_all(request).await.ok()?;
    let mut got = Vec::new();
    loop {
        let lasts = matches!(stream.read_buf(&mut got).await, Ok(1..));
        let end = got.windows(4).position(|four| four == b"\r\n\r\n");
        // An answer without a head is one to HTTP/0.9.
        let (head, body) = end.map_or((&b""[..], &got[..]), |at| (&got[..at], &got[at + 4..]));
        let head = String::from_utf8_lossy(head).to_ascii_lowercase();
        let length =
            head.split("\r\ncontent-length: ").nth(1).and_then(|rest| rest.lines().next()?.parse().ok());
        if !lasts && got.is_empty() {
            return None;
        }
        if lasts && (end.is_none() || length.is_none_or(|length: usize| body.len() < length)) {
            continue;
        }
        let answer = match body {
            b"blocked" => Answer::Blocked,
            _ if body.starts_with(b"{\"") => Answer::Refused,
            _ => Answer::Open,
        };
        if lasts && !head.contains("\r\nconnection: close") && length == Some(body.len()) {
            *kept = Some(stream);
        }
        return Some(answer);
    }
}

/// A server of this machine, which ends with the test.
struct Server {
    address: SocketAddr,
    child: Child,
    _folder: Option<TempDir>,
}

impl Server {
    async fn nginx() -> Self {
        loop {
            let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
            let folder = tempfile::tempdir().unwrap();
            let place = folder.path().display().to_string();
            let config = NGINX.replace("{folder}", &place).replace("{port}", &address.port().to_string());
            let file = folder.path().join("nginx.conf");
            std::fs::write(&file, config).unwrap();
            let start = |program| Command::new(program).args(["-p", &place, "-c"]).arg(&file).spawn();
            let started = match start("nginx") {
                // Debian's place for it is not on everybody's PATH.
                Err(error) if error.kind() == ErrorKind::NotFound => start("/usr/sbin/nginx"),
                started => started,
            };
            let child = started.expect("`nginx` is needed (Debian: apt-get install nginx-light)");
            let mut this = Self { address, child, _folder: Some(folder) };
            while this.child.try_wait().unwrap().is_none() {
                if TcpStream::connect(address).await.is_ok() {
                    return this;
                }
                tokio::task::yield_now().await;
            }
            // Somebody else may have taken the port in between; all else has been told on standard error.
            assert!(TcpListener::bind(address).is_err(), "nginx ended before it listened");
        }
    }

    fn node() -> Self {
        let mut command = Command::new("node");
        command.args(["--no-deprecation", "-e", NODE]).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().expect("`node` is needed (Debian: apt-get install nodejs)");
        let mut port = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut port).unwrap();
        let port: u16 = port.trim().parse().expect("node ended before it listened");
        Self { address: ([127, 0, 0, 1], port).into(), child, _folder: None }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // One that has ended already is what is wanted.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A request target: how it begins, where `{H}` stands for the host, and its path.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Target {
    begin: &'static str,
    path: Vec<u8>,
}

impl Target {
    fn of(&self, name: &str) -> Vec<u8> {
        [self.begin.replace("{H}", name).as_bytes(), &self.path].concat()
    }
}

/// As many different targets, the same ones each time.
fn targets() -> Vec<Target> {
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
    let mut found = BTreeSet::new();
    while found.len() < TARGETS {
        found.insert(dice.target());
    }
    found.into_iter().collect()
}

#[rustfmt::skip]
const BEGINS: &[&str] = &[
    "http://{H}", "http://{H}", "http://{H}:80", "HTTP://{H}", "http://{H}.", "http://a@{H}",
    "http://other.test", "https://{H}", "http:", "{H}", "//{H}", "//other.test", "//a@x", "/http://{H}",
    "/x:", "\\\\{H}", "*", "?", "#", "/?", "/#",
];
#[rustfmt::skip]
const WORDS: &[&str] = &[
    "blocked", "blocked", "blocked", "blocked/x", "blocked/x", "blocked/x/y", "blocked/../ok", "blockedx",
    "v1/admin", "v1/admin", "v1/admin/keys", "v1/administrator", "v1/user", "ok", "ok/blocked", "blocke",
    "Blocked/x", "v1/adm", "x/blocked", "a/v1/admin", "b", "c", "a/b",
];
#[rustfmt::skip]
const SLASHES: &[&str] = &[
    "//", "//", "///", "/./", "/.//", "/%2e/", "/;/", "%2f", "%2F", "\\", "%5c", "%5C", "%252f", "%25252F",
    "%255c", "%c0%af", "%e0%80%af", "%u002f", "%ef%bc%8f", "/\t/", "/%09/", "/ok/../", "/ok/%2E%2e/",
    "/x//../", "/\u{2215}",
];
#[rustfmt::skip]
const LEADS: &[&str] = &[
    "", "", ".", ".", "..", "..", "%2e", "%2E%2e", ".%2E", "%2e.", "ok/..", "ok/..", "ok/%2e%2e", "a/b/../..",
    "a/b/.././..", "ok//..", "ok//../..", "..;", "..;x=1", "ok/..;", "ok/..;x=1", "ok/..%3b", ";x=1", ".;",
    "ok/..%00", "ok/..%09", "ok/..\t", "ok/.\t.", "\t", "ok/..%20", "%20", "%252e", "ok/%252e%252e",
    "ok/%25252e%25252E", "...", "ok/%c0%ae%c0%ae", "ok/%e0%80%ae.", "ok/%u002e.", "ok/\u{ff0e}.",
    "%2e%2e%2f..", "ok%2f..", "ok%5c..", "ok\\..", "ok/..%5c", "ok?/..", "ok#/..", "C:", "~", "*", "ok/.%0d.",
    "%0a", "x.test", "user@x", "x:80", "ok/..%23", "%3f/..",
];
#[rustfmt::skip]
const TAILS: &[&str] = &[
    "", "", "", "/", "/", "//", "/.", "/..", "/x", "/x/..", "/../blocked", "/../ok", "/..;/ok", "/%2e%2e/ok",
    "/..%2fok", "/%252e%252e/ok", "?", "?x=1", "?/../ok", "?x=/../../ok#f", "/?/..", "#", "#/../../ok",
    "/x#?x", "%3f", "%3Fx=1", "%23", "%23/../ok", ";", ";x=1", ";/x", "/;x=1/y", ";..", "%3b", ".", "..",
    "...", ".%2e", "%20", "%09", "%00", "%00.png", "%0a", "%0d%0aX:1", "%7f", "%", "%2", "%zz", "%ff",
    "%c3%a4", "%u0000", "\t", " ", "\u{b}", "\n", "\r", "\0", "\u{7f}", "\u{a0}", "\u{feff}", "\u{e4}", "\\",
    "\\x", "%5c", "/\\..\\ok", ":80", "~", "*", "+", "|", "\"<>", "{}", "[x]", "^`", "@x", "&x=1", ",x", "!",
    "$", "'()", "/blocked", "/./.././blocked/.", "/http://x/", ".json",
];

/// Chance that is the same each time (xorshift).
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 33) as usize % bound
    }

    fn one_in(&mut self, bound: usize) -> bool {
        self.below(bound) == 0
    }

    fn pick(&mut self, from: &[&'static str]) -> &'static str {
        from[self.below(from.len())]
    }

    fn target(&mut self) -> Target {
        let begin = if self.one_in(16) { self.pick(BEGINS) } else { "" };
        let mut path = Vec::new();
        for _ in 0..[0, 0, 0, 0, 1, 1, 2][self.below(7)] {
            self.slash(&mut path);
            let lead = self.pick(LEADS);
            let times = if self.one_in(50) { 1 + self.below(300) } else { 1 };
            path.extend([lead; 300][..times].join("/").as_bytes());
        }
        self.slash(&mut path);
        let word = self.pick(WORDS);
        let share = [0, 0, 0, 9, 9, 3, 1][self.below(7)];
        for byte in word.bytes() {
            match byte {
                b'/' => self.slash(&mut path),
                byte if share > 0 && self.one_in(share) => self.spell(byte, &mut path),
                byte => path.push(byte),
            }
        }
        for _ in 0..[0, 0, 0, 0, 1, 1, 2][self.below(7)] {
            path.extend(self.pick(TAILS).as_bytes());
        }
        let number = self.below(10_000);
        match self.below(60) {
            0 => path.extend([b'a'; 4_000]),
            1 => path.push(0x80 + (number % 128) as u8),
            2 => path.extend("/../blocked/.".repeat(number % 300).as_bytes()),
            3..25 => path.extend(format!("/{number}").as_bytes()),
            25..40 => path.extend(format!("?n={number}").as_bytes()),
            _ => {}
        }
        Target { begin, path }
    }

    fn slash(&mut self, path: &mut Vec<u8>) {
        let slash = if self.one_in(15) { self.pick(SLASHES) } else { "/" };
        path.extend(slash.as_bytes());
    }

    /// Writes a letter in another way.
    fn spell(&mut self, byte: u8, path: &mut Vec<u8>) {
        let (high, low) = (0xc0 | byte >> 6, 0x80 | byte & 0x3f);
        let spelling = match self.below(24) {
            0..8 => format!("%{byte:02x}"),
            8..14 => format!("%{byte:02X}"),
            14..17 => char::from(byte).to_ascii_uppercase().to_string(),
            17 => format!("%{:02x}", byte.to_ascii_uppercase()),
            18 => format!("%25{byte:02x}"),
            19 => format!("%2525{byte:02X}"),
            20 => format!("%{high:02x}%{low:02x}"),
            21 => format!("%e0%{:02X}%{low:02X}", 0x80 | byte >> 6),
            22 => format!("%u00{byte:02x}"),
            _ => format!("{}\t", char::from(byte)),
        };
        path.extend(spelling.as_bytes());
    }
}
