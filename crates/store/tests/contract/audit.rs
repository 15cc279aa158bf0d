//! The audit log: records stand or fall with their changes, chains stay whole under many hands, tampering is found.

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash as _, Hasher};
use std::sync::Arc;

use onecli_domain::audit::{
    Actor, AuditFilter, Checker, CheckpointKind, CheckpointSigner, Entry, Evidence, Finding, Flaw, Hash,
    Position, PublicKey, Signature, Sound, Target, verify,
};
use onecli_domain::id::{AuditId, ChainId, ProjectId};
use onecli_store::audit::ChainCopy;
use onecli_store::{AuditAppend, Error, Location, Store};
use serde_json::json;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, SqliteConnection};
use uuid::Uuid;

use crate::database::{Database, address_of};
use crate::sample::{self, at};

/// Hashes and signs well enough for a store, which looks at neither.
struct Stamp;

impl Checker for Stamp {
    fn hash(&self, bytes: &[u8]) -> Hash {
        let mut out = [0; 32];
        for (at, part) in out.chunks_mut(8).enumerate() {
            let mut hasher = DefaultHasher::new();
            (at, bytes).hash(&mut hasher);
            part.copy_from_slice(&hasher.finish().to_be_bytes());
        }
        Hash(out)
    }

    fn is_signed(&self, key: &PublicKey, bytes: &[u8], signature: &Signature) -> bool {
        *key == self.key() && *signature == self.sign(bytes)
    }
}

impl CheckpointSigner for Stamp {
    fn key(&self) -> PublicKey {
        PublicKey([7; 32])
    }

    fn sign(&self, bytes: &[u8]) -> Signature {
        let hash = self.hash(&[&[7], bytes].concat());
        Signature([hash.0, hash.0].concat().try_into().unwrap())
    }
}

fn note(chain: ChainId, name: &str, seconds: i64) -> AuditAppend {
    let actor = Actor::system();
    let entry = Entry {
        id: AuditId(Uuid::now_v7()),
        chain,
        at: at(seconds),
        person: None,
        by: actor.by,
        action: "agent.update".into(),
        target: Target { kind: "agent".into(), id: None, name: Some(name.into()) },
        before: Some(json!({ "name": "before", "nested": [1, null, "ä\""] })),
        after: Some(json!({ "name": name })),
        from: Some("192.0.2.1".into()),
        result: "done".into(),
        reason: None,
    };
    AuditAppend { entry, signer: Arc::new(Stamp) }
}

/// Records so many changes, a second apart.
async fn record(store: &Store, chain: ChainId, count: i64) {
    for number in 1..=count {
        store.audited(note(chain, &format!("change {number}"), number)).audit().append().await.unwrap();
    }
}

fn check(copy: &ChainCopy) -> Result<Sound, Finding> {
    let ends: Vec<Position> = copy.head.into_iter().collect();
    let (records, checkpoints) = (&copy.records, &copy.checkpoints);
    verify(&Evidence { chain: copy.chain, records, checkpoints, ends: &ends }, &[Stamp.key()], &Stamp)
}

async fn checked(store: &Store, chain: ChainId) -> Result<Sound, Finding> {
    check(&store.audit().copy(chain).await.unwrap())
}

/// Somebody with the password of the database.
async fn tamper(database: &Database, statements: &str) {
    let sql = AssertSqlSafe(statements.to_owned());
    match &database.location {
        Location::Sqlite(path) => {
            let mut connection =
                SqliteConnection::connect(&format!("sqlite:{}", path.display())).await.unwrap();
            connection.execute(sql).await.unwrap();
            connection.close().await.unwrap();
        }
        Location::Postgres(_) => {
            let mut connection = PgConnection::connect(&address_of(database.name())).await.unwrap();
            connection.execute(sql).await.unwrap();
            connection.close().await.unwrap();
        }
    }
}

/// What is found after somebody tampered with a chain of ten, of which all are signed.
async fn found(database: &Database, statements: &str) -> (i64, &'static str) {
    let chain = ChainId::INSTALLATION;
    record(&database.store, chain, 10).await;
    database.store.audit().sign(chain, &Stamp, at(100)).await.unwrap();
    assert_eq!(checked(&database.store, chain).await.unwrap().signed, 10);
    tamper(database, statements).await;
    let finding = checked(&database.store, chain).await.unwrap_err();
    (finding.sequence, finding.flaw.as_str())
}

