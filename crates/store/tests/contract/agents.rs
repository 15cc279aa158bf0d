//! Agents: unique identifiers, one default, inherited access, tokens by version.

use onecli_domain::agent::{Agent, SecretMode};
use onecli_domain::id::AgentId;
use onecli_domain::rule::Rule;
use onecli_store::agents::AgentDeletion;
use onecli_store::{Error, Page};
use uuid::Uuid;

use crate::sample::{self, at};

contract! {
    async fn an_agent_is_found_by_id_identifier_and_being_the_default(database) {
        let store = &database.store;
        let project = sample::stored_project(store).await;
        let agent = Agent {
            is_default: true,
            suspended_at: Some(at(7)),
            last_seen_at: Some(at(8)),
            request_count: 17,
            ..sample::agent(project, "scribe")
        };
        assert_eq!(store.agents().insert(&agent, &sample::sealed(1)).await.unwrap(), agent);

        assert_eq!(store.agents().fetch(project, agent.id).await.unwrap(), Some(agent.clone()));
        assert_eq!(store.agents().fetch_by_identifier(project, "scribe").await.unwrap(), Some(agent.clone()));
        assert_eq!(store.agents().fetch_default(project).await.unwrap(), Some(agent.clone()));

        let elsewhere = sample::stored_project(store).await;
        assert_eq!(store.agents().fetch(elsewhere, agent.id).await.unwrap(), None);
        assert_eq!(store.agents().fetch_by_identifier(elsewhere, "scribe").await.unwrap(), None);
        assert_eq!(store.agents().fetch_default(elsewhere).await.unwrap(), None);
    }

    async fn an_identifier_is_unique_in_its_project_only(database) {
        let store = &database.store;
        let (one, two) = (sample::stored_project(store).await, sample::stored_project(store).await);
        sample::stored_agent(store, one, "scribe").await;

        let again = store.agents().insert(&sample::agent(one, "scribe"), &sample::sealed(1)).await;
        assert!(matches!(again, Err(Error::Taken { what: "identifier" })), "{again:?}");
        sample::stored_agent(store, two, "scribe").await;
    }

    async fn a_project_has_one_default_agent_at_most(database) {
        let store = &database.store;
        let project = sample::stored_project(store).await;
        let default = |identifier| Agent { is_default: true, ..sample::agent(project, identifier) };
        store.agents().insert(&default("first"), &sample::sealed(1)).await.unwrap();

        let second = store.agents().insert(&default("second"), &sample::sealed(1)).await;

        assert!(matches!(second, Err(Error::Taken { what: "place of the default agent" })), "{second:?}");
    }

    async fn two_agents_never_share_a_token(database) {
        let store = &database.store;
        let project = sample::stored_project(store).await;
        let first = sample::stored_agent(store, project, "first").await;

        let second = Agent { token_hash: first.token_hash, ..sample::agent(project, "second") };
        let refused = store.agents().insert(&second, &sample::sealed(1)).await;

        assert!(matches!(refused, Err(Error::Taken { what: "token" })), "{refused:?}");
    }

    async fn an_agent_of_no_project_is_refused(database) {
        let nowhere = sample::project().id;
        let refused = database.store.agents().insert(&sample::agent(nowhere, "scribe"), &sample::sealed(1)).await;
        assert!(matches!(refused, Err(Error::Dangling)), "{refused:?}");
    }

    async fn a_child_has_its_parents_mode_and_secrets(database) {
        let store = &database.store;
        let project = sample::stored_project(store).await;
        let parent = sample::stored_agent(store, project, "parent").await;
        let secret = sample::stored_secret(store, project, "key").await;
        store.agents().replace_secrets_of(project, parent.id, &[secret.id]).await.unwrap();

        let asked = Agent {
            parent: Some(parent.id),
            secret_mode: SecretMode::All,
            ..sample::agent(project, "child")
        };
        let child = store.agents().insert(&asked, &sample::sealed(1)).await.unwrap();

        assert_eq!(child.secret_mode, SecretMode::Selective);
        assert_eq!(store.agents().fetch(project, child.id).await.unwrap(), Some(child.clone()));
        assert_eq!(store.agents().secrets_of(project, child.id).await.unwrap(), [secret.id]);

        assert_eq!(store.agents().delete(project, parent.id).await.unwrap(), AgentDeletion::Deleted);
        let orphan = store.agents().fetch(project, child.id).await.unwrap().unwrap();
        assert_eq!(orphan.parent, None);
        assert_eq!(store.agents().secrets_of(project, child.id).await.unwrap(), [secret.id]);
    }

    async fn a_parent_of_another_project_is_unknown(database) {
        let store = &database.store;
        let (project, elsewhere) = (sample::stored_project(store).await, sample::stored_project(store).await);
        let stranger = sample::stored_agent(store, elsewhere, "stranger").await;

        let child = Agent { parent: Some(stranger.id), ..sample::agent(project, "child") };
        let refused = store.agents().insert(&child, &sample::sealed(1)).await;

        assert!(matches!(refused, Err(Error::UnknownAgent(id)) if id == stranger.id), "{refused:?}");
        assert_eq!(store.agents().list_all(project).await.unwrap(), []);
    }

    async fn agents_are_listed_in_pages_oldest_first(database) {
        let store = &database.store;
        let project = sample::stored_project(store).await;
        let mut all = Vec::new();
        for identifier in ["a", "b", "c", "d", "e"] {
            all.push(sample::stored_agent(store, project, identifier).await);
        }

        let first = store.agents().list(project, Page::first(2)).await.unwrap();
        assert_eq!(first, all[..2]);
        let rest = store.agents().list(project, Page::after(first[1].id.0, 10)).await.unwrap();
        assert_eq!(rest, all[2..]);
        assert_eq!(store.agents().list_all(project).await.unwrap(), all);
    }

    async fn a_token_is_replaced_by_a_later_one_only(database) {
        let store = &database.store;
        let project = sample::stored_project(store).await;
        let agent = sample::agent(project, "scribe");
        let (first, second) = (sample::sealed(1), sample::sealed(2));
        store.agents().insert(&agent, &first).await.unwrap();
        assert_eq!(store.agents().sealed_token(project, agent.id).await.unwrap(), Some((first, 1)));

        let hash = sample::hash();
        assert!(store.agents().replace_token(project, agent.id, hash, &second, 2).await.unwrap());
        assert!(!store.agents().replace_token(project, agent.id, sample::hash(), &sample::sealed(1), 2).await.unwrap());

        assert_eq!(store.agents().sealed_token(project, agent.id).await.unwrap(), Some((second.clone(), 2)));
        assert_eq!(store.agents().sealed_tokens(project).await.unwrap(), [(agent.id, second, 2)]);
        let stored = store.agents().fetch(project, agent.id).await.unwrap().unwrap();
        assert_eq!((stored.token_hash, stored.token_version), (hash, 2));
        let nobody = AgentId(Uuid::now_v7());
        assert_eq!(store.agents().sealed_token(project, nobody).await.unwrap(), None);
    }

    async fn name_mode_and_suspension_can_be_changed(database) {
        let agents = database.store.agents();
        let project = sample::stored_project(&database.store).await;
        let agent = sample::stored_agent(&database.store, project, "scribe").await;

        assert!(agents.rename(project, agent.id, "Scribe").await.unwrap());
        assert!(agents.set_secret_mode(project, agent.id, SecretMode::All).await.unwrap());
        assert!(agents.set_suspended(project, agent.id, Some(at(9))).await.unwrap());
        let changed = agents.fetch(project, agent.id).await.unwrap().unwrap();
        let expected = Agent {
            name: "Scribe".into(),
            secret_mode: SecretMode::All,
            suspended_at: Some(at(9)),
            ..agent.clone()
        };
        assert_eq!(changed, expected);

        assert!(agents.set_suspended(project, agent.id, None).await.unwrap());
        assert_eq!(agents.fetch(project, agent.id).await.unwrap().unwrap().suspended_at, None);
    }

    async fn an_agent_of_another_project_is_not_changed(database) {
        let store = &database.store;
        let agents = store.agents();
        let (project, elsewhere) = (sample::stored_project(store).await, sample::stored_project(store).await);
        let agent = sample::stored_agent(store, project, "scribe").await;

        assert!(!agents.rename(elsewhere, agent.id, "x").await.unwrap());
        assert!(!agents.set_secret_mode(elsewhere, agent.id, SecretMode::All).await.unwrap());
        assert!(!agents.set_suspended(elsewhere, agent.id, Some(at(0))).await.unwrap());
        assert!(!agents.make_default(elsewhere, agent.id).await.unwrap());
        assert!(!agents.replace_token(elsewhere, agent.id, sample::hash(), &sample::sealed(1), 2).await.unwrap());
        assert_eq!(agents.delete(elsewhere, agent.id).await.unwrap(), AgentDeletion::Missing);
        assert_eq!(agents.fetch(project, agent.id).await.unwrap(), Some(agent));
    }

    async fn another_agent_becomes_the_default_one(database) {
        let store = &database.store;
        let project = sample::stored_project(store).await;
        let first = Agent { is_default: true, ..sample::agent(project, "first") };
        store.agents().insert(&first, &sample::sealed(1)).await.unwrap();
        let second = sample::stored_agent(store, project, "second").await;

        assert!(store.agents().make_default(project, second.id).await.unwrap());
        assert_eq!(store.agents().fetch_default(project).await.unwrap().unwrap().id, second.id);
        assert!(!store.agents().fetch(project, first.id).await.unwrap().unwrap().is_default);

        assert!(!store.agents().make_default(project, AgentId(Uuid::now_v7())).await.unwrap());
        assert_eq!(store.agents().fetch_default(project).await.unwrap().unwrap().id, second.id);
    }

    async fn of_defaults_made_at_once_exactly_one_remains(database) {
        let store = &database.store;
        let other = database.another().await;
        let project = sample::stored_project(store).await;
        let first = sample::stored_agent(store, project, "first").await;
        let second = sample::stored_agent(store, project, "second").await;

        for _ in 0..10 {
            let (one, two) = tokio::join!(
                store.agents().make_default(project, first.id),
                other.agents().make_default(project, second.id)
            );
            assert!(one.unwrap() && two.unwrap());
            let defaults = store.agents().list_all(project).await.unwrap();
            assert_eq!(defaults.iter().filter(|agent| agent.is_default).count(), 1);
        }
        other.close().await;
    }

    async fn an_agent_is_deleted_with_its_own_rules_but_not_the_default_one(database) {
        let store = &database.store;
        let project = sample::stored_project(store).await;
        let default = Agent { is_default: true, ..sample::agent(project, "default") };
        store.agents().insert(&default, &sample::sealed(1)).await.unwrap();
        let agent = sample::stored_agent(store, project, "scribe").await;
        let general = sample::rule(project, "for all");
        store.rules().insert(&general).await.unwrap();
        let own = Rule { agent: Some(agent.id), ..sample::rule(project, "for one") };
        store.rules().insert(&own).await.unwrap();

        assert_eq!(store.agents().delete(project, default.id).await.unwrap(), AgentDeletion::IsDefault);
        assert_eq!(store.agents().delete(project, agent.id).await.unwrap(), AgentDeletion::Deleted);
        assert_eq!(store.agents().delete(project, agent.id).await.unwrap(), AgentDeletion::Missing);

        assert_eq!(store.agents().list_all(project).await.unwrap(), [default]);
        assert_eq!(store.rules().list_all(project).await.unwrap(), [general]);
    }
}
