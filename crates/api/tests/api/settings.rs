//! Settings of the installation.

use serde_json::{Value, json};

use crate::test_api::TestApi;

#[tokio::test]
async fn what_is_left_out_stays_and_null_keeps_all() {
    let api = TestApi::open().await;
    let shown = api.get("/v1/settings").await;
    assert_eq!((&shown["activityDays"], &shown["approvalDays"]), (&json!(90), &json!(90)));
    assert_eq!(shown["activityMaxBytes"], json!(1_073_741_824));
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

#[tokio::test]
async fn a_bound_on_the_size_of_activity_is_set_cleared_and_checked() {
    let api = TestApi::open().await;
    let max = "activityMaxBytes";
    for (body, bytes) in [
        (json!({max: 5_000_000_000_u64}), json!(5_000_000_000_u64)),
        (json!({"activityDays": 7}), json!(5_000_000_000_u64)),
        (json!({max: null}), Value::Null),
        (json!({"approvalDays": 7}), Value::Null),
        (json!({max: 1_048_576}), json!(1_048_576)),
    ] {
        let answer = api.call("PUT", "/v1/settings", Some(body)).await.ok();
        assert_eq!(answer[max], bytes);
        assert_eq!(api.get("/v1/settings").await, answer);
    }
    for wrong in
        [json!(0), json!(1_048_575), json!(u64::MAX), json!(-1), json!(1.5), json!("1 GiB"), json!(true)]
    {
        let reply = api.call("PUT", "/v1/settings", Some(json!({max: wrong}))).await;
        assert_eq!((reply.status.as_u16(), &reply.json()["field"]), (400, &json!(max)), "{wrong}");
        assert!(reply.json()["error"].as_str().unwrap().contains(max), "{wrong}");
    }
    assert_eq!(api.get("/v1/settings").await[max], json!(1_048_576));
}
