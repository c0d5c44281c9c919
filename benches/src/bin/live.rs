//! A live twin under load on this machine: what it takes, applies and journals, how long an answer takes, and that nothing
//! is lost that was acknowledged, also where more comes than it can take.
//!
//! `cargo run --release -p rehearsal-benches --bin live`, with `-- --quick` for a look and `-- --json` for programs. The twin and
//! what loads it share one process and all its cores; events come in batches over loopback, by HTTP and, where a
//! `mosquitto` is installed, by MQTT. Each answer is timed from the moment at which its batch was due, not from when it
//! was sent: who falls behind does not look better for it.

#![allow(clippy::print_stdout, reason = "a bench says what it measured")]

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use actix::System;
use anyhow::{Context, Result, anyhow, ensure};
use clap::Parser;
use comfy_table::{CellAlignment, Table, TableStyle};
use cpu_time::{ProcessTime, ThreadTime};
use hdrhistogram::Histogram;
use rehearsal_connect::{MqttIn, MqttInPlan};
use rehearsal_live::folder::{Folder, Manifest, SCHEMA};
use rehearsal_live::moments::Pace;
use rehearsal_live::replay::{Replay, replay};
use rehearsal_live::service::{Config, Service};
use rehearsal_live::sources::gateway;
use rehearsal_live::{load, web};
use rehearsal_scenario::{Natives, Scenario};
use rumqttc::mqttbytes::QoS;
use rumqttc::{AsyncClient, MqttOptions, PublishOptions};
use serde_json::json;

#[derive(Clone, Debug, Parser)]
struct Options {
    /// Five seconds each
    #[arg(long)]
    quick: bool,
    /// A line of JSON for each measurement
    #[arg(long)]
    json: bool,
    /// How many twins
    #[arg(long, default_value_t = 100_000)]
    twins: u32,
    /// How long each load lasts, in seconds
    #[arg(long, default_value_t = 60)]
    seconds: u64,
    /// Events in a batch
    #[arg(long, default_value_t = 500)]
    batch: u64,
    /// Events a second; 58,000 and 116,000 are 5 and 10 billion a day
    #[arg(long = "rate", default_values_t = [58_000, 116_000])]
    rates: Vec<u64>,
    /// Where the data of the twins is put meanwhile [default: a temporary folder]
    #[arg(long)]
    data: Option<PathBuf>,
}

/// Connections of each thread where all it can is asked for: more batches than may wait.
const LANES: u64 = 40;

/// By what way events come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Http,
    Mqtt,
}

/// What a load came to.
#[derive(Debug)]
struct Outcome {
    way: &'static str,
    asked: Option<u64>,
    /// Events that were answered as taken, by count of whoever sent them.
    acknowledged: u64,
    /// The same as the twin counts them, those that are in the journal, and those that a replay of it applies.
    taken: u64,
    journaled: u64,
    applied: u64,
    pushed_back: u64,
    seconds: f64,
    latency: Histogram<u64>,
    cpu: f64,
    generator: f64,
    resident: u64,
    behind: u64,
    digests_equal: bool,
}

fn main() -> Result<()> {
    let mut options = Options::parse();
    if options.quick {
        options.seconds = 5;
    }
    let mut outcomes = Vec::new();
    for rate in options.rates.clone() {
        outcomes.push(one(&options, Way::Http, Some(rate))?);
    }
    match broker() {
        Some(_) => {
            for rate in options.rates.clone() {
                outcomes.push(one(&options, Way::Mqtt, Some(rate))?);
            }
        }
        None => println!("no `mosquitto` is installed: MQTT is left out"),
    }
    outcomes.push(one(&options, Way::Http, None)?);
    if options.json {
        outcomes.iter().for_each(|outcome| println!("{}", as_json(outcome)));
    } else {
        println!("{}", as_table(&outcomes));
    }
    for outcome in &outcomes {
        ensure!(outcome.acknowledged <= outcome.taken, "something was acknowledged and not taken: {outcome:?}");
        ensure!(outcome.taken == outcome.journaled && outcome.journaled == outcome.applied, "counts differ: {outcome:?}");
        ensure!(outcome.digests_equal, "the replay ends elsewhere: {outcome:?}");
    }
    Ok(())
}

/// A broker on a free port that ends with this.
struct Broker {
    child: Child,
    port: u16,
    _folder: tempfile::TempDir,
}

