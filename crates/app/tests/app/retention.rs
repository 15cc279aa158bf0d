//! Retention: activity stays under its bound whatever agents send, the newest is kept, and a full queue makes requests wait.

use std::pin::pin;
use std::task::{Context, Poll, Waker};

use onecli_app::retention::Retention;
use onecli_domain::activity::{Activity, ActivityFilter, Protocol, Timeline, VerdictKind};
use onecli_domain::id::ActivityId;

use crate::ground::{Ground, field};

const MIB: u64 = 1024 * 1024;

async fn blocked(ground: &Ground, path: usize) -> Activity {
    let agent = ground.default_agent().await;
    Activity {
        id: ground.app.new_activity_id(),
        at: ground.app.now(),
        project: ground.project,
        agent: agent.id,
        agent_name: agent.name,
        method: "GET".into(),
        host: "api.good.test".into(),
        path: format!("/{}", "a".repeat(path - 1)),
        status: 403,
        verdict: VerdictKind::Block,
        rules: Vec::new(),
        secrets: Vec::new(),
        duration_micros: 400,
        overhead_micros: 0,
        timeline: Timeline::default(),
        bytes_up: 0,
        bytes_down: 0,
        protocol: Protocol::Http1,
        error: Some("blocked_by_policy".into()),
        alarm: None,
    }
}

async fn newest(ground: &Ground, limit: u32) -> Vec<ActivityId> {
    let all =
        ground.app.list_activity(ground.project, &ActivityFilter::default(), limit, None).await.unwrap();
    all.iter().map(|record| record.id).collect()
}

#[tokio::test]
async fn a_flood_of_records_stays_under_the_bound_and_the_newest_are_kept() {
    for path in [250, 1_900, 4_096] {
        let ground = Ground::start().await;
        let file = ground.folder.path().join("onecli.db");
        let bound = Retention { activity_max_bytes: Some(2 * MIB), ..Retention::default() };
        ground.app.set_retention(bound).await.unwrap();
        let record = blocked(&ground, path).await;

        let mut ids = Vec::new();
        while ids.len() * (path + 300) < 20 * MIB as usize {
            let record = Activity { id: ground.app.new_activity_id(), ..record.clone() };
            ids.push(record.id);
            ground.app.reserve().await.unwrap().record(record);
        }
        let kept = newest(&ground, 100_000).await;
        let stays = std::fs::metadata(&file).unwrap().len();
        let folder = ground.folder.clone();
        ground.app.shutdown().await;
        let folded = std::fs::metadata(folder.path().join("onecli.db")).unwrap().len();

        assert!(stays.max(folded) < 3 * MIB, "{path}: {stays} and {folded} bytes");
        ids.reverse();
        assert_eq!(kept, ids[..kept.len()], "{path}");
        assert!(kept.len() * path > MIB as usize / 3, "{path}: {} are kept", kept.len());
    }
}

#[tokio::test]
async fn records_beyond_a_lowered_bound_go_with_the_next_start() {
    let ground = Ground::start().await;
    let record = blocked(&ground, 4_096).await;
    for _ in 0..1_000 {
        let record = Activity { id: ground.app.new_activity_id(), ..record.clone() };
        ground.app.reserve().await.unwrap().record(record);
    }
    assert_eq!(newest(&ground, 10_000).await.len(), 1_000);
    let bound = Retention { activity_max_bytes: Some(MIB), ..Retention::default() };
    ground.app.set_retention(bound).await.unwrap();

    let ground = ground.restart().await.unwrap();
    let record = blocked(&ground, 4_096).await;
    let last = record.id;
    ground.app.reserve().await.unwrap().record(record);

    let kept = newest(&ground, 10_000).await;
    assert!((100..=256).contains(&kept.len()) && kept[0] == last, "{} are kept", kept.len());
}

#[tokio::test]
async fn requests_wait_while_too_many_bytes_are_to_be_written() {
    let ground = Ground::start().await;
    let record = blocked(&ground, 4_096).await;
    let mut slots = Vec::new();
    for _ in 0..5_000 {
        slots.push(ground.app.reserve().await.unwrap());
    }
    // Recording never waits, and the writer is on this thread: now all of it is in the queue.
    for slot in slots {
        slot.record(Activity { id: ground.app.new_activity_id(), ..record.clone() });
    }

    let mut reserve = pin!(ground.app.reserve());
    let at_once = reserve.as_mut().poll(&mut Context::from_waker(Waker::noop()));
    assert!(matches!(at_once, Poll::Pending), "a slot was to be had beyond 16 MiB");

    reserve.await.unwrap().record(record);
    assert_eq!(newest(&ground, 10_000).await.len(), 5_001);
}

#[tokio::test]
async fn what_was_never_set_has_defaults_and_bounds_are_checked() {
    let ground = Ground::start().await;
    let kept = ground.app.retention().await.unwrap();
    let fields = (kept.activity_days, kept.activity_max_bytes, kept.approval_days);
    assert_eq!(fields, (Some(90), Some(1024 * MIB), 90));
    for bytes in [0, MIB - 1, u64::MAX] {
        let wrong = Retention { activity_max_bytes: Some(bytes), ..kept };
        assert_eq!(field(ground.app.set_retention(wrong).await), "activityMaxBytes");
    }
    let unbounded = Retention { activity_days: None, activity_max_bytes: None, approval_days: 1 };
    ground.app.set_retention(unbounded).await.unwrap();
    assert_eq!(ground.app.retention().await.unwrap(), unbounded);
}
