//! GitHub with one secret, as the quick start stores it: git, its command line, uploads and raw content.

use std::path::Path;

use onecli_testkit::Seen;
use onecli_testkit::upstream::{Answer, Script};

use crate::product::{git, serve_git};
use crate::stand::{Product, VALUE};

/// A machine with the quick start's secret, and a GitHub that takes the key as GitHub's hosts do.
fn start() -> Product {
    let product = Product::start_everywhere();
    product.machine.onecli_fed(&["secrets", "create", "--service", "github"], VALUE).done();
    let home = product.machine.home().to_path_buf();
    let bare = home.join("served/octo/repo.git");
    git(&home, &["init", "-q", "--bare", bare.to_str().unwrap()]);
    git(&bare, &["config", "http.receivepack", "true"]);
    git(&bare, &["symbolic-ref", "HEAD", "refs/heads/main"]);
    product.upstream.answer(move |seen| github(&home.join("served"), seen));
    product
}

fn github(root: &Path, seen: &Seen) -> Answer {
    let path = seen.path.split('?').next().unwrap_or_default();
    let authorization = seen.header("authorization");
    match seen.authority.as_str() {
        // Asks for Basic by itself.
        "github.com" | "gist.github.com" => return serve_git(root, seen),
        // The URLs are signed: storage refuses a second credential.
        "objects.githubusercontent.com" => {
            return if authorization.is_none() { text(200, "signed") } else { text(400, "two credentials") };
        }
        _ if authorization != Some(format!("Bearer {VALUE}").as_str()) => {
            return text(401, r#"{"message":"Bad credentials"}"#);
        }
        _ => {}
    }
    let release = r#"{"id":1,"tag_name":"v1","url":"https://api.github.com/repos/octo/repo/releases/1",
        "upload_url":"https://uploads.github.com/repos/octo/repo/releases/1/assets{?name,label}","assets":[]}"#;
    match (seen.authority.as_str(), seen.method.as_str(), path) {
        ("api.github.com", "GET", "/user") => text(200, r#"{"login":"octocat"}"#),
        ("api.github.com", "GET", "/repos/octo/repo/releases/tags/v1") => text(200, release),
        // Asked for beside the release itself: whichever is answered first counts.
        ("api.github.com", "POST", "/graphql") if String::from_utf8_lossy(&seen.body).contains("release") => {
            text(200, r#"{"data":{"repository":{"release":null}}}"#)
        }
        ("api.github.com", "POST", "/graphql") => text(200, r#"{"data":{"viewer":{"login":"octocat"}}}"#),
        ("uploads.github.com", "POST", "/repos/octo/repo/releases/1/assets") => {
            text(201, &format!(r#"{{"id":2,"size":{}}}"#, seen.body.len()))
        }
        ("raw.githubusercontent.com", "GET", "/octo/repo/main/README.md") => text(200, "read me"),
        ("codeload.github.com", "GET", "/octo/repo/zip/main") => text(200, "archive"),
        _ => text(404, r#"{"message":"Not Found"}"#),
    }
}

fn text(status: u16, body: &str) -> Answer {
    let mut answer = Answer::new(Script::whole(body.to_owned()));
    *answer.status_mut() = status.try_into().unwrap();
    answer.headers_mut().insert("content-type", "application/json; charset=utf-8".parse().unwrap());
    answer
}

/// Nothing was taken for misuse, and no answer was a refusal.
fn assert_no_alarm(product: &Product) {
    let records = product.machine.onecli(&["activity", "list"]).done().json();
    for record in records.as_array().unwrap() {
        assert_eq!(
            (&record["alarm"], &record["error"]),
            (&serde_json::Value::Null, &serde_json::Value::Null)
        );
        assert_eq!(record["verdict"], "allow", "{record}");
    }
}

#[test]
fn one_secret_serves_git_the_api_uploads_and_raw_content() {
    let product = start();
    let home = product.machine.home().to_path_buf();
    // With and without the placeholder that the environment holds.
    for (from, to) in [
        ("https://github.com/octo/repo.git", "one"),
        ("https://x-access-token:$GH_TOKEN@github.com/octo/repo.git", "two"),
    ] {
        let clone = product.run(&["sh", "-c", &format!("git clone -q \"{from}\" {to}")]);
        assert_eq!(clone.code, 0, "{clone:?}");
        let work = home.join(to);
        std::fs::write(work.join(to), "content").unwrap();
        git(&work, &["add", to]);
        git(&work, &["-c", "user.name=a", "-c", "user.email=a@b", "commit", "-q", "-m", to]);
        let push = product.run(&["git", "-C", work.to_str().unwrap(), "push", "-q", "origin", "HEAD:main"]);
        assert_eq!(push.code, 0, "{push:?}");
        assert!(!std::fs::read_to_string(work.join(".git/config")).unwrap().contains(VALUE));
    }
    let bare = home.join("served/octo/repo.git");
    assert_eq!(git(&bare, &["log", "--format=%s", "main"]), "two\none\n");

    std::fs::write(home.join("asset"), vec![7; 200_000]).unwrap();
    for (command, expected) in [
        ("curl -sS https://api.github.com/user", r#"{"login":"octocat"}"#),
        (
            "curl -sS -H \"Authorization: token $GITHUB_TOKEN\" https://api.github.com/user",
            r#"{"login":"octocat"}"#,
        ),
        ("curl -sS -u \"octocat:$GITHUB_TOKEN\" https://api.github.com/user", r#"{"login":"octocat"}"#),
        (
            "curl -sS --data-binary @asset 'https://uploads.github.com/repos/octo/repo/releases/1/assets?name=asset'",
            r#"{"id":2,"size":200000}"#,
        ),
        ("curl -sS https://raw.githubusercontent.com/octo/repo/main/README.md", "read me"),
        ("curl -sS https://codeload.github.com/octo/repo/zip/main", "archive"),
        ("curl -sS https://objects.githubusercontent.com/x?X-Amz-Signature=1", "signed"),
    ] {
        let ended = product.run(&["sh", "-c", command]);
        assert_eq!((ended.code, ended.stdout.trim()), (0, expected), "{command}: {ended:?}");
    }
    assert_no_alarm(&product);
}

#[test]
fn github_s_own_command_line_works_with_the_placeholder() {
    let product = start();
    let home = product.machine.home().to_path_buf();
    std::fs::write(home.join("asset"), "content").unwrap();
    for (program, expected) in [
        (&["gh", "api", "user", "--jq", ".login"][..], "octocat"),
        (
            &["gh", "api", "graphql", "-f", "query=query{viewer{login}}", "--jq", ".data.viewer.login"],
            "octocat",
        ),
        (&["gh", "release", "upload", "v1", "asset", "-R", "octo/repo"], ""),
        (&["gh", "auth", "token"], "ghp_"),
    ] {
        let ended = product.run(program);
        assert_eq!(ended.code, 0, "{program:?}: {ended:?}");
        assert!(ended.stdout.trim().starts_with(expected), "{program:?}: {ended:?}");
        assert!(!ended.stdout.contains(VALUE));
    }
    let upload = product.upstream.seen().into_iter().find(|seen| seen.authority == "uploads.github.com");
    assert_eq!(&upload.unwrap().body[..], b"content");
    assert_no_alarm(&product);
}
