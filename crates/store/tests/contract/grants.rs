//! Grants: replaced as a whole or not at all, and never across projects.

use onecli_domain::id::{AgentId, SecretId};
use onecli_store::Error;
use uuid::Uuid;

use crate::sample;

contract! {
    async fn an_agents_secrets_are_replaced_as_a_whole(database) {
        let store = &database.store;
        let project = sample::stored_project(store).await;
        let agent = sample::stored_agent(store, project, "scribe").await;
        let mut secrets = Vec::new();
        for name in ["a", "b", "c"] {
            secrets.push(sample::stored_secret(store, project, name).await.id);
        }

        store.agents().replace_secrets_of(project, agent.id, &secrets[..2]).await.unwrap();
        assert_eq!(store.agents().secrets_of(project, agent.id).await.unwrap(), secrets[..2]);
        store.agents().replace_secrets_of(project, agent.id, &[secrets[2], secrets[1], secrets[2]]).await.unwrap();
        assert_eq!(store.agents().secrets_of(project, agent.id).await.unwrap(), secrets[1..]);
        store.agents().replace_secrets_of(project, agent.id, &[]).await.unwrap();
        assert_eq!(store.agents().secrets_of(project, agent.id).await.unwrap(), []);
    }

    async fn an_unknown_or_foreign_secret_is_named_and_nothing_changes(database) {
        let store = &database.store;
        let (project, elsewhere) = (sample::stored_project(store).await, sample::stored_project(store).await);
        let agent = sample::stored_agent(store, project, "scribe").await;
        let own = sample::stored_secret(store, project, "own").await.id;
        let foreign = sample::stored_secret(store, elsewhere, "foreign").await.id;
        store.agents().replace_secrets_of(project, agent.id, &[own]).await.unwrap();

        for bad in [foreign, SecretId(Uuid::now_v7())] {
            let refused = store.agents().replace_secrets_of(project, agent.id, &[own, bad]).await;
            assert!(matches!(refused, Err(Error::UnknownSecret(id)) if id == bad), "{refused:?}");
            assert_eq!(store.agents().secrets_of(project, agent.id).await.unwrap(), [own]);
        }
    }

    async fn an_unknown_agent_is_named(database) {
        let project = sample::stored_project(&database.store).await;
        let nobody = AgentId(Uuid::now_v7());

        let refused = database.store.agents().replace_secrets_of(project, nobody, &[]).await;

        assert!(matches!(refused, Err(Error::UnknownAgent(id)) if id == nobody), "{refused:?}");
    }

    async fn a_deleted_secret_is_no_longer_given_to_anybody(database) {
        let store = &database.store;
        let project = sample::stored_project(store).await;
        let agent = sample::stored_agent(store, project, "scribe").await;
        let secret = sample::stored_secret(store, project, "key").await.id;
        store.agents().replace_secrets_of(project, agent.id, &[secret]).await.unwrap();

        assert!(store.secrets().delete(project, secret).await.unwrap());

        assert_eq!(store.agents().secrets_of(project, agent.id).await.unwrap(), []);
    }
}
