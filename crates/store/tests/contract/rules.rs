//! Rules: kept as written, and bound to agents of their own project.

use std::slice;

use onecli_domain::method::{Method, Methods};
use onecli_domain::rule::{Action, Rule};
use onecli_store::{Error, Page};

use crate::sample;

contract! {
    async fn a_rule_comes_back_as_it_was_stored(database) {
        let store = &database.store;
        let project = sample::stored_project(store).await;
        let agent = sample::stored_agent(store, project, "scribe").await;
        let full = Rule { agent: Some(agent.id), ..sample::rule(project, "full") };
        let bare = Rule {
            path_pattern: None,
            methods: None,
            action: Action::Allow,
            rate: None,
            approval_timeout: None,
            enabled: false,
            case_insensitive: false,
            conditions: Vec::new(),
            ..sample::rule(project, "bare")
        };
        store.rules().insert(&full).await.unwrap();
        store.rules().insert(&bare).await.unwrap();

        assert_eq!(store.rules().fetch(project, full.id).await.unwrap(), Some(full.clone()));
        assert_eq!(store.rules().fetch(project, bare.id).await.unwrap(), Some(bare.clone()));
        assert_eq!(store.rules().list_all(project).await.unwrap(), [full.clone(), bare.clone()]);
        assert_eq!(store.rules().list(project, Page::after(full.id.0, 5)).await.unwrap(), slice::from_ref(&bare));
        assert_eq!(store.rules().list(project, Page::first(1)).await.unwrap(), slice::from_ref(&full));
        let elsewhere = sample::stored_project(store).await;
        assert_eq!(store.rules().fetch(elsewhere, full.id).await.unwrap(), None);
    }

    async fn every_method_is_kept(database) {
        let project = sample::stored_project(&database.store).await;
        for method in Method::ALL {
            let rule = Rule { methods: Some(method.into()), ..sample::rule(project, method.as_str()) };
            database.store.rules().insert(&rule).await.unwrap();
            assert_eq!(database.store.rules().fetch(project, rule.id).await.unwrap(), Some(rule));
        }
    }

    async fn several_methods_are_kept(database) {
        let project = sample::stored_project(&database.store).await;
        for methods in ["GET,POST", "PUT,PATCH,DELETE", "GET,POST,PUT,PATCH,DELETE,HEAD,OPTIONS"] {
            let rule = Rule { methods: Methods::read(methods), ..sample::rule(project, methods) };
            assert!(rule.methods.is_some());
            database.store.rules().insert(&rule).await.unwrap();
            assert_eq!(database.store.rules().fetch(project, rule.id).await.unwrap(), Some(rule));
        }
    }

    async fn a_rule_about_an_agent_of_another_project_is_refused(database) {
        let store = &database.store;
        let (project, elsewhere) = (sample::stored_project(store).await, sample::stored_project(store).await);
        let stranger = sample::stored_agent(store, elsewhere, "stranger").await.id;
        let general = sample::rule(project, "general");
        store.rules().insert(&general).await.unwrap();

        let about = |rule: &Rule| Rule { agent: Some(stranger), ..rule.clone() };
        let inserted = store.rules().insert(&about(&sample::rule(project, "no"))).await;
        let updated = store.rules().update(&about(&general)).await;

        assert!(matches!(inserted, Err(Error::UnknownAgent(id)) if id == stranger), "{inserted:?}");
        assert!(matches!(updated, Err(Error::UnknownAgent(id)) if id == stranger), "{updated:?}");
        assert_eq!(store.rules().list_all(project).await.unwrap(), [general]);
    }

    async fn a_rule_can_be_changed_and_deleted(database) {
        let store = &database.store;
        let (project, elsewhere) = (sample::stored_project(store).await, sample::stored_project(store).await);
        let rule = sample::rule(project, "old");
        store.rules().insert(&rule).await.unwrap();

        let changed = Rule {
            name: "new".into(),
            host_pattern: "b.test".into(),
            path_pattern: None,
            methods: Some(Method::Get.into()),
            action: Action::Allow,
            rate: None,
            approval_timeout: None,
            enabled: false,
            case_insensitive: false,
            conditions: Vec::new(),
            ..rule.clone()
        };
        assert!(store.rules().update(&changed).await.unwrap());
        assert_eq!(store.rules().fetch(project, rule.id).await.unwrap(), Some(changed.clone()));
        assert!(!store.rules().update(&Rule { project: elsewhere, ..changed }).await.unwrap());

        assert!(!store.rules().delete(elsewhere, rule.id).await.unwrap());
        assert!(store.rules().delete(project, rule.id).await.unwrap());
        assert!(!store.rules().delete(project, rule.id).await.unwrap());
    }
}
