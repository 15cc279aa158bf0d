//! Measures opening, sealing and re-wrapping a secret.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    reason = "a bench stops at the first failure, and documents nothing"
)]

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use onecli_domain::sealed::AssociatedData;
use onecli_domain::time::Timestamp;
use onecli_vault::{RootKey, Vault, token};
use uuid::Uuid;

fn vault(criterion: &mut Criterion) {
    let (vault, _) = Vault::create(RootKey::generate().unwrap(), Timestamp(0)).unwrap();
    let associated = AssociatedData {
        project: Uuid::from_u128(1),
        record: Uuid::from_u128(2),
        column: "secrets.value",
        version: 1,
    };
    let value = [b'k'; 108]; // as long as an Anthropic API key
    let sealed = vault.seal(&associated, &value).unwrap();
    let current = vault.seal(&associated, &value).unwrap();
    criterion.bench_function("vault/open", |bencher| {
        bencher.iter(|| vault.open(black_box(&associated), black_box(&current)).unwrap());
    });
    vault.adopt(&[vault.next_key(Timestamp(1)).unwrap()]).unwrap();
    criterion.bench_function("vault/open_under_an_older_key", |bencher| {
        bencher.iter(|| vault.open(black_box(&associated), black_box(&sealed)).unwrap());
    });
    criterion.bench_function("vault/seal", |bencher| {
        bencher.iter(|| vault.seal(black_box(&associated), black_box(&value)).unwrap());
    });
    criterion.bench_function("vault/rewrap", |bencher| {
        bencher.iter(|| vault.rewrap(black_box(&associated), black_box(&sealed)).unwrap());
    });
    let text = "aoc_".to_owned() + &"0".repeat(64);
    criterion.bench_function("vault/hash_token", |bencher| {
        bencher.iter(|| token::hash_token(black_box(&text)));
    });
}

criterion_group!(benches, vault);
criterion_main!(benches);
