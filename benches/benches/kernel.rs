//! Wall-clock times for people who change the kernel or the world, by criterion: the queue, the models, a RON model.
//!
//! `cargo bench -p rehearsal-benches --bench kernel`, with `-- phold` for some of it. Criterion compares with its last run
//! but never fails; for a verdict take `instructions`, and for a ratio to others `peers`.
// `criterion_group` makes a public function without a document.
#![allow(missing_docs, reason = "made by a macro of criterion")]

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use rehearsal_benches::chance::Chance;
use rehearsal_benches::jobs::SEED;
use rehearsal_benches::kernel;
use rehearsal_benches::ron::RonModel;
use rehearsal_kernel::{Event, Queue, Time};

const SECOND: u64 = 1_000_000_000;

/// The hold model: take the least event, put one back an exponential time later.
fn hold(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("hold");
    group.throughput(Throughput::Elements(1));
    for size in [1_000_u32, 10_000, 100_000, 1_000_000] {
        let chance = Chance::new(SEED, size);
        let mut queue = Queue::new();
        let at = |time: u64, sequence: u32| {
            let time = Time::from_ns(time + chance.delay(sequence, 0.0, 1.0));
            Event { time, sender: 0, sequence, target: 0, microstep: 0, message: () }
        };
        (0..size).for_each(|sequence| queue.push(at(0, sequence)));
        let mut sequence = size;
        group.bench_function(BenchmarkId::from_parameter(size), |bencher| {
            bencher.iter(|| {
                let event = queue.pop().expect("as many are put back as are taken");
                queue.push(at(event.time.as_ns(), sequence));
                sequence = sequence.wrapping_add(1);
                event
            });
        });
    }
    group.finish();
}

/// Whole runs in Rust, with the setting up.
fn models(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("native");
    group.sample_size(20);
    group.throughput(Throughput::Elements(200_000));
    group.bench_function("phold of 1,000 cells", |bencher| {
        bencher.iter(|| kernel::phold(SEED, black_box(1_000), 200 * SECOND));
    });
    group.bench_function("phold of 10,000 cells", |bencher| {
        bencher.iter(|| kernel::phold(SEED, black_box(10_000), 20 * SECOND));
    });
    // 10,000 customers ask once an hour, four events each.
    group.throughput(Throughput::Elements(4 * 60_000));
    group.bench_function("star", |bencher| bencher.iter(|| kernel::star(SEED, black_box(6 * 3600 * SECOND))));
    group.finish();
}

/// Whole runs of programs that were compiled from RON, with the birth of their actors.
fn programs(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("ron");
    group.sample_size(20);
    let phold = RonModel { name: "phold", settings: &[("cells.count", "1000".into())], seed: SEED };
    for (model, length) in [(phold, 100.0), (RonModel { name: "mmc", settings: &[], seed: SEED }, 20_000.0)] {
        let scenario = model.load(length).expect("a model of this crate is without fault");
        let events = scenario.rehearse(0, SEED, 0, None).expect("it runs").events;
        group.throughput(Throughput::Elements(events));
        group.bench_function(model.name, |bencher| bencher.iter(|| scenario.rehearse(0, SEED, 0, None).map(|done| done.digest)));
    }
    group.finish();
}

criterion_group!(benches, hold, models, programs);
criterion_main!(benches);
