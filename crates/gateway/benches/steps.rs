//! What the steps of a request cost: a certificate for a new host, following a head byte by byte, and all from the
//! decision to the injected request.
#![allow(clippy::unwrap_used, missing_docs, reason = "a bench that can't be set up has failed")]

use std::hint::black_box;

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use onecli_domain::host::Host;
use onecli_domain::path::Path;
use onecli_domain::target::{Scheme, Target};
use onecli_domain::time::Timestamp;
use onecli_gateway::ca::{Minter, new_root};
use onecli_gateway::framing::Framing;
use onecli_gateway::measure::decide_open_inject;
use onecli_testkit::Gate;

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
        bencher.iter(|| black_box(Framing::new(64 * 1024).advance(black_box(head), 0)));
    });
    inject(criterion);
}

fn inject(criterion: &mut Criterion) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let (gate, token) = runtime.block_on(async {
        let gate = Gate::start().await;
        gate.header_secret("api.good.test", "authorization", "Bearer {value}", "a-secret-of-some-length")
            .await;
        let token = gate.agent().await.token;
        (gate, token)
    });
    let agent = gate.app.agent(&gate.app.hash_token(&token)).unwrap();
    let target = Target {
        scheme: Scheme::Https,
        host: Host::read("api.good.test").unwrap(),
        port: 443,
        path: Path::read("/v1/repos/o/r/pulls").unwrap(),
        query: None,
    };
    let request = || {
        http::Request::get("/v1/repos/o/r/pulls")
            .header("host", "api.good.test")
            .header("user-agent", "curl/8.0")
            .header("authorization", "Bearer onecli-managed")
            .body(())
            .unwrap()
    };
    criterion.bench_function("decide, open and inject", |bencher| {
        bencher.iter_batched(
            request,
            |request| assert!(decide_open_inject(&gate.app, &agent, request, &target)),
            BatchSize::SmallInput,
        );
    });
}

criterion_group!(all, benches);
criterion_main!(all);
