//! Rate limits: exact however many count at once, and sliding.

use onecli_domain::id::{AgentId, ProjectId};
use onecli_domain::rate::{Counted, Limited, RateLimit, Window};
use onecli_domain::rule::{Action, Rule};
use onecli_domain::time::Timestamp;
use onecli_store::Store;

use crate::sample;

async fn limited(store: &Store, project: ProjectId, limit: u32) -> Limited {
    let rate = RateLimit { limit, window: Window::Minute };
    let rule = Rule { action: Action::RateLimit, rate: Some(rate), ..sample::rule(project, "limited") };
    store.rules().insert(&rule).await.unwrap();
    assert_eq!(store.rules().fetch(project, rule.id).await.unwrap().unwrap(), rule);
    Limited { rule: rule.id, name: "limited".into(), rate }
}

async fn passes(store: &Store, agent: AgentId, limits: &[Limited], second: i64) -> bool {
    let counted = store.limits().count(agent, limits, Timestamp(0).plus_seconds(second)).await.unwrap();
    matches!(counted, Counted::Room(_))
}

contract! {
    async fn so_many_pass_within_any_window_and_no_more(database) {
        let store = &database.store;
        let project = sample::stored_project(store).await;
        let agent = sample::stored_agent(store, project, "one").await.id;
        let limits = [limited(store, project, 3).await];
        for second in [0, 30, 31] {
            assert!(passes(store, agent, &limits, second).await, "{second}");
        }
        let full = store.limits().count(agent, &limits, Timestamp(0).plus_seconds(59)).await.unwrap();
        assert_eq!(full, Counted::Full { rule: limits[0].rule, until: Timestamp(0).plus_seconds(60) });
        // What left the window makes room for one, and no burst follows at its edge.
        assert!(passes(store, agent, &limits, 60).await);
        assert!(!passes(store, agent, &limits, 61).await);
        assert!(passes(store, agent, &limits, 90).await);
        assert!(passes(store, agent, &limits, 91).await);
        assert!(!passes(store, agent, &limits, 92).await);
    }

    async fn what_is_left_is_told(database) {
        let store = &database.store;
        let project = sample::stored_project(store).await;
        let agent = sample::stored_agent(store, project, "one").await.id;
        let limits = [limited(store, project, 3).await];
        for (second, requests, until) in [(0, 2, 60), (30, 1, 60), (61, 1, 90)] {
            let counted = store.limits().count(agent, &limits, Timestamp(0).plus_seconds(second)).await.unwrap();
            let Counted::Room(left) = counted else { panic!("{counted:?}") };
            assert_eq!((left[0].requests, left[0].until), (requests, Timestamp(0).plus_seconds(until)));
        }
    }

    async fn each_agent_has_a_count_of_its_own(database) {
        let store = &database.store;
        let project = sample::stored_project(store).await;
        let limits = [limited(store, project, 1).await];
        for name in ["one", "two"] {
            let agent = sample::stored_agent(store, project, name).await.id;
            assert!(passes(store, agent, &limits, 0).await);
            assert!(!passes(store, agent, &limits, 1).await);
        }
    }

    async fn several_limits_count_together_or_not_at_all(database) {
        let store = &database.store;
        let project = sample::stored_project(store).await;
        let agent = sample::stored_agent(store, project, "one").await.id;
        let (tight, wide) = (limited(store, project, 1).await, limited(store, project, 3).await);
        let mut both = [tight.clone(), wide.clone()];
        both.sort_by_key(|limit| limit.rule);
        assert!(passes(store, agent, &both, 0).await);
        for second in 1..5 {
            assert!(!passes(store, agent, &both, second).await);
        }
        // The refused ones used up nothing of the wide one.
        assert!(passes(store, agent, std::slice::from_ref(&wide), 5).await);
        assert!(passes(store, agent, std::slice::from_ref(&wide), 6).await);
        assert!(!passes(store, agent, std::slice::from_ref(&wide), 7).await);
    }

    async fn large_limits_are_never_exceeded(database) {
        let store = &database.store;
        let project = sample::stored_project(store).await;
        let agent = sample::stored_agent(store, project, "one").await.id;
        let limits = [limited(store, project, 300).await];
        let mut passed = Vec::new();
        for tick in 0..1_200_i64 {
            let now = Timestamp(tick * 100_000);
            if matches!(store.limits().count(agent, &limits, now).await.unwrap(), Counted::Room(_)) {
                passed.push(now.micros());
            }
        }
        let most = passed.iter().map(|start| passed.iter().filter(|at| (*start..start + 60_000_000).contains(at)).count());
        assert_eq!(most.max(), Some(300));
        assert!(passed.len() > 590, "{}", passed.len());
    }

    async fn many_at_once_get_exactly_what_there_is(database) {
        let store = &database.store;
        let project = sample::stored_project(store).await;
        let agent = sample::stored_agent(store, project, "one").await.id;
        let limits = [limited(store, project, 10).await];
        let other = database.another().await;
        let mut asking = tokio::task::JoinSet::new();
        for number in 0..40 {
            // Half of them through another gateway.
            let store = if number % 2 == 0 || database.is_sqlite() { store.clone() } else { other.clone() };
            let limits = limits.clone();
            asking.spawn(async move { passes(&store, agent, &limits, 0).await });
        }
        let passed = asking.join_all().await.into_iter().filter(|passed| *passed).count();
        assert_eq!(passed, 10);
        other.close().await;
    }

    async fn a_count_goes_with_its_rule(database) {
        let store = &database.store;
        let project = sample::stored_project(store).await;
        let agent = sample::stored_agent(store, project, "one").await.id;
        let limits = [limited(store, project, 1).await];
        assert!(passes(store, agent, &limits, 0).await);
        assert!(store.rules().delete(project, limits[0].rule).await.unwrap());
        assert!(store.limits().count(agent, &limits, Timestamp(0)).await.is_err());
    }

    async fn forty_at_once_get_exactly_ten_on_every_one_of_two_hundred_runs(database) {
        let store = &database.store;
        let project = sample::stored_project(store).await;
        let agent = sample::stored_agent(store, project, "one").await.id;
        let limit = limited(store, project, 10).await;
        for run in 0..200 {
            let mut counting = tokio::task::JoinSet::new();
            for _ in 0..40 {
                let (store, limit) = (store.clone(), limit.clone());
                // Each run after the window of the one before.
                counting.spawn(async move { passes(&store, agent, &[limit], run * 60).await });
            }
            let passed = counting.join_all().await.into_iter().filter(|passed| *passed).count();
            assert_eq!(passed, 10, "run {run}");
        }
    }
}
