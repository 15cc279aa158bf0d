//! Paths: what was judged is what goes out, however it is written.

use bytes::Bytes;
use http::Request;
use onecli_app::policy::rules::NewRule;
use onecli_domain::method::Method;
use onecli_domain::rule::Action;
use onecli_domain::secret::{InjectionConfig, SecretKind};
use onecli_testkit::{Agent, Gate, Reply};

async fn send(agent: &Agent, http2: bool, request: Request<Bytes>) -> Reply {
    if http2 { agent.send_http2(request).await } else { agent.send(request).await }
}

fn get(path: &str) -> Request<Bytes> {
    Request::get(format!("https://api.good.test{path}")).body(Bytes::new()).unwrap()
}

/// Every way to write a path that some server reads as `/admin/keys`.
const TRICKS: &[&str] = &[
    "/admin/keys",
    "/admin/keys?x=1",
    "/admin/keys/",
    "/ok/../admin/keys",
    "/./admin/./keys",
    "/ok/%2e%2e/admin/keys",
    "/ok/.%2E/admin/keys",
    "/%2e/admin/keys",
    "//admin/keys",
    "/admin//keys",
    "/ok//../../admin/keys",
    "/%61dmin/keys",
    "/admin%2Fkeys",
    "/admin%2fkeys",
    "/ok%2f..%2fadmin%2fkeys",
    "/admin\\keys",
    "\\admin/keys",
    "/ok\\..\\admin\\keys",
    "/admin%5Ckeys",
    "/ok/..%5cadmin/keys",
    "/ok/..;/admin/keys",
    "/ok/..;x=1/admin/keys",
    "/ok/%2e%2e;/admin/keys",
    "/%252e%252e/admin/keys",
    "/ok/%252e%252e/admin/keys",
    "/ok/..%252fadmin/keys",
    "/admin%252fkeys",
    "/admin/keys%00",
    "/admin/keys%00.png",
    "/%00admin/keys",
    "/admin/keys%0a",
    "/admin%0d%0a/keys",
    "/admin/keys%09",
];

#[tokio::test]
async fn no_spelling_of_a_blocked_path_gets_through() {
    for http2 in [false, true] {
        let gate = Gate::start().await;
        gate.rule(Action::Block, "api.good.test", Some("/admin/*"), None).await;
        let agent = gate.agent().await;
        for path in TRICKS.iter().filter(|path| path.starts_with('/')) {
            let reply = send(&agent, http2, get(path)).await;
            assert!(matches!(reply.status.as_u16(), 400 | 403), "{path} (h2: {http2}): {reply:?}");
            assert!(gate.upstream.saw_nothing(), "{path} (h2: {http2}): {:?}", gate.upstream.seen());
        }
    }
}

#[tokio::test]
async fn no_spelling_in_raw_bytes_gets_through() {
    let gate = Gate::start().await;
    gate.rule(Action::Block, "api.good.test", Some("/admin/*"), None).await;
    let agent = gate.agent().await;
    for path in TRICKS {
        let head = format!("GET {path} HTTP/1.1\r\nHost: api.good.test\r\nConnection: close\r\n\r\n");
        let answer = agent.raw("api.good.test:443", head.as_bytes()).await;
        assert!(!answer.starts_with("HTTP/1.1 2"), "{path}: {answer}");
        assert!(gate.upstream.saw_nothing(), "{path}: {:?}", gate.upstream.seen());
    }
}

#[tokio::test]
async fn a_secret_for_some_paths_never_leaves_on_a_doubtful_one() {
    for http2 in [false, true] {
        let gate = Gate::start().await;
        let header = InjectionConfig { header_name: Some("x-key".into()), ..InjectionConfig::default() };
        gate.secret(SecretKind::Generic, "api.good.test", Some("/ok/*"), header, "s3cret-value").await;
        let agent = gate.agent().await;
        for path in [
            "/ok/..;/admin/keys",
            "/ok/.;/..;/admin",
            "/ok/%252e%252e/admin/keys",
            "/ok/%25%32%65%25%32%65/admin",
            "/ok/..%2fadmin",
            "/ok/%2e%2e%2fadmin",
            "/ok/..%5cadmin",
            "/ok/x%00",
            "/ok/%00/admin",
            "/ok/x%09",
            "/ok/%2561dmin",
            "/ok/%c0%ae%c0%ae/admin",
            "/ok/%ef%bc%8e%ef%bc%8e/admin",
            "/ok/%ff",
            "/admin/..;/ok/x",
            "/admin/%252e%252e/ok/x",
        ] {
            let reply = send(&agent, http2, get(path)).await;
            assert_eq!((reply.status.as_u16(), reply.error()), (400, "bad_request".into()), "{path} {http2}");
        }
        assert!(gate.upstream.saw_nothing(), "{:?}", gate.upstream.seen());
        for (path, key) in [("/ok/x%20y", Some("s3cret-value")), ("/other/a%2fb", None)] {
            let before = gate.upstream.seen().len();
            assert_eq!(send(&agent, http2, get(path)).await.status, 200, "{path}");
            assert_eq!(gate.upstream.seen()[before].header("x-key"), key, "{path}");
        }
    }
}

