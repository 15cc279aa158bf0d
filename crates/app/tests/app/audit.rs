//! The audit log: every use case leaves its record, none holds a value, and tampering is found with real signatures.

use std::collections::HashMap;

use onecli_app::access::agents::NewAgent;
use onecli_app::access::users::actor_person;
use onecli_app::audit_log::{public_key, verify_export, verify_store};
use onecli_app::config::{Location, StoreConfig};
use onecli_app::policy::rules::{NewRule, RuleChange};
use onecli_app::vault::secrets::SecretChange;
use onecli_app::{App, Error};
use onecli_domain::agent::SecretMode;
use onecli_domain::audit::{Actor, AuditFilter, AuthenticatedBy, Checkpoint, CheckpointKind, Hash, Record};
use onecli_domain::method::Method;
use onecli_domain::project::PolicyMode;
use onecli_domain::rule::Action;
use onecli_domain::secret::SecretKind;
use serde_json::{Value, json};

use crate::ground::{Ground, secret};

const VALUES: [&str; 4] = [
    "first-s3cret-value-0001",
    "second-s3cret-value-002",
    "third-s3cret-value-0003",
    "f0urth-s3cret-value-004",
];

fn rule(name: &str) -> NewRule {
    NewRule {
        name: name.into(),
        host_pattern: "api.good.test".into(),
        path_pattern: None,
        methods: Some(Method::Get.into()),
        agent: None,
        action: Action::Block,
        rate: None,
        approval_timeout: None,
        enabled: true,
        case_insensitive: false,
        conditions: Vec::new(),
    }
}

/// The app on behalf of the owner, as the API hands it over.
async fn owners(ground: &Ground) -> App {
    let owner = ground.app.owner().await.unwrap();
    let by = AuthenticatedBy { kind: "api_key".into(), name: Some("CI".into()) };
    ground.app.by(Actor { person: Some(actor_person(&owner)), by, from: Some("192.0.2.7".into()) })
}

async fn records(ground: &Ground) -> Vec<Record> {
    let mut all = ground.app.list_audit(ground.project, &AuditFilter::default(), 200, None).await.unwrap();
    all.reverse();
    all
}

async fn last(ground: &Ground) -> Record {
    records(ground).await.pop().unwrap()
}

