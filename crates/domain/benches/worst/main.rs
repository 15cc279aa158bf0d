//! What the worst bodies cost: from compressed bytes to the verdict.
#![allow(clippy::unwrap_used, missing_docs, reason = "a bench that can't be set up has failed")]

mod bodies;

use std::time::Duration;

use bodies::{BOUND, ask, cases, gzip, on};
use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use onecli_domain::body::Content;
use onecli_domain::condition::Part;

fn benches(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("worst");
    group
        .sample_size(10)
        .warm_up_time(Duration::from_millis(100))
        .measurement_time(Duration::from_millis(500));
    for (name, content_type, policy, body) in cases() {
        let coded = gzip(&body);
        group.bench_function(name, |bencher| {
            bencher.iter_batched(
                || Content::read(coded.clone(), Some(content_type), Some("gzip"), BOUND),
                |content| ask(&policy, &content),
                BatchSize::PerIteration,
            );
        });
    }
    let body = on(Part::Body, "");
    let once = gzip(&vec![b'x'; BOUND]);
    for (name, coding, coded) in [
        ("gzip members", "gzip", gzip(b"").repeat(BOUND / 20)),
        ("gzip bomb", "gzip", gzip(&vec![b'x'; 100 * BOUND])),
        ("gzip four times", "gzip,gzip,gzip,gzip", gzip(&gzip(&gzip(&once)))),
        (
            "zstd frames",
            "zstd",
            ruzstd::encoding::compress_to_vec(&b""[..], ruzstd::encoding::CompressionLevel::Fastest)
                .repeat(60_000),
        ),
        (
            "zstd",
            "zstd",
            ruzstd::encoding::compress_to_vec(
                &vec![b'x'; BOUND][..],
                ruzstd::encoding::CompressionLevel::Fastest,
            ),
        ),
    ] {
        group.bench_function(name, |bencher| {
            bencher.iter_batched(
                || Content::read(coded.clone(), None, Some(coding), BOUND),
                |content| ask(&body, &content),
                BatchSize::PerIteration,
            );
        });
    }
    // A second decision about the same request.
    let (_, content_type, policy, again) = cases().pop().unwrap();
    let content = Content::read(again, Some(content_type), None, BOUND);
    ask(&policy, &content);
    group.bench_function("asked again", |bencher| bencher.iter(|| ask(&policy, &content)));
    group.finish();
}

criterion_group!(all, benches);
criterion_main!(all);