#[tokio::test]
async fn what_is_sent_is_the_canonical_path() {
    for http2 in [false, true] {
        let gate = Gate::start().await;
        gate.rule(Action::Block, "api.good.test", Some("/admin/*"), None).await;
        let agent = gate.agent().await;
        for (written, sent) in [
            ("/ok/../fine?q=%2e%2e/x", "/fine?q=%2e%2e/x"),
            ("/%66ine/./a", "/fine/a"),
            ("/a%c3%a9", "/a%C3%A9"),
            ("/a/../../b", "/b"),
            ("/administrator", "/administrator"),
            ("/..admin/a..b", "/..admin/a..b"),
            ("/a%20b", "/a%20b"),
            ("/a;v=1/b", "/a;v=1/b"),
        ] {
            let before = gate.upstream.seen().len();
            let reply = send(&agent, http2, get(written)).await;
            assert_eq!(reply.status, 200, "{written}: {reply:?}");
            assert_eq!(gate.upstream.seen()[before].path, sent, "{written}");
        }
    }
}

#[tokio::test]
async fn a_method_in_disguise_is_read() {
    for http2 in [false, true] {
        let gate = Gate::start().await;
        gate.rule(Action::Block, "api.good.test", None, Some(Method::Delete)).await;
        let agent = gate.agent().await;
        for name in ["x-http-method-override", "x-method-override", "x-http-method"] {
            for value in ["DELETE", "delete", "Delete"] {
                let post = Request::post("https://api.good.test/x").header(name, value);
                let reply = send(&agent, http2, post.body(Bytes::new()).unwrap()).await;
                assert_eq!(reply.error(), "blocked_by_policy", "{name}: {value}");
            }
        }
        for query in ["_method=DELETE", "a=1&_method=delete", "%5fmethod=DELETE", "_method=%44ELETE"] {
            let post = Request::post(format!("https://api.good.test/x?{query}"));
            let reply = send(&agent, http2, post.body(Bytes::new()).unwrap()).await;
            assert_eq!(reply.error(), "blocked_by_policy", "{query}");
        }
        assert!(gate.upstream.saw_nothing());
        let post = Request::post("https://api.good.test/x").header("x-http-method-override", "PUT");
        assert_eq!(send(&agent, http2, post.body(Bytes::new()).unwrap()).await.status, 200);
    }
}

#[tokio::test]
async fn a_rule_on_pushes_covers_the_question_before_them() {
    let gate = Gate::start().await;
    gate.rule(Action::Block, "api.good.test", Some("/*/*/git-receive-pack"), None).await;
    let agent = gate.agent().await;
    for path in [
        "/o/r.git/git-receive-pack",
        "/o/r.git/info/refs?service=git-receive-pack",
        "/o/r.git/info/refs?a=1&service=git%2Dreceive-pack",
        "/o/r.git/info/../info/refs?service=git-receive-pack",
    ] {
        let reply = agent.get(&format!("https://api.good.test{path}")).await;
        assert_eq!(reply.error(), "blocked_by_policy", "{path}");
    }
    assert!(gate.upstream.saw_nothing());
    let fetch = agent.get("https://api.good.test/o/r.git/info/refs?service=git-upload-pack").await;
    assert_eq!(fetch.status, 200);
}

#[tokio::test]
async fn a_rule_that_ignores_case_ignores_it() {
    let gate = Gate::start().await;
    let new = NewRule {
        name: "no admin".into(),
        host_pattern: "api.good.test".into(),
        path_pattern: Some("/admin/*".into()),
        methods: None,
        agent: None,
        action: Action::Block,
        rate: None,
        approval_timeout: None,
        enabled: true,
        case_insensitive: true,
        conditions: Vec::new(),
    };
    gate.app.create_rule(gate.owner.default_project, new).await.unwrap();
    let agent = gate.agent().await;
    for path in ["/Admin/x", "/ADMIN", "/%41dmin/x", "/aDmIn/../ADMIN/x"] {
        let reply = agent.get(&format!("https://api.good.test{path}")).await;
        assert_eq!(reply.error(), "blocked_by_policy", "{path}");
    }
    assert!(gate.upstream.saw_nothing());
}

#[tokio::test]
async fn long_paths_with_characters_at_every_border_end_nothing() {
    let gate = Gate::start().await;
    let agent = gate.agent().await;
    for pad in 0..4 {
        let path = format!("/{}{}", "a".repeat(pad), "%F0%9F%94%91".repeat(700));
        assert_eq!(agent.get(&format!("https://api.good.test{path}")).await.status, 200);
        assert_eq!(gate.upstream.seen()[pad].path, path);
    }
}