#[tokio::test]
async fn every_use_case_leaves_one_record_and_none_holds_a_value() {
    let ground = Ground::start().await;
    let (app, project) = (owners(&ground).await, ground.project);
    let owner = app.owner().await.unwrap();
    let mut tokens = vec![ground.first_key.as_ref().unwrap().as_str().unwrap().to_owned()];

    let new = NewAgent { name: "Scribe".into(), identifier: "scribe".into(), parent_identifier: None };
    let agent = app.create_agent(project, new).await.unwrap();
    tokens.push(agent.token.as_str().unwrap().to_owned());
    let id = agent.agent.id;
    app.rename_agent(project, id, "Writer").await.unwrap();
    app.suspend_agent(project, id, true).await.unwrap();
    app.suspend_agent(project, id, false).await.unwrap();
    tokens.push(app.regenerate_agent_token(project, id).await.unwrap().as_str().unwrap().to_owned());
    app.set_secret_mode(project, id, SecretMode::Selective).await.unwrap();
    let made = app.create_secret(project, secret(SecretKind::Generic, "api.good.test", VALUES[0])).await;
    let made = made.unwrap().secret;
    app.set_agent_secrets(project, id, &[made.id]).await.unwrap();
    let change = SecretChange {
        name: Some("Renamed".into()),
        value: Some(VALUES[1].to_owned().into()),
        ..SecretChange::default()
    };
    app.update_secret(project, made.id, change).await.unwrap();
    app.rotate_secret(project, made.id, VALUES[2].to_owned().into(), Some(60)).await.unwrap();
    app.remove_secret(project, made.id).await.unwrap();
    let first = app.default_agent(project).await.unwrap().agent.id;
    app.make_default_agent(project, id).await.unwrap();
    app.remove_agent(project, first).await.unwrap();
    let made = app.create_rule(project, rule("No reading")).await.unwrap();
    app.update_rule(project, made.id, RuleChange { enabled: Some(false), ..RuleChange::default() })
        .await
        .unwrap();
    app.import_rules(project, vec![rule("No reading"), rule("Another")], true, false).await.unwrap();
    app.import_rules(project, vec![rule("Never")], true, true).await.unwrap();
    app.remove_rule(project, made.id).await.unwrap();
    app.rename_project(&owner, project, "Mine").await.unwrap();
    app.set_policy_mode(&owner, project, PolicyMode::Deny).await.unwrap();
    let (key, stored) = app.create_api_key(&owner, "Laptop").await.unwrap();
    tokens.push(key.as_str().unwrap().to_owned());
    app.remove_api_key(&owner, stored.id).await.unwrap();
    tokens.push(app.regenerate_api_key(&owner).await.unwrap().as_str().unwrap().to_owned());
    app.rename_person(&owner, "Somebody").await.unwrap();
    app.rotate_keys().await.unwrap();
    let link = app.new_sign_in_link(&owner).await.unwrap();
    tokens.push(link.token.as_str().unwrap().to_owned());
    let session = app.sign_in(link.token.as_str().unwrap()).await.unwrap().unwrap();
    tokens.push(session.token.as_str().unwrap().to_owned());
    app.sign_out(session.token.as_str().unwrap()).await.unwrap();

    let all = records(&ground).await;
    let actions: Vec<_> = all.iter().map(|one| one.entry.action.as_str()).collect();
    assert_eq!(
        actions,
        [
            "installation.create",
            "agent.create",
            "agent.update",
            "agent.suspend",
            "agent.resume",
            "agent.regenerate_token",
            "agent.set_secret_mode",
            "secret.create",
            "agent.set_secrets",
            "secret.update",
            "secret.rotate",
            "secret.remove",
            "agent.set_default",
            "agent.remove",
            "rule.create",
            "rule.update",
            "rules.import",
            "rule.remove",
            "project.update",
            "project.set_policy_mode",
            "api_key.create",
            "api_key.remove",
            "api_key.create",
            "person.update",
            "keys.rotate",
            "sign_in_link.create",
            "session.sign_in",
            "session.sign_out",
        ]
    );
    for record in &all[1..] {
        assert_eq!(record.entry.person.as_ref().unwrap().id, owner.id, "{record:?}");
        assert_eq!(record.entry.by.name.as_deref(), Some("CI"));
        assert_eq!(record.entry.from.as_deref(), Some("192.0.2.7"));
        assert_eq!(record.entry.result, "done");
    }
    let export = app.export_audit(project).await.unwrap();
    for value in VALUES.iter().copied().chain(tokens.iter().map(String::as_str)) {
        assert!(!export.contains(value), "{value}");
        // Nor what people are shown of one: its ends with dots between.
        assert!(!export.contains(&format!("{}•", &value[..4])) && !export.contains('•'));
    }
    let checked = app.verify_audit(project).await.unwrap();
    assert_eq!((checked.first_bad.as_ref(), checked.records()), (None, all.len()));
}

#[tokio::test]
async fn a_record_says_what_was_there_and_what_is_there_then() {
    let ground = Ground::start().await;
    let app = owners(&ground).await;
    let made = ground.secret("api.good.test", VALUES[3]).await;
    app.rotate_secret(ground.project, made, VALUES[0].to_owned().into(), None).await.unwrap();

    let record = last(&ground).await;

    let version = |shown: &Option<Value>| shown.as_ref().unwrap()["valueVersion"].clone();
    assert_eq!((version(&record.entry.before), version(&record.entry.after)), (json!(1), json!(2)));
    assert_eq!(record.entry.target.id, Some(made.to_string()));
    app.set_policy_mode(&app.owner().await.unwrap(), ground.project, PolicyMode::Deny).await.unwrap();
    let record = last(&ground).await;
    assert_eq!(record.entry.before.unwrap()["policyMode"], "allow");
    assert_eq!(record.entry.after.unwrap()["policyMode"], "deny");
}