impl Drop for Broker {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn broker() -> Option<Broker> {
    let port = TcpListener::bind("127.0.0.1:0").ok()?.local_addr().ok()?.port();
    let folder = tempfile::tempdir().ok()?;
    let path = folder.path().join("mosquitto.conf");
    let text = format!("listener {port} 127.0.0.1\nallow_anonymous true\nmax_queued_messages 0\nmax_inflight_messages 0\n");
    std::fs::write(&path, text).ok()?;
    let program = ["mosquitto", "/usr/sbin/mosquitto"]
        .into_iter()
        .find_map(|program| Command::new(program).arg("-c").arg(&path).stdout(Stdio::null()).stderr(Stdio::null()).spawn().ok());
    let broker = Broker { child: program?, port, _folder: folder };
    for _ in 0..200 {
        if std::net::TcpStream::connect(("127.0.0.1", port)).is_ok() {
            return Some(broker);
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    None
}

/// Loads a new twin for a while.
fn one(options: &Options, way: Way, rate: Option<u64>) -> Result<Outcome> {
    let place = match &options.data {
        Some(path) => tempfile::tempdir_in(path),
        None => tempfile::tempdir(),
    };
    let place = place.context("a folder for the twin")?;
    let model = Path::new(env!("CARGO_MANIFEST_DIR")).join("models/fleet");
    let manifest = Manifest {
        schema: SCHEMA.into(),
        twin: Manifest::new_name(),
        scenario: model.to_string_lossy().into_owned(),
        policy: "watch".into(),
        modes: Vec::new(),
        seed: 1,
        start: "2026-01-01 00:00".into(),
        pace: Pace::Wall,
        settings: vec![("machines.count".into(), options.twins.to_string())],
    };
    let scenario = load::load(&model, &manifest, &Natives::new(), &[]).map_err(|faults| anyhow!("{faults:?}"))?;
    let scenario: &'static Scenario = Box::leak(Box::new(scenario));
    let folder = Folder::at(place.path());
    let broker = if way == Way::Mqtt { broker() } else { None };
    let config = Config { snapshot_every: Duration::from_secs(20), ..Config::at(folder.clone()) };
    let mut outcome = System::new().block_on(under_load(options, scenario, (manifest, config), rate, broker.as_ref()))?;
    // Everything anew from the journal alone, in virtual time.
    let replayed = replay(scenario, &folder, &Replay { whole: true, ..Replay::default() })?;
    outcome.0.applied = replayed.applied;
    outcome.0.digests_equal = replayed.host.digest() == outcome.1;
    Ok(outcome.0)
}

async fn under_load(
    options: &Options,
    scenario: &'static Scenario,
    (manifest, config): (Manifest, Config),
    rate: Option<u64>,
    broker: Option<&Broker>,
) -> Result<(Outcome, u64)> {
    let (service, _) = Service::start(scenario, manifest, config).map_err(|error| anyhow!("{error}"))?;
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let port = listener.local_addr()?.port();
    let server = web::serve(web::State::new(service.clone(), 16 << 20), listener, 2)?;
    let handle = server.handle();
    actix::spawn(server);
    let way_in = match broker {
        Some(broker) => {
            let url = format!("mqtt://127.0.0.1:{}", broker.port);
            let plan = MqttInPlan { longest: 4 << 20, ..MqttInPlan::new("bench", url, "bench", vec!["load/#".into()]) };
            let gateway = gateway(service.desk.clone(), scenario).map_err(|error| anyhow!(error))?;
            Some(MqttIn::start(plan, gateway)?)
        }
        None => None,
    };
    if let Some(way_in) = &way_in {
        while !way_in.status().connected {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
    let (cpu, begun) = (ProcessTime::now(), Instant::now());
    let counts = Arc::new(Counts::default());
    let (sender, done) = std::sync::mpsc::channel();
    // What loads it has threads of its own, so that its time can be told apart.
    let hands = if rate.is_some() { 2 } else { 16 };
    for hand in 0..hands {
        let (options, counts, sender) = (options.clone(), counts.clone(), sender.clone());
        let target = broker.map_or(port, |broker| broker.port);
        let mqtt = broker.is_some();
        std::thread::spawn(move || {
            let clock = ThreadTime::now();
            let each = rate.map(|rate| rate / hands);
            let latency = System::new().block_on(async {
                if mqtt {
                    publish(&options, target, hand, each, &counts).await
                } else {
                    load(&options, target, hand, each, &counts).await
                }
            });
            let _ = sender.send((latency, clock.elapsed()));
        });
    }
    drop(sender);
    let gathered = tokio::task::spawn_blocking(move || done.into_iter().collect::<Vec<_>>()).await?;
    let (mut latency, mut generator) = (Histogram::new(3)?, 0.0);
    for (part, time) in gathered {
        latency.add(part?)?;
        generator += time.as_secs_f64();
    }
    let seconds = begun.elapsed().as_secs_f64();
    if let Some(way_in) = way_in {
        // What the broker has is still on its way.
        let sent = counts.acknowledged.load(Ordering::Relaxed);
        for _ in 0..3_000 {
            if service.status.taken.load(Ordering::Relaxed) >= sent {
                break;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        way_in.stop(Duration::from_secs(30)).await;
    }
    let behind = service.status.lag();
    let cpu = cpu.elapsed().as_secs_f64();
    handle.stop(true).await;
    let taken = service.status.taken.load(Ordering::Relaxed);
    let digest = service.stop().await.map_err(|error| anyhow!(error))?;
    // The last entry says that it was stopped.
    let journaled = service.status.journaled.load(Ordering::Relaxed);
    Ok((
        Outcome {
            way: if broker.is_some() { "MQTT" } else { "HTTP" },
            asked: rate,
            acknowledged: counts.acknowledged.load(Ordering::Relaxed),
            taken,
            journaled,
            applied: 0,
            pushed_back: counts.pushed_back.load(Ordering::Relaxed),
            seconds,
            latency,
            cpu,
            generator,
            resident: resident(),
            behind,
            digests_equal: false,
        },
        digest,
    ))
}

#[derive(Debug, Default)]
struct Counts {
    acknowledged: AtomicU64,
    pushed_back: AtomicU64,
}

/// A batch of events: the twins in turn, each id once.
fn body(options: &Options, hand: u64, number: u64) -> String {
    let mut body = String::with_capacity(options.batch as usize * 170);
    body.push('[');
    for place in 0..options.batch {
        let count = number * options.batch + place;
        let twin = (count * 2 + hand) % u64::from(options.twins);
        // Warm, and now and then hot.
        let warmth = 60 + (count / 7) % 40;
        let comma = if place == 0 { "" } else { "," };
        body += &format!(
            "{comma}{{\"specversion\":\"1.0\",\"id\":\"{hand}-{count}\",\"source\":\"load\",\"type\":\"reading\",\"subject\":\"machine/{twin}\",\"data\":{{\"warmth\":{warmth},\"load\":0.5}}}}"
        );
    }
    body.push(']');
    body
}

/// When the batch of a number is due, where there is a rate.
fn due(options: &Options, begun: Instant, rate: Option<u64>, number: u64) -> Instant {
    match rate {
        Some(rate) => begun + Duration::from_secs_f64((number * options.batch) as f64 / rate as f64),
        None => Instant::now(),
    }
}

/// Posts as asked; where all it can is asked for, over many connections at once.
async fn load(options: &Options, port: u16, hand: u64, rate: Option<u64>, counts: &Counts) -> Result<Histogram<u64>> {
    let lanes = if rate.is_some() { 1 } else { LANES };
    let posts = (0..lanes).map(|lane| post(options, port, hand * lanes + lane, rate, counts));
    let mut all = Histogram::<u64>::new(3)?;
    for part in futures_util::future::join_all(posts).await {
        all.add(part?)?;
    }
    Ok(all)
}

async fn post(options: &Options, port: u16, hand: u64, rate: Option<u64>, counts: &Counts) -> Result<Histogram<u64>> {
    let client = awc::Client::builder().timeout(Duration::from_secs(60)).finish();
    let (url, mut latency) = (format!("http://127.0.0.1:{port}/events"), Histogram::<u64>::new(3)?);
    let (begun, mut number) = (Instant::now(), 0);
    while begun.elapsed() < Duration::from_secs(options.seconds) {
        let due = due(options, begun, rate, number);
        tokio::time::sleep_until(due.into()).await;
        let mut answer = client
            .post(&url)
            .insert_header(("content-type", "application/cloudevents-batch+json"))
            .send_body(body(options, hand, number))
            .await
            .map_err(|error| anyhow!("{error}"))?;
        match answer.status().as_u16() {
            200 => {
                let told: serde_json::Value = serde_json::from_slice(&answer.body().await?)?;
                counts.acknowledged.fetch_add(told["taken"].as_u64().unwrap_or(0), Ordering::Relaxed);
                latency.record(due.elapsed().as_micros() as u64)?;
            }
            429 => {
                counts.pushed_back.fetch_add(1, Ordering::Relaxed);
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            other => return Err(anyhow!("the answer is {other}")),
        }
        number += 1;
    }
    Ok(latency)
}

async fn publish(options: &Options, port: u16, hand: u64, rate: Option<u64>, counts: &Counts) -> Result<Histogram<u64>> {
    let mut mqtt = MqttOptions::new(format!("load-{hand}"), ("127.0.0.1", port));
    mqtt.set_keep_alive(30);
    let (client, mut events) = AsyncClient::builder(mqtt).capacity(64).build();
    let polled = actix::spawn(async move { while events.poll().await.is_ok() {} });
    let mut latency = Histogram::<u64>::new(3)?;
    let (begun, mut number) = (Instant::now(), 0);
    while begun.elapsed() < Duration::from_secs(options.seconds) {
        let due = due(options, begun, rate, number);
        tokio::time::sleep_until(due.into()).await;
        let options_of = PublishOptions::new(QoS::AtLeastOnce);
        let notice = client.publish_tracked(format!("load/{hand}"), body(options, hand, number), options_of).await?;
        notice.wait_async().await.map_err(|error| anyhow!("{error:?}"))?;
        counts.acknowledged.fetch_add(options.batch, Ordering::Relaxed);
        latency.record(due.elapsed().as_micros() as u64)?;
        number += 1;
    }
    client.disconnect().await?;
    polled.abort();
    Ok(latency)
}

/// Memory of this process \[MiB\].
fn resident() -> u64 {
    let text = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = text.lines().find(|line| line.starts_with("VmRSS:"));
    let kib: u64 = line.and_then(|line| line.split_whitespace().nth(1)?.parse().ok()).unwrap_or(0);
    kib >> 10
}

fn as_json(outcome: &Outcome) -> String {
    let at = |quantile| outcome.latency.value_at_quantile(quantile) as f64 / 1e3;
    json!({
        "workload": "fleet", "way": outcome.way, "asked_per_second": outcome.asked,
        "taken_per_second": outcome.taken as f64 / outcome.seconds, "acknowledged": outcome.acknowledged,
        "taken": outcome.taken, "journaled": outcome.journaled, "applied": outcome.applied,
        "pushed_back": outcome.pushed_back, "behind": outcome.behind,
        "latency_ms": { "p50": at(0.5), "p99": at(0.99), "p999": at(0.999), "max": at(1.0) },
        "cpu_per_second": outcome.cpu / outcome.seconds, "generator_per_second": outcome.generator / outcome.seconds,
        "resident_mib": outcome.resident, "digests_equal": outcome.digests_equal,
    })
    .to_string()
}

fn as_table(outcomes: &[Outcome]) -> String {
    let mut table = Table::new();
    table.load_style(TableStyle::new()).force_no_tty();
    table.set_header([
        "way",
        "asked/s",
        "taken/s",
        "taken",
        "journaled",
        "applied",
        "pushed back",
        "p50 ms",
        "p99 ms",
        "max ms",
        "cores",
        "of that load",
        "MiB",
        "replay",
    ]);
    for outcome in outcomes {
        let at = |quantile| format!("{:.1}", outcome.latency.value_at_quantile(quantile) as f64 / 1e3);
        table.add_row([
            outcome.way.to_owned(),
            outcome.asked.map_or_else(|| "all it can".into(), |rate| rate.to_string()),
            format!("{:.0}", outcome.taken as f64 / outcome.seconds),
            outcome.taken.to_string(),
            outcome.journaled.to_string(),
            outcome.applied.to_string(),
            outcome.pushed_back.to_string(),
            at(0.5),
            at(0.99),
            at(1.0),
            format!("{:.2}", outcome.cpu / outcome.seconds),
            format!("{:.2}", outcome.generator / outcome.seconds),
            outcome.resident.to_string(),
            if outcome.digests_equal { "same".into() } else { "OTHER".to_owned() },
        ]);
    }
    for column in 1..13 {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table.to_string()
}
