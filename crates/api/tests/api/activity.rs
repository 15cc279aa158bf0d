//! Activity: lists, filters, pages, the stream, the export and the series.

use std::time::Duration;

use axum::body::BodyDataStream;
use futures_util::StreamExt;
use onecli_domain::activity::{Activity, Protocol, Timeline, VerdictKind};
use onecli_domain::id::{AgentId, ProjectId, RuleId, SecretId};
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::test_api::{TestApi, with};

async fn record(api: &TestApi, change: impl FnOnce(&mut Activity)) -> String {
    let project: ProjectId = api.get("/v1/projects").await[0]["id"].as_str().unwrap().parse().unwrap();
    let agent: AgentId = api.get("/v1/agents/default").await["id"].as_str().unwrap().parse().unwrap();
    let mut activity = Activity {
        id: api.app.new_activity_id(),
        at: api.app.now(),
        project,
        agent,
        agent_name: "Default Agent".into(),
        method: "GET".into(),
        host: "mail.test".into(),
        path: "/v1/inbox?key=•".into(),
        status: 200,
        verdict: VerdictKind::Allow,
        rules: Vec::new(),
        secrets: Vec::new(),
        duration_micros: 1_500,
        overhead_micros: 90,
        timeline: Timeline { decide_micros: Some(40), upstream_micros: Some(1_250), ..Timeline::default() },
        bytes_up: 1,
        bytes_down: 2,
        protocol: Protocol::Http2,
        error: None,
        alarm: None,
    };
    change(&mut activity);
    let id = activity.id.to_string();
    api.app.reserve().await.unwrap().record(activity);
    id
}