#[tokio::test]
async fn what_did_not_come_about_is_not_recorded_and_refusals_are() {
    let ground = Ground::start().await;
    let app = owners(&ground).await;
    let before = records(&ground).await.len();
    let agent = ground.default_agent().await;
    assert!(matches!(app.remove_agent(ground.project, agent.id).await, Err(Error::Conflict { .. })));
    assert!(app.create_rule(ground.project, NewRule { name: String::new(), ..rule("x") }).await.is_err());
    assert!(app.sign_in("nonsense").await.unwrap().is_none());
    assert_eq!(records(&ground).await.len(), before);

    let target = onecli_domain::audit::Target { kind: "route".into(), id: None, name: None };
    app.record_refusal("api.call", target, "csrf").await.unwrap();

    let record = last(&ground).await;
    assert_eq!((record.entry.result.as_str(), record.entry.reason.as_deref()), ("refused", Some("csrf")));
}

#[tokio::test]
async fn the_key_lies_beside_the_database_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let ground = Ground::start().await;
    let path = ground.folder.path().join("audit.key");
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    let key = public_key(ground.folder.path()).unwrap().unwrap();
    let ground = ground.restart().await.unwrap();
    assert_eq!(public_key(ground.folder.path()).unwrap().unwrap(), key);
    // Lost, it is made anew, and what the one before signed still counts for the gateways of this database.
    std::fs::remove_file(&path).unwrap();
    let ground = ground.restart().await.unwrap();
    assert_ne!(public_key(ground.folder.path()).unwrap().unwrap(), key);
    assert_eq!(ground.app.verify_audit(ground.project).await.unwrap().first_bad, None);
    // Damaged, it is left as it is.
    let folder = ground.folder.clone();
    std::fs::write(&path, "damaged").unwrap();
    assert!(matches!(ground.restart().await, Err(Error::File { .. })));
    assert_eq!(std::fs::read_to_string(folder.path().join("audit.key")).unwrap(), "damaged");
}

/// An export of a project with a few changes, each chain signed at its end alone.
async fn export() -> (Ground, Vec<String>) {
    let ground = Ground::start().await;
    let app = owners(&ground).await;
    for name in ["One", "Two", "Three", "Four"] {
        app.create_rule(ground.project, rule(name)).await.unwrap();
    }
    let text = app.export_audit(ground.project).await.unwrap();
    // The app also signs in the background, at moments of its own: such a checkpoint would name the record at which it stands
    // as the first that is wrong.
    let mut signed = HashMap::new();
    let mut records = Vec::new();
    for line in text.lines().map(str::to_owned) {
        match Checkpoint::read(&serde_json::from_str(&line).unwrap()) {
            Some(checkpoint) => drop(signed.insert(checkpoint.chain, line)),
            None => records.push(line),
        }
    }
    let lines: Vec<String> = signed.into_values().chain(records).collect();
    assert_eq!(found(&ground, &lines), None);
    (ground, lines)
}

fn found(ground: &Ground, lines: &[String]) -> Option<(i64, &'static str)> {
    let key = public_key(ground.folder.path()).unwrap().unwrap();
    let checked = verify_export(&lines.join("\n"), &[key]);
    checked.first_bad.map(|finding| (finding.sequence, finding.flaw.as_str()))
}

fn line_of(lines: &[String], name: &str) -> usize {
    lines.iter().position(|line| line.contains(&format!("\"name\":\"{name}\""))).unwrap()
}

#[tokio::test]
async fn an_export_that_was_tampered_with_is_found_out() {
    let (ground, lines) = export().await;
    assert_eq!(found(&ground, &lines), None);
    let two = line_of(&lines, "Two");
    let tampered = |change: &dyn Fn(&mut Vec<String>)| {
        let mut lines = lines.clone();
        change(&mut lines);
        found(&ground, &lines)
    };

    assert_eq!(tampered(&|all| all[two] = all[two].replace("Two", "Too")), Some((2, "edited")));
    assert_eq!(tampered(&|all| all[two] = all[two].replacen('{', "{\"x\":1,", 1)), Some((2, "edited")));
    assert_eq!(tampered(&|all| all[two] = "no JSON".into()), Some((0, "edited")));
    assert_eq!(tampered(&|all| drop(all.remove(two))), Some((2, "removed")));
    assert_eq!(tampered(&|all| all.swap(two, two + 1)), Some((2, "reordered")));
    assert_eq!(tampered(&|all| drop(all.pop())), Some((4, "truncated")));
    assert_eq!(tampered(&|all| all.push(all[two].clone())), Some((5, "reordered")));
    // The signature of each chain comes first.
    assert_eq!(tampered(&|all| drop(all.drain(..2))), Some((1, "unsigned")));
}

