//! Settings of the installation.

use serde_json::{Value, json};

use crate::test_api::TestApi;

#[tokio::test]
async fn what_is_left_out_stays_and_null_keeps_all() {
    let api = TestApi::open().await;
    let shown = api.get("/v1/settings").await;
    assert_eq!((&shown["activityDays"], &shown["approvalDays"]), (&Value::Null, &json!(90)));
    assert!(shown["publicUrl"].as_str().unwrap().starts_with("http"));
    for (body, activity, approvals) in [
        (json!({"activityDays": 30}), json!(30), 90),
        (json!({"approvalDays": 7}), json!(30), 7),
        (json!({}), json!(30), 7),
        (json!({"activityDays": null}), Value::Null, 7),
    ] {
        let answer = api.call("PUT", "/v1/settings", Some(body)).await.ok();
        assert_eq!((&answer["activityDays"], &answer["approvalDays"]), (&activity, &json!(approvals)));
        assert_eq!(api.get("/v1/settings").await, answer);
    }
    for (body, field) in
        [(json!({"activityDays": 0}), "activityDays"), (json!({"approvalDays": 3_651}), "approvalDays")]
    {
        let reply = api.call("PUT", "/v1/settings", Some(body)).await;
        assert_eq!((reply.status.as_u16(), &reply.json()["field"]), (400, &json!(field)));
    }
}
