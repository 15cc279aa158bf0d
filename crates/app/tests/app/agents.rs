//! Agents: identifiers, inherited access, tokens and suspension, each from the next request on.

use onecli_app::Error;
use onecli_app::access::agents::NewAgent;
use onecli_domain::agent::SecretMode;

use crate::ground::{Ground, field};

fn named(identifier: &str) -> NewAgent {
    NewAgent { name: "Scribe".into(), identifier: identifier.into(), parent_identifier: None }
}

#[tokio::test]
async fn a_taken_identifier_is_said_before_anything_else() {
    let ground = Ground::start().await;
    ground.app.create_agent(ground.project, named("scribe")).await.unwrap();
    let again = NewAgent { name: String::new(), ..named("scribe") };
    let refused = ground.app.create_agent(ground.project, again).await;
    assert!(matches!(refused, Err(Error::Conflict { code: "identifier_taken", .. })));
}

#[tokio::test]
async fn what_cannot_be_an_agent_is_refused_by_field() {
    let ground = Ground::start().await;
    for identifier in ["", "Scribe", "1st", "a_b", "nul\0", &"a".repeat(51), "ä"] {
        let refused = ground.app.create_agent(ground.project, named(identifier)).await;
        assert_eq!(field(refused), "identifier", "{identifier:?}");
    }
    for name in ["", "  ", "a\nb", &"n".repeat(256)] {
        let new = NewAgent { name: name.into(), ..named("scribe") };
        assert_eq!(field(ground.app.create_agent(ground.project, new).await), "name", "{name:?}");
    }
    let orphan = NewAgent { parent_identifier: Some("nobody".into()), ..named("scribe") };
    assert_eq!(field(ground.app.create_agent(ground.project, orphan).await), "parentIdentifier");
}

#[tokio::test]
async fn a_child_has_its_parents_access() {
    let ground = Ground::start().await;
    let secret = ground.secret("api.good.test", "s3cret-value").await;
    let parent = ground.app.create_agent(ground.project, named("parent")).await.unwrap().agent.id;
    ground.app.set_secret_mode(ground.project, parent, SecretMode::Selective).await.unwrap();
    ground.app.set_agent_secrets(ground.project, parent, &[secret]).await.unwrap();
    let child = NewAgent { parent_identifier: Some("parent".into()), ..named("child") };
    let child = ground.app.create_agent(ground.project, child).await.unwrap();
    assert_eq!(child.agent.secret_mode, SecretMode::Selective);
    assert_eq!(ground.app.agent_secrets(ground.project, child.agent.id).await.unwrap(), [secret]);
}

#[tokio::test]
async fn a_replaced_token_stops_working_before_the_call_returns() {
    let ground = Ground::start().await;
    let before = ground.app.default_agent(ground.project).await.unwrap();
    let old = ground.app.hash_token(before.token.as_str().unwrap());
    assert!(ground.app.agent(&old).is_some());
    let token = ground.app.regenerate_agent_token(ground.project, before.agent.id).await.unwrap();
    assert!(ground.app.agent(&old).is_none());
    let found = ground.app.agent(&ground.app.hash_token(token.as_str().unwrap())).unwrap();
    assert_eq!(found.id, before.agent.id);
    let listed = ground.app.list_agents(ground.project).await.unwrap();
    assert_eq!(listed[0].token.as_str().unwrap(), token.as_str().unwrap());
}

#[tokio::test]
async fn suspending_and_removing_hold_from_the_next_request() {
    let ground = Ground::start().await;
    let made = ground.app.create_agent(ground.project, named("scribe")).await.unwrap();
    let hash = ground.app.hash_token(made.token.as_str().unwrap());
    ground.app.suspend_agent(ground.project, made.agent.id, true).await.unwrap();
    assert!(ground.app.agent(&hash).unwrap().suspended);
    ground.app.suspend_agent(ground.project, made.agent.id, false).await.unwrap();
    assert!(!ground.app.agent(&hash).unwrap().suspended);
    ground.app.remove_agent(ground.project, made.agent.id).await.unwrap();
    assert!(ground.app.agent(&hash).is_none());
    let again = ground.app.remove_agent(ground.project, made.agent.id).await;
    assert!(matches!(again, Err(Error::NotFound("agent"))));
}

#[tokio::test]
async fn there_is_always_one_default_agent_and_it_stays() {
    let ground = Ground::start().await;
    let first = ground.default_agent().await;
    let refused = ground.app.remove_agent(ground.project, first.id).await;
    assert!(matches!(refused, Err(Error::Conflict { code: "default_agent", .. })));
    let second = ground.app.create_agent(ground.project, named("scribe")).await.unwrap().agent;
    ground.app.make_default_agent(ground.project, second.id).await.unwrap();
    assert_eq!(ground.default_agent().await.id, second.id);
    ground.app.remove_agent(ground.project, first.id).await.unwrap();
}