contract! {
    async fn forty_at_once_on_two_gateways_make_one_unbroken_chain(database) {
        let chain = ChainId(Uuid::now_v7());
        let another = database.another().await;
        let tasks: Vec<_> = (0..40)
            .map(|number| {
                let store = if number % 2 == 0 { database.store.clone() } else { another.clone() };
                tokio::spawn(async move {
                    for round in 0..3 {
                        let note = note(chain, &format!("{number} {round}"), number);
                        store.audited(note).audit().append().await.unwrap();
                    }
                })
            })
            .collect();
        for task in tasks {
            task.await.unwrap();
        }

        let copy = database.store.audit().copy(chain).await.unwrap();
        let sound = check(&copy).unwrap();

        assert_eq!((sound.records, sound.end.sequence, sound.signed), (120, 120, 112));
        let mut names: Vec<_> = copy.records.iter().map(|one| one.entry.target.name.clone()).collect();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), 120);
        another.close().await;
    }

    async fn a_change_and_its_record_are_both_there_or_neither(database) {
        let store = &database.store;
        let project = sample::project();
        store.projects().insert(&project).await.unwrap();
        let chain = ChainId::from(project.id);
        let agent = sample::agent(project.id, "scribe");
        let audited = |name: &str| store.audited(note(chain, name, 1));

        audited("made").agents().insert(&agent, &sample::sealed(1)).await.unwrap();
        let twin = sample::agent(project.id, "scribe");
        let taken = audited("twin").agents().insert(&twin, &sample::sealed(1)).await;
        assert!(matches!(taken, Err(Error::Taken { .. })));
        let nobody = sample::agent(project.id, "nobody").id;
        assert!(!audited("nobody").agents().rename(project.id, nobody, "x").await.unwrap());
        assert!(audited("renamed").agents().rename(project.id, agent.id, "x").await.unwrap());
        // Whoever doesn't note anything, records nothing.
        assert!(store.agents().rename(project.id, agent.id, "y").await.unwrap());
        tamper(database, "UPDATE audit_heads SET sequence = 1").await;
        let lost = audited("lost").agents().rename(project.id, agent.id, "z").await;

        assert!(matches!(lost, Err(Error::Unreadable { .. })));
        let stored = store.agents().fetch(project.id, agent.id).await.unwrap().unwrap();
        assert_eq!(stored.name, "y");
        let copy = store.audit().copy(chain).await.unwrap();
        let names: Vec<_> = copy.records.iter().map(|one| one.entry.target.name.as_deref().unwrap()).collect();
        assert_eq!(names, ["made", "renamed"]);
    }

    async fn records_are_listed_as_they_were_written_newest_first_in_pages(database) {
        let store = &database.store;
        let project = ProjectId(Uuid::now_v7());
        let chains = [ChainId::INSTALLATION, project.into()];
        let written = note(project.into(), "first", 1);
        store.audited(written.clone()).audit().append().await.unwrap();
        record(store, ChainId::INSTALLATION, 2).await;
        record(store, ChainId(Uuid::now_v7()), 1).await;
        let refusal = AuditAppend {
            entry: Entry { action: "session.sign_in".into(), result: "refused".into(), ..note(project.into(), "x", 9).entry },
            ..written.clone()
        };
        store.audited(refusal).audit().append().await.unwrap();
        let all = AuditFilter::default();

        let first = store.audit().list(chains, &all, 3, None).await.unwrap();
        let rest = store.audit().list(chains, &all, 3, Some(first[2].entry.id)).await.unwrap();
        let filter = AuditFilter { action: Some("agent.update".into()), from: Some(at(1)), to: Some(at(2)) };
        let some = store.audit().list(chains, &filter, 9, None).await.unwrap();

        let names = |records: &[onecli_domain::audit::Record]| -> Vec<String> {
            records.iter().map(|one| one.entry.target.name.clone().unwrap()).collect()
        };
        assert_eq!(names(&first), ["x", "change 2", "change 1"]);
        assert_eq!(rest.len(), 1);
        assert_eq!(rest[0].entry, written.entry);
        assert_eq!(names(&some), ["change 1", "first"]);
    }

    async fn what_is_pruned_leaves_a_signed_stub_and_the_chain_goes_on(database) {
        let store = &database.store;
        let chain = ChainId(Uuid::now_v7());
        record(store, chain, 20).await;

        let gone = store.audit().prune(chain, at(18), &Stamp, at(100)).await.unwrap();

        assert_eq!(gone, 17);
        assert_eq!(store.audit().prune(chain, at(18), &Stamp, at(100)).await.unwrap(), 0);
        let copy = store.audit().copy(chain).await.unwrap();
        let sound = check(&copy).unwrap();
        assert_eq!((sound.records, sound.end.sequence), (3, 20));
        assert_eq!(copy.checkpoints.len(), 1);
        assert_eq!((copy.checkpoints[0].kind, copy.checkpoints[0].sequence), (CheckpointKind::Pruned, 17));
        assert_eq!(store.audit().prune(chain, at(900), &Stamp, at(1_000)).await.unwrap(), 3);
        record(store, chain, 1).await;
        assert_eq!(checked(store, chain).await.unwrap().end.sequence, 21);
        tamper(database, "DELETE FROM audit_checkpoints").await;
        let finding = checked(store, chain).await.unwrap_err();
        assert_eq!((finding.sequence, finding.flaw), (1, Flaw::Removed));
    }

    async fn a_chain_is_signed_up_to_its_end_once(database) {
        let store = &database.store;
        let chain = ChainId(Uuid::now_v7());
        assert_eq!(store.audit().sign(chain, &Stamp, at(0)).await.unwrap(), None);
        record(store, chain, 3).await;

        let end = store.audit().sign(chain, &Stamp, at(10)).await.unwrap().unwrap();
        let again = store.audit().sign(chain, &Stamp, at(20)).await.unwrap().unwrap();

        assert_eq!((end, end.sequence), (again, 3));
        let copy = store.audit().copy(chain).await.unwrap();
        assert_eq!(copy.checkpoints.len(), 1);
        assert_eq!(store.audit().chains().await.unwrap(), [chain]);
    }

    async fn an_edited_record_is_named(database) {
        for column in ["action = 'agent.remove'", "after = '{'", "before = NULL", "at = at + 1", "origin = 'x'"] {
            let sql = format!("UPDATE audit_records SET {column} WHERE sequence = 4");
            assert_eq!(found(database, &sql).await, (4, "edited"), "{column}");
            tamper(database, EMPTY).await;
        }
    }

    async fn a_removed_record_is_named(database) {
        assert_eq!(found(database, "DELETE FROM audit_records WHERE sequence = 4").await, (4, "removed"));
        tamper(database, EMPTY).await;
        assert_eq!(found(database, "DELETE FROM audit_records WHERE sequence < 4").await, (1, "removed"));
    }

    async fn reordered_records_are_named(database) {
        let swap = "UPDATE audit_records SET sequence = -1 WHERE sequence = 4;
                    UPDATE audit_records SET sequence = 4 WHERE sequence = 6;
                    UPDATE audit_records SET sequence = 6 WHERE sequence = -1;";
        assert_eq!(found(database, swap).await, (4, "reordered"));
    }

    async fn a_chain_cut_short_is_named_even_where_its_note_is_too(database) {
        let cut = "DELETE FROM audit_records WHERE sequence > 7;";
        assert_eq!(found(database, cut).await, (8, "truncated"));
        tamper(database, EMPTY).await;
        let hidden = format!("{cut} UPDATE audit_heads SET signed = 7, sequence = 7,
            hash = (SELECT hash FROM audit_records WHERE sequence = 7)");
        assert_eq!(found(database, &hidden).await, (8, "truncated"));
        tamper(database, EMPTY).await;
        let noted = format!("{cut} DELETE FROM audit_checkpoints;");
        assert_eq!(found(database, &noted).await, (8, "truncated"));
    }

    async fn a_checkpoint_that_its_key_did_not_sign_is_named(database) {
        let other = "UPDATE audit_checkpoints SET at = at + 1";
        assert_eq!(found(database, other).await, (10, "bad_signature"));
    }
}

const EMPTY: &str = "DELETE FROM audit_records; DELETE FROM audit_heads; DELETE FROM audit_checkpoints;";
