//! Rules, from the first to the last, and what they would say.

use serde_json::{Value, json};

use crate::test_api::TestApi;

#[tokio::test]
async fn a_rule_is_made_shown_changed_and_removed() {
    let api = TestApi::open().await;
    let agent = api.agent("scribe").await;
    let body = json!({"name": "No sending", "hostPattern": "mail.test", "pathPattern": "/send", "method": "POST",
        "agentId": agent, "action": "block", "enabled": true});
    let reply = api.call("POST", "/v1/rules", Some(body)).await;
    assert_eq!(reply.status, 201);
    let rule = reply.json();
    for (field, expected) in [
        ("name", json!("No sending")),
        ("hostPattern", json!("mail.test")),
        ("pathPattern", json!("/send")),
        ("method", json!("POST")),
        ("agentId", json!(agent)),
        ("action", json!("block")),
        ("enabled", json!(true)),
        ("rateLimit", Value::Null),
        ("rateLimitWindow", Value::Null),
    ] {
        assert_eq!(rule[field], expected, "{field}");
    }
    let path = format!("/v1/rules/{}", rule["id"].as_str().unwrap());
    assert_eq!(api.get(&path).await, rule);
    assert_eq!(api.get("/api/rules").await, json!([rule]));

    let change = json!({"enabled": false, "method": null, "agentId": null, "pathPattern": null});
    let mut changed = api.call("PATCH", &path, Some(change)).await.ok();
    assert_eq!(changed["success"], true);
    changed.as_object_mut().unwrap().remove("success");
    assert_eq!(api.get(&path).await, changed);
    assert_eq!(
        (&changed["enabled"], &changed["method"], &changed["agentId"]),
        (&json!(false), &Value::Null, &Value::Null)
    );
    assert_eq!(changed["name"], "No sending");

    assert_eq!(api.call("DELETE", &path, None).await.status, 204);
    for method in ["GET", "DELETE"] {
        api.call(method, &path, None).await.refused(404);
    }
}

#[tokio::test]
async fn what_is_no_rule_is_refused_with_its_field() {
    let api = TestApi::open().await;
    let good = json!({"name": "r", "hostPattern": "mail.test", "action": "block"});
    for (field, value) in [
        ("name", json!("")),
        ("hostPattern", json!("")),
        ("hostPattern", json!("a b")),
        ("action", json!("explode")),
        ("method", json!("BREW")),
        ("methods", json!(["GET", "BREW"])),
        ("methods", json!(["GET", "*"])),
        ("methods", json!([])),
        ("methods", json!(["GET", 1])),
        ("methods", json!("GET")),
        ("methods", json!({"GET": true})),
        ("agentId", json!("me")),
        ("agentId", json!("01890000-0000-7000-8000-000000000000")),
        ("conditions", json!([{"target": "body", "key": "x", "operator": "contains", "value": "x"}])),
        ("conditions", json!([{"target": "body_json", "key": "amount", "operator": "exists"}])),
        ("conditions", json!([{"target": "graphql", "key": "mutation", "operator": "exists"}])),
        ("conditions", json!([{"target": "jsonrpc", "key": "arguments", "operator": "exists"}])),
        ("conditions", json!([{"target": "form", "operator": "exists"}])),
        ("approvalTimeoutSeconds", json!(60)),
        ("conditions", json!([{"target": "moon", "key": "x", "operator": "equals", "value": "x"}])),
        ("conditions", json!([{"target": "query", "key": "x", "operator": "resembles", "value": "x"}])),
        ("conditions", json!([{"target": "query", "operator": "equals", "value": "x"}])),
        ("conditions", json!([{"target": "query", "key": "x", "operator": "equals"}])),
        ("conditions", json!([{"target": "query", "key": "x", "operator": "matches", "value": "("}])),
        ("conditions", json!([{"target": "query", "key": "x", "operator": "less_than", "value": "x"}])),
        ("conditions", json!([1])),
        ("conditions", json!("x")),
        ("enabled", json!("yes")),
    ] {
        let mut body = good.clone();
        body[field] = value.clone();
        assert_eq!(api.call("POST", "/v1/rules", Some(body)).await.refused(400), field, "{value}");
    }
    for field in ["name", "hostPattern", "action"] {
        let mut body = good.clone();
        body.as_object_mut().unwrap().remove(field);
        assert_eq!(api.call("POST", "/v1/rules", Some(body)).await.refused(400), field);
    }
}