/// The lines of an export with the records from "Two" on changed and linked anew, and the hash of the last.
fn rewrite(lines: &[String]) -> (Vec<String>, Hash) {
    let mut forged = lines.to_vec();
    let mut previous = None;
    let checker = onecli_vault::audit_key::AuditChecker;
    for line in forged.iter_mut().skip(line_of(lines, "Two")) {
        let mut record = Record::read(&serde_json::from_str(line).unwrap()).unwrap();
        record.entry.target.name = record.entry.target.name.map(|name| format!("{name}!"));
        let before = previous.unwrap_or(record.previous);
        let record = Record::link(record.entry, record.sequence, before, &checker);
        previous = Some(record.hash);
        *line = record.line();
    }
    (forged, previous.unwrap())
}

#[tokio::test]
async fn a_checkpoint_within_a_chain_names_the_record_at_which_it_stands() {
    let ground = Ground::start().await;
    let app = owners(&ground).await;
    for names in [["One", "Two"], ["Three", "Four"]] {
        for name in names {
            app.create_rule(ground.project, rule(name)).await.unwrap();
        }
        // Signs the chain up to here, as the app does in the background.
        app.export_audit(ground.project).await.unwrap();
    }
    let text = app.export_audit(ground.project).await.unwrap();
    let lines = rewrite(&text.lines().map(str::to_owned).collect::<Vec<_>>()).0;
    assert_eq!(found(&ground, &lines), Some((2, "rewritten")));
}

#[tokio::test]
async fn who_makes_hashes_but_has_no_key_is_found_out() {
    let (ground, lines) = export().await;
    let (mut forged, last) = rewrite(&lines);
    assert_eq!(found(&ground, &forged), Some((4, "rewritten")));

    // A checkpoint of a key of their own doesn't help.
    let text = onecli_vault::audit_key::AuditKey::generate().unwrap();
    let other = onecli_vault::audit_key::AuditKey::read(text.as_str().unwrap()).unwrap();
    let place = forged.iter().position(|line| line.contains(&ground.project.to_string())).unwrap();
    let position = (4, last);
    let kind = CheckpointKind::Reached;
    let signed = Checkpoint::sign(&other, kind, ground.project.into(), position, ground.app.now());
    forged[place] = signed.line();
    assert_eq!(found(&ground, &forged), Some((4, "unknown_key")));
}

#[tokio::test]
async fn a_chain_cut_short_in_the_database_is_remembered_apart_from_it() {
    let (ground, _) = export().await;
    let folder = ground.folder.clone();
    let store = StoreConfig::at(Location::Sqlite(folder.path().join("onecli.db")));
    let key = public_key(folder.path()).unwrap().unwrap();
    let copy = folder.path().join("before.db");
    ground.app.shutdown().await;
    std::fs::copy(folder.path().join("onecli.db"), &copy).unwrap();
    let ground = ground.restart().await.unwrap();
    owners(&ground).await.create_rule(ground.project, rule("Five")).await.unwrap();
    ground.app.shutdown().await;
    let checked = verify_store(&store, folder.path(), vec![key]).await.unwrap();
    assert_eq!(checked.first_bad, None);

    // Every row is as it was at an earlier time, signatures and all.
    std::fs::copy(&copy, folder.path().join("onecli.db")).unwrap();

    let checked = verify_store(&store, folder.path(), vec![key]).await.unwrap();
    let finding = checked.first_bad.unwrap();
    assert_eq!((finding.sequence, finding.flaw.as_str()), (5, "truncated"));
}
