//! The committed document, and the page made from it.

use crate::test_api::{TestApi, request};

#[test]
fn the_committed_document_is_the_one_that_the_code_makes() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../openapi.json");
    let committed = std::fs::read_to_string(path).unwrap();
    assert!(
        committed == onecli_api::openapi_json(),
        "openapi.json is not fresh; run `cargo run -p onecli-api --example openapi > openapi.json`"
    );
}

#[tokio::test]
async fn the_document_and_its_page_are_served_without_scripts() {
    let api = TestApi::open().await;
    for path in ["/v1/openapi.json", "/api/openapi.json"] {
        let reply = api.send(request("GET", path, None)).await;
        assert_eq!(reply.ok()["openapi"], "3.1.0");
    }
    let page = api.send(request("GET", "/docs/api", None)).await;
    assert!(page.status.is_success());
    for part in ["/v1/agents/{id}/secret-mode", "/v1/rules/test", "hostPattern"] {
        assert!(page.text.contains(part), "{part}");
    }
    for active in ["<script", "style=", "<style", "onclick"] {
        assert!(!page.text.contains(active), "{active}");
    }
}

#[tokio::test]
async fn every_described_route_wants_credentials_unless_it_says_otherwise() {
    let api = TestApi::open().await;
    let document: serde_json::Value = serde_json::from_str(&onecli_api::openapi_json()).unwrap();
    let open = ["/v1/health", "/v1/ready", "/v1/gateway-url", "/v1/sign-out"];
    let (paths, mut count) = (document["paths"].as_object().unwrap(), 0);
    for (path, item) in paths {
        for method in item.as_object().unwrap().keys().map(|method| method.to_uppercase()) {
            let path = path.replace("{id}", "01890000-0000-7000-8000-000000000000");
            for prefix in ["/v1", "/api"] {
                let path = path.replacen("/v1", prefix, 1);
                for bearer in ["", "Bearer ", "Bearer oc_wrong", "Bearer aoc_wrong", "Basic eDp5"] {
                    let request =
                        crate::test_api::with(request(&method, &path, None), &[("authorization", bearer)]);
                    let status = api.send(request).await.status;
                    if !open.iter().any(|open| path.ends_with(&open[3..])) {
                        assert_eq!(status, 401, "{method} {path} with {bearer:?}");
                        count += 1;
                    }
                }
            }
        }
    }
    assert!(count > 400, "{count}");
}
