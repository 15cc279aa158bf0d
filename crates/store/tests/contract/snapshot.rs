//! The snapshot: everything of a project, and nothing of another.

use onecli_domain::project::PolicyMode;
use onecli_store::snapshot::{ProjectRows, StoredSecret};

use crate::sample;

contract! {
    async fn a_project_is_loaded_with_all_that_is_in_it(database) {
        let store = &database.store;
        let project = sample::project();
        store.projects().insert(&project).await.unwrap();
        let id = project.id;
        let one = sample::stored_agent(store, id, "one").await;
        let two = sample::stored_agent(store, id, "two").await;
        let (secret, sealed) = (sample::secret(id, "key"), sample::sealed(1));
        store.secrets().insert(&secret, &sealed).await.unwrap();
        store.agents().replace_secrets_of(id, two.id, &[secret.id]).await.unwrap();
        let rule = sample::rule(id, "no");
        store.rules().insert(&rule).await.unwrap();
        let other = sample::project();
        store.projects().insert(&other).await.unwrap();

        let expected = ProjectRows {
            project,
            agents: vec![one, two.clone()],
            grants: vec![(two.id, secret.id)],
            secrets: vec![StoredSecret { secret, sealed, previous: None }],
            rules: vec![rule],
            approval_grants: Vec::new(),
        };
        assert_eq!(store.snapshot().load(id).await.unwrap(), Some(expected.clone()));
        let empty = ProjectRows {
            project: other,
            agents: Vec::new(),
            grants: Vec::new(),
            secrets: Vec::new(),
            rules: Vec::new(),
            approval_grants: Vec::new(),
        };
        assert_eq!(store.snapshot().load_all().await.unwrap(), [expected, empty]);
        assert_eq!(store.snapshot().load(sample::project().id).await.unwrap(), None);
    }

    async fn hundreds_of_rows_come_whole_and_in_order(database) {
        let store = &database.store;
        let project = sample::stored_project(store).await;
        let mut rules = Vec::new();
        for number in 0..250 {
            let rule = sample::rule(project, &format!("rule {number}"));
            store.rules().insert(&rule).await.unwrap();
            rules.push(rule);
        }

        assert_eq!(store.snapshot().load(project).await.unwrap().unwrap().rules, rules);
    }

    async fn a_snapshot_sees_a_change_as_soon_as_it_is_made(database) {
        let store = &database.store;
        let project = sample::stored_project(store).await;
        for mode in [PolicyMode::Allow, PolicyMode::Deny, PolicyMode::Allow] {
            store.projects().set_policy_mode(project, mode).await.unwrap();
            let rows = store.snapshot().load(project).await.unwrap().unwrap();
            assert_eq!(rows.project.policy_mode, mode);
        }
    }

    async fn handles_can_be_used_from_tasks(database) {
        let store = database.store.clone();
        let project = sample::stored_project(&store).await;
        let tasks: Vec<_> = (0..8)
            .map(|number| {
                let store = store.clone();
                tokio::spawn(async move {
                    let name = format!("agent-{number}");
                    store.agents().insert(&sample::agent(project, &name), &sample::sealed(1)).await.unwrap();
                    store.activity().insert_batch(&[sample::record(project, 0)], &[], &[]).await.unwrap();
                    store.snapshot().load_all().await.unwrap();
                })
            })
            .collect();
        for task in tasks {
            task.await.unwrap();
        }
        assert_eq!(store.agents().list_all(project).await.unwrap().len(), 8);
    }
}