#[tokio::test]
async fn a_rate_limit_needs_its_rate() {
    let api = TestApi::open().await;
    let rule = |more: Value| {
        let mut body = json!({"name": "r", "hostPattern": "mail.test", "action": "rate_limit"});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body
    };
    let made = api.post("/v1/rules", rule(json!({"rateLimit": 10, "rateLimitWindow": "hour"}))).await;
    assert_eq!(
        (&made["action"], &made["rateLimit"], &made["rateLimitWindow"]),
        (&"rate_limit".into(), &10.into(), &"hour".into())
    );
    let verdict = api.post("/v1/rules/test", json!({"url": "https://mail.test/"})).await;
    assert_eq!(
        (&verdict["verdict"], &verdict["matched"][0]["action"]),
        (&"rate_limit".into(), &"rate_limit".into())
    );

    let path = format!("/v1/rules/{}", made["id"].as_str().unwrap());
    let changed = api.call("PATCH", &path, Some(json!({"rateLimit": 20}))).await.json();
    assert_eq!((&changed["rateLimit"], &changed["rateLimitWindow"]), (&20.into(), &"hour".into()));
    let changed = api.call("PATCH", &path, Some(json!({"action": "block"}))).await.json();
    assert_eq!((&changed["rateLimit"], &changed["rateLimitWindow"]), (&Value::Null, &Value::Null));

    for (field, more) in [
        ("rateLimit", json!({})),
        ("rateLimit", json!({"rateLimitWindow": "hour"})),
        ("rateLimitWindow", json!({"rateLimit": 1})),
        ("rateLimitWindow", json!({"rateLimit": 1, "rateLimitWindow": "week"})),
        ("rateLimit", json!({"rateLimit": 0, "rateLimitWindow": "hour"})),
        ("rateLimit", json!({"rateLimit": 1_000_001, "rateLimitWindow": "hour"})),
        ("rateLimit", json!({"rateLimit": -1, "rateLimitWindow": "hour"})),
        ("rateLimit", json!({"rateLimit": 1.5, "rateLimitWindow": "hour"})),
        ("rateLimit", json!({"action": "block", "rateLimit": 1, "rateLimitWindow": "hour"})),
    ] {
        assert_eq!(
            api.call("POST", "/v1/rules", Some(rule(more.clone()))).await.refused(400),
            field,
            "{more}"
        );
    }
}

#[tokio::test]
async fn conditions_come_back_and_decide() {
    let api = TestApi::open().await;
    let conditions = json!([{"target": "query", "key": "env", "operator": "equals", "value": "prod"}]);
    let body = json!({"name": "r", "hostPattern": "mail.test", "action": "block", "conditions": conditions});
    let made = api.post("/v1/rules", body).await;
    assert_eq!(made["conditions"], conditions);
    let verdict = async |query: &str, headers: Value| {
        let asked = json!({"url": format!("https://mail.test/{query}"), "headers": headers});
        api.post("/v1/rules/test", asked).await["verdict"].clone()
    };
    assert_eq!(verdict("?env=prod", json!({})).await, "block");
    assert_eq!(verdict("?env=%70rod", json!({})).await, "block");
    assert_eq!(verdict("?env=test", json!({})).await, "allow");

    let path = format!("/v1/rules/{}", made["id"].as_str().unwrap());
    let header = json!([{"target": "header", "key": "X-Count", "operator": "greater_than", "value": 5}]);
    let changed = api.call("PATCH", &path, Some(json!({"conditions": header}))).await.json();
    assert_eq!(changed["conditions"][0]["value"], "5");
    assert_eq!(verdict("?env=prod", json!({})).await, "allow");
    assert_eq!(verdict("", json!({"x-count": "6"})).await, "block");
    let changed = api.call("PATCH", &path, Some(json!({"conditions": []}))).await.json();
    assert_eq!(changed["conditions"], json!([]));
}

#[tokio::test]
async fn a_condition_with_an_empty_key_or_value_is_refused() {
    let api = TestApi::open().await;
    let attempt = async |target: &str, key: &str, operator: &str, value: Value| {
        let condition = json!({"target": target, "key": key, "operator": operator, "value": value});
        let body =
            json!({"name": "r", "hostPattern": "a.test", "action": "block", "conditions": [condition]});
        let reply = api.call("POST", "/v1/rules", Some(body)).await;
        (reply.status.as_u16(), reply.json()["field"].clone())
    };
    for operator in ["equals", "not_equals", "contains", "starts_with", "ends_with", "matches"] {
        assert_eq!(attempt("body", "", operator, json!("")).await, (400, json!("conditions")), "{operator}");
    }
    for target in ["query", "header", "form", "body_json", "graphql", "jsonrpc"] {
        assert_eq!(attempt(target, "", "equals", json!("x")).await, (400, json!("conditions")), "{target}");
    }
    assert_eq!(attempt("body", "", "equals", json!("x")).await.0, 201);
}

