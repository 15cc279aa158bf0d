//! Projects: kept, listed, changed, and deleted with all that is in them.

use onecli_domain::id::ProjectId;
use onecli_domain::project::{PolicyMode, Project};
use onecli_store::Error;
use uuid::Uuid;

use crate::sample;

contract! {
    async fn a_project_comes_back_as_it_was_stored(database) {
        let project = sample::project();
        database.store.projects().insert(&project).await.unwrap();

        assert_eq!(database.store.projects().fetch(project.id).await.unwrap(), Some(project));
        assert_eq!(database.store.projects().fetch(ProjectId(Uuid::now_v7())).await.unwrap(), None);
    }

    async fn projects_are_listed_oldest_first(database) {
        let first = sample::stored_project(&database.store).await;
        let second = sample::stored_project(&database.store).await;

        let listed = database.store.projects().list().await.unwrap();

        assert_eq!(listed.iter().map(|project| project.id).collect::<Vec<_>>(), [first, second]);
    }

    async fn name_and_policy_mode_can_be_changed(database) {
        let projects = database.store.projects();
        let project = sample::project();
        projects.insert(&project).await.unwrap();

        let changed = Project { name: "Other".into(), policy_mode: PolicyMode::Allow, ..project.clone() };
        assert!(projects.update(&changed).await.unwrap());
        assert_eq!(projects.fetch(project.id).await.unwrap(), Some(changed));

        assert!(projects.set_policy_mode(project.id, PolicyMode::Deny).await.unwrap());
        assert_eq!(projects.policy_mode(project.id).await.unwrap(), Some(PolicyMode::Deny));
    }

    async fn a_project_that_is_not_there_is_not_changed(database) {
        let projects = database.store.projects();
        let nowhere = sample::project();

        assert!(!projects.update(&nowhere).await.unwrap());
        assert!(!projects.set_policy_mode(nowhere.id, PolicyMode::Deny).await.unwrap());
        assert_eq!(projects.policy_mode(nowhere.id).await.unwrap(), None);
        assert!(!projects.delete(nowhere.id).await.unwrap());
    }

    async fn deleting_a_project_deletes_what_is_in_it_and_nothing_else(database) {
        let store = &database.store;
        let (doomed, kept) = (sample::stored_project(store).await, sample::stored_project(store).await);
        for project in [doomed, kept] {
            let agent = sample::stored_agent(store, project, "scribe").await;
            let secret = sample::stored_secret(store, project, "key").await;
            store.agents().replace_secrets_of(project, agent.id, &[secret.id]).await.unwrap();
            let rule = onecli_domain::rule::Rule { agent: Some(agent.id), ..sample::rule(project, "no") };
            store.rules().insert(&rule).await.unwrap();
            store.activity().insert_batch(&[sample::record(project, 0)], &[], &[]).await.unwrap();
        }

        assert!(store.projects().delete(doomed).await.unwrap());

        assert_eq!(store.snapshot().load(doomed).await.unwrap(), None);
        assert_eq!(store.activity().counts(doomed, sample::at(0)).await.unwrap().activity, 0);
        let rows = store.snapshot().load(kept).await.unwrap().unwrap();
        assert_eq!((rows.agents.len(), rows.secrets.len(), rows.grants.len(), rows.rules.len()), (1, 1, 1, 1));
        assert_eq!(store.activity().counts(kept, sample::at(0)).await.unwrap().activity, 1);
    }

    async fn somebodys_default_project_stays(database) {
        let project = sample::stored_project(&database.store).await;
        database.store.users().insert(&sample::user(project, "a@b.test")).await.unwrap();

        let refused = database.store.projects().delete(project).await;

        assert!(matches!(refused, Err(Error::InUse { .. })), "{refused:?}");
        assert!(database.store.projects().fetch(project).await.unwrap().is_some());
    }
}