#[tokio::test]
async fn records_are_listed_filtered_paged_and_shown() {
    let api = TestApi::open().await;
    let first = record(&api, |_| {}).await;
    let second = record(&api, |record| {
        record.host = "other.test".into();
        record.method = "POST".into();
        record.status = 403;
        record.verdict = VerdictKind::Block;
        record.error = Some("blocked_by_policy".into());
        record.alarm = Some("placeholder_misuse".into());
    })
    .await;
    api.app.recorder().flush().await;
    let ids = async |query: &str| -> Vec<String> {
        let list = api.get(&format!("/v1/activity{query}")).await;
        list.as_array().unwrap().iter().map(|record| record["id"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(ids("").await, [second.clone(), first.clone()]);
    for query in [
        "?host=OTHER.test",
        "?method=post",
        "?status=403",
        "?status=4xx",
        "?verdict=block",
        "?verdict=hold,block,block",
        "?alarm=true",
        "?q=ther",
    ] {
        assert_eq!(ids(query).await, std::slice::from_ref(&second), "{query}");
    }
    assert_eq!(ids("?alarm=false&status=2XX").await, std::slice::from_ref(&first));
    for (query, field) in [
        ("verdict=block,", "verdict"),
        ("status=6xx", "status"),
        ("status=xx", "status"),
        ("status=-1", "status"),
        ("alarm=1", "alarm"),
    ] {
        assert_eq!(api.call("GET", &format!("/v1/activity?{query}"), None).await.refused(400), field);
    }
    assert_eq!(ids("?to=2020-01-01T00:00:00Z").await, Vec::<String>::new());
    assert_eq!(ids("?agentId=01890000-0000-7000-8000-000000000000").await, Vec::<String>::new());

    let page = api.call("GET", "/api/activity?limit=1", None).await;
    let cursor = page.headers["x-next-cursor"].to_str().unwrap().to_owned();
    assert_eq!(ids(&format!("?limit=1&cursor={cursor}")).await, std::slice::from_ref(&first));

    let shown = api.get(&format!("/v1/activity/{first}")).await;
    for (field, expected) in [
        ("agentName", json!("Default Agent")),
        ("path", json!("/v1/inbox?key=•")),
        ("status", json!(200)),
        ("verdict", json!("allow")),
        ("ruleIds", json!([])),
        ("secretIds", json!([])),
        ("connectionIds", json!([])),
        ("durationMs", json!(1.5)),
        ("overheadUs", json!(90)),
        ("bytesUp", json!(1)),
        ("bytesDown", json!(2)),
        ("protocol", json!("h2")),
        ("error", Value::Null),
    ] {
        assert_eq!(shown[field], expected, "{field}");
    }
    api.call("GET", "/v1/activity/01890000-0000-7000-8000-000000000000", None).await.refused(404);
}

#[tokio::test]
async fn one_record_tells_where_its_time_went_and_what_its_ids_are_called() {
    let api = TestApi::open().await;
    let rule = json!({"name": "Look", "hostPattern": "mail.test", "action": "allow"});
    let rule = api.post("/v1/rules", rule).await["id"].as_str().unwrap().to_owned();
    let secret = api.secret("Mail key", "mail.test", "a-secret-value").await;
    let gone = "01890000-0000-7000-8000-000000000000";
    let id = record(&api, |record| {
        record.rules = [&rule, gone].map(|id| id.parse::<RuleId>().unwrap()).to_vec();
        record.secrets = [&secret, gone].map(|id| id.parse::<SecretId>().unwrap()).to_vec();
    })
    .await;
    let shown = api.get(&format!("/v1/activity/{id}")).await;
    assert_eq!(shown["timeline"], json!({"decideUs": 40, "upstreamMs": 1.25, "totalMs": 1.5}));
    let rules =
        json!([{"id": rule, "name": "Look", "action": "allow"}, {"id": gone, "name": null, "action": null}]);
    assert_eq!(shown["rules"], rules);
    assert_eq!(shown["secrets"], json!([{"id": secret, "name": "Mail key"}, {"id": gone, "name": null}]));
    assert_eq!(shown["ruleIds"], json!([rule, gone]));
}

#[tokio::test]
async fn what_needs_a_person_is_told() {
    let api = TestApi::open().await;
    let secret = api.secret("Mail key", "mail.test", "a-secret-value").await;
    record(&api, |record| record.secrets = vec![secret.parse().unwrap()]).await;
    assert_eq!(api.get("/v1/attention").await, json!([]));

    record(&api, |record| (record.secrets, record.status) = (vec![secret.parse().unwrap()], 401)).await;
    let alarm = record(&api, |record| {
        record.verdict = VerdictKind::Refuse;
        record.alarm = Some("placeholder_misuse".into());
    })
    .await;
    for _ in 0..9 {
        record(&api, |record| record.verdict = VerdictKind::Block).await;
    }

    let items = api.get("/v1/attention").await;
    let agent = &api.get("/v1/agents/default").await["id"];
    assert_eq!(items.as_array().unwrap().len(), 3, "{items}");
    for (at, kind, count, id, name) in [
        (0, "alarms", 1, &json!(alarm), "placeholder_misuse"),
        (1, "secret_failing", 1, &json!(secret), "Mail key"),
        (2, "agent_refused", 10, agent, "Default Agent"),
    ] {
        let told = (&items[at]["kind"], &items[at]["count"], &items[at]["id"], &items[at]["name"]);
        assert_eq!(told, (&json!(kind), &json!(count), id, &json!(name)));
    }
    assert_eq!(items[2]["requests"], 12);
}

#[tokio::test]
async fn hosts_and_paths_are_suggested_from_what_agents_did() {
    let api = TestApi::open().await;
    for (host, path) in [
        ("mail.test", "/v1/inbox?key=•"),
        ("mail.test", "/v1/inbox"),
        ("mail.test", "/v1/messages/17"),
        ("mail.test", "/v1/messages/18"),
        ("api.other.test", "/v1/repos/19"),
    ] {
        record(&api, |record| (record.host, record.path) = (host.into(), path.into())).await;
    }
    let suggest = async |query: &str| api.get(&format!("/v1/activity/suggestions?{query}")).await;
    let one = |value: &str, count: u64| json!({"value": value, "count": count});
    assert_eq!(suggest("field=host").await, json!([one("mail.test", 4), one("api.other.test", 1)]));
    assert_eq!(suggest("field=host&q=OTHER").await, json!([one("api.other.test", 1)]));
    let paths = json!([one("/v1/inbox", 2), one("/v1/messages/*", 2)]);
    assert_eq!(suggest("field=path&host=mail.test").await, paths);
    assert_eq!(suggest("field=path&host=*.other.test").await, json!([one("/v1/repos/19", 1)]));
    assert_eq!(suggest("field=path&q=box").await, json!([one("/v1/inbox", 2)]));
    for (query, field) in [("", "field"), ("field=method", "field"), ("field=path&host=a/b", "host")] {
        let reply = api.call("GET", &format!("/v1/activity/suggestions?{query}"), None).await;
        assert_eq!(reply.refused(400), field);
    }
}

/// Reads a stream until it holds a text.
async fn read_until(stream: &mut BodyDataStream, wanted: &str) -> String {
    let mut seen = String::new();
    while !seen.contains(wanted) {
        let chunk = tokio::time::timeout(Duration::from_secs(30), stream.next()).await.unwrap();
        seen.push_str(std::str::from_utf8(&chunk.unwrap().unwrap()).unwrap());
    }
    seen
}

#[tokio::test]
async fn the_stream_tells_of_records_as_they_are_written_and_of_those_that_were_missed() {
    let api = TestApi::open().await;
    let seen = record(&api, |_| {}).await;
    let missed = record(&api, |_| {}).await;
    api.app.recorder().flush().await;
    let request = with(
        api.signed("GET", "/v1/activity/stream", None),
        &[("host", "localhost:10254"), ("last-event-id", &seen)],
    );
    let response = api.router.clone().oneshot(request).await.unwrap();
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    let mut stream = response.into_body().into_data_stream();
    let text = read_until(&mut stream, "\n\n").await;
    assert!(text.contains(&format!("id: {missed}\n")) || text.contains(&format!("id:{missed}\n")), "{text}");
    assert!(!text.contains(&seen));

    let fresh = record(&api, |record| record.path = "/fresh".into()).await;
    let text = read_until(&mut stream, "\"/fresh\"").await;
    assert!(text.contains("event: activity\n") || text.contains("event:activity\n"), "{text}");
    assert!(text.contains(&fresh), "{text}");
}

#[tokio::test]
async fn the_stream_ends_when_the_server_stops() {
    let (stop, stopping) = tokio::sync::watch::channel(false);
    let api = TestApi::open_with(|config| config.stopping = Some(stopping)).await;
    let request = with(api.signed("GET", "/v1/activity/stream", None), &[("host", "localhost")]);
    let response = api.router.clone().oneshot(request).await.unwrap();
    stop.send(true).unwrap();
    let mut stream = response.into_body().into_data_stream();
    while stream.next().await.is_some() {}
}

#[tokio::test]
async fn the_export_holds_every_record() {
    let api = TestApi::open().await;
    for at in 0..450 {
        record(&api, |record| record.path = format!("/{at}")).await;
    }
    api.app.recorder().flush().await;
    let jsonl = api.call("GET", "/v1/activity/export?format=jsonl", None).await;
    assert_eq!(jsonl.headers["content-type"], "application/x-ndjson");
    let lines: Vec<Value> = jsonl.text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 450);
    assert_eq!((&lines[0]["path"], &lines[449]["path"]), (&json!("/449"), &json!("/0")));

    let csv = api.call("GET", "/v1/activity/export?format=csv&q=/449", None).await;
    assert!(csv.headers["content-type"].to_str().unwrap().starts_with("text/csv"));
    assert_eq!(csv.text.lines().count(), 2);
    assert!(csv.text.starts_with("id,at,agentId,"));
}

#[tokio::test]
async fn requests_are_put_into_a_series_with_empty_buckets_too() {
    let api = TestApi::open().await;
    record(&api, |_| {}).await;
    api.pass(2 * 3_600);
    record(&api, |record| record.verdict = VerdictKind::Block).await;
    record(&api, |record| record.status = 502).await;
    api.app.recorder().flush().await;
    api.pass(1);
    let now = api.app.now();
    let stats =
        api.get(&format!("/v1/stats?from={}&to={now}&bucket=hour", now.plus_seconds(-3 * 3_600))).await;
    let series = stats["series"].as_array().unwrap();
    let of = |field: &str| series.iter().map(|bucket| bucket[field].as_u64().unwrap()).collect::<Vec<_>>();
    assert_eq!(of("requests"), [0, 1, 0, 2]);
    assert_eq!(of("refused"), [0, 0, 0, 1]);
    assert_eq!(of("failed"), [0, 0, 0, 1]);
    assert_eq!(api.get("/v1/stats").await["bucket"], "hour");
}