#[tokio::test]
async fn a_request_is_judged_without_being_sent() {
    let api = TestApi::open().await;
    let secret = api.secret("Mail", "mail.test", "s3cret-value-of-mail").await;
    let ask = async |path: &str| {
        let url = format!("https://MAIL.test{path}");
        api.post(
            "/v1/rules/test",
            json!({"method": "POST", "url": url, "headers": {"accept": "*/*"}, "body": {}}),
        )
        .await
    };
    let free = ask("/a/../send").await;
    assert_eq!(free["verdict"], "allow");
    assert_eq!(free["matched"], json!([]));
    assert_eq!(free["canonical"], json!({"host": "mail.test", "path": "/send"}));
    assert_eq!(free["secrets"][0]["id"], json!(secret));
    assert_eq!(free["secrets"][0]["name"], "Mail");
    assert!(free["secrets"][0]["as"].as_str().unwrap().contains("x-api-key"));

    api.post(
        "/v1/rules",
        json!({"name": "r", "hostPattern": "*", "pathPattern": "/send", "action": "block"}),
    )
    .await;
    let blocked = ask("/send").await;
    assert_eq!(blocked["verdict"], "block");
    assert_eq!(
        (&blocked["matched"][0]["name"], &blocked["matched"][0]["action"]),
        (&json!("r"), &json!("block"))
    );
    assert!(blocked["matched"][0]["why"].is_string());
    assert_eq!(ask("/other").await["verdict"], "allow");

    let project = api.get("/v1/projects").await[0]["id"].as_str().unwrap().to_owned();
    api.call("PUT", &format!("/v1/projects/{project}/policy-mode"), Some(json!({"mode": "deny"}))).await.ok();
    assert_eq!(ask("/other").await["verdict"], "default_deny");
    api.call("PUT", &format!("/v1/projects/{project}/policy-mode"), Some(json!({"mode": "ask"}))).await.ok();
    let asked = ask("/other").await;
    assert_eq!((&asked["verdict"], &asked["matched"]), (&json!("hold"), &json!([])));
    assert_eq!(api.call("POST", "/v1/rules/test", Some(json!({"url": "mail"}))).await.refused(400), "url");
    let unknown = json!({"url": "https://mail.test", "agentId": "01890000-0000-7000-8000-000000000000"});
    api.call("POST", "/v1/rules/test", Some(unknown)).await.refused(404);
}

#[tokio::test]
async fn a_rule_names_one_method_several_or_all() {
    let api = TestApi::open().await;
    let create = async |more: Value| {
        let mut body = json!({"name": "r", "hostPattern": "mail.test", "action": "block"});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        api.call("POST", "/v1/rules", Some(body)).await
    };
    let said = |rule: &Value| (rule["method"].clone(), rule["methods"].clone());
    for (given, method, methods) in [
        (json!({}), Value::Null, Value::Null),
        (json!({"method": "get"}), json!("GET"), json!(["GET"])),
        (json!({"method": "*"}), Value::Null, Value::Null),
        (json!({"methods": ["PUT"]}), json!("PUT"), json!(["PUT"])),
        (json!({"methods": ["post", "GET", "POST"]}), Value::Null, json!(["GET", "POST"])),
        (json!({"method": null, "methods": ["GET", "POST"]}), Value::Null, json!(["GET", "POST"])),
        (json!({"method": "GET", "methods": ["GET", "GET"]}), json!("GET"), json!(["GET"])),
        (json!({"method": "GET", "methods": null}), json!("GET"), json!(["GET"])),
    ] {
        let rule = create(given.clone()).await.json();
        assert_eq!(said(&rule), (method, methods), "{given}");
        let path = format!("/v1/rules/{}", rule["id"].as_str().unwrap());
        // What a client reads, it may send back.
        let echoed = json!({"method": rule["method"], "methods": rule["methods"]});
        assert_eq!(said(&api.call("PATCH", &path, Some(echoed)).await.ok()), said(&rule), "{given}");
        assert_eq!(api.call("DELETE", &path, None).await.status, 204);
    }
    for given in [
        json!({"method": "GET", "methods": ["POST"]}),
        json!({"method": "GET", "methods": ["GET", "POST"]}),
        json!({"method": "*", "methods": ["GET"]}),
    ] {
        assert_eq!(create(given.clone()).await.refused(400), "methods", "{given}");
    }

    let rule = create(json!({"methods": ["GET", "POST"]})).await.json();
    let path = format!("/v1/rules/{}", rule["id"].as_str().unwrap());
    let change = async |body: Value| said(&api.call("PATCH", &path, Some(body)).await.ok());
    let both = (Value::Null, json!(["GET", "POST"]));
    assert_eq!(change(json!({"name": "s"})).await, both);
    assert_eq!(change(json!({"method": "PUT"})).await, (json!("PUT"), json!(["PUT"])));
    assert_eq!(change(json!({"methods": ["GET", "POST"]})).await, both);
    assert_eq!(change(json!({"methods": null})).await, (Value::Null, Value::Null));
    assert_eq!(change(json!({"methods": ["GET", "POST"]})).await, both);
    assert_eq!(change(json!({"method": null})).await, (Value::Null, Value::Null));
    change(json!({"methods": ["GET", "POST"]})).await;

    for (method, verdict) in [("GET", "block"), ("POST", "block"), ("PUT", "allow")] {
        let test = json!({"method": method, "url": "https://mail.test/x"});
        assert_eq!(api.post("/v1/rules/test", test).await["verdict"], verdict, "{method}");
    }
}
