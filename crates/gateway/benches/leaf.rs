//! What first contact with a host costs: a certificate minted for it; and following a head byte by byte.
#![allow(clippy::unwrap_used, missing_docs, reason = "a bench that can't be set up has failed")]

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use onecli_domain::host::Host;
use onecli_domain::time::Timestamp;
use onecli_gateway::ca::{Minter, new_root};
use onecli_gateway::framing::Framing;

fn benches(criterion: &mut Criterion) {
    let now = Timestamp(1_800_000_000_000_000);
    let (pem, key) = new_root(now).unwrap();
    let minter = Minter::new(&pem, &key).unwrap();
    let host = Host::read("api.good.test").unwrap();
    criterion.bench_function("mint a leaf", |bencher| {
        bencher.iter(|| black_box(minter.mint(black_box(&host), now).unwrap()));
    });
    let head = b"GET /v1/repos/o/r/pulls HTTP/1.1\r\nHost: api.good.test\r\nUser-Agent: curl/8.0\r\nAccept: */*\r\nAccept-Encoding: gzip, br\r\nAuthorization: Bearer onecli-managed\r\n\r\n";
    criterion.bench_function("follow a head", |bencher| {
        bencher.iter(|| black_box(Framing::default().advance(black_box(head), 0)));
    });
}

criterion_group!(all, benches);
criterion_main!(all);
