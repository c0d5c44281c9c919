//! `rehearsal live`: a scenario beside reality.

use std::fs::File;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rehearsal_connect::{MqttIn, MqttInPlan, Secret};
use rehearsal_doors::{Doors, DoorsError, Limits as DoorLimits, Tls, Tokens};
use rehearsal_live::folder::{Folder, Manifest, SCHEMA};
use rehearsal_live::moments::{Pace, midnight_before, wall};
use rehearsal_live::service::{Config, Limits, Service};
use rehearsal_live::sources::{Fed, Lines, feed, gateway, topics};
use rehearsal_live::twin::Recovered;
use rehearsal_live::{Options, feed as watchers, inputs, load, web};
use rehearsal_scenario::{Natives, Scenario};

use crate::arguments::{LiveArguments, PaceArgument};
use crate::failure::Failure;
use crate::names::nearest;
use crate::progress::say;
use crate::scenario::told;

/// Where a twin listens where nothing else is said.
const LISTEN: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 7070);

/// How many bytes a body may have.
const BODY_MAX: usize = 16 << 20;

/// Runs the twin until its events end, or somebody stops it.
pub(crate) fn live(arguments: &LiveArguments, out: &mut dyn Write) -> Result<(), Failure> {
    let silent = arguments.events.is_empty() && arguments.mqtt.is_none();
    let listen = arguments.listen.or_else(|| silent.then_some(LISTEN));
    let folder = Folder::at(&arguments.data.clone().unwrap_or_else(|| usual_folder(&arguments.scenario)));
    let manifest = manifest(arguments, &folder, listen.is_some() || arguments.mqtt.is_some())?;
    let scenario = load::load(&arguments.scenario, &manifest, &Natives::new(), &arguments.modes);
    let scenario = scenario.map_err(|faults| Failure::Faults(told(&faults, "fault", &arguments.scenario)))?;
    // Its actors look at it for as long as the process lasts.
    let scenario: &'static Scenario = Box::leak(Box::new(scenario));
    let bind = |address: SocketAddr| {
        let refused = |error| Failure::Input(format!("nobody can listen at {address}: {error}; give another --listen or --feed"));
        TcpListener::bind(address).map_err(refused)
    };
    let (http, watched) = (listen.map(|listen| doors(arguments, listen)).transpose()?, arguments.feed.map(bind).transpose()?);
    if watched.as_ref().and_then(|feed| feed.local_addr().ok()).is_some_and(|feed| !feed.ip().is_loopback()) {
        return Err(Failure::Input(
            "--feed tells all there is to everybody who connects: give it an address of this machine".into(),
        ));
    }
    let lines = match &arguments.input {
        Some(name) => Lines::Messages(reader(scenario, name)?),
        None => Lines::CloudEvents,
    };
    let config = Config {
        journal: Options { sync: arguments.sync, ..Options::default() },
        snapshot_every: Duration::from_nanos(arguments.snapshot_every.max(1_000_000)),
        snapshots: arguments.snapshots,
        forget: arguments.forget,
        jobs: arguments.jobs.unwrap_or_else(super::run::cores),
        limits: Limits { lag: arguments.max_behind, ..Limits::default() },
        ..Config::at(folder.clone())
    };
    let stays = http.is_some() || arguments.mqtt.is_some() || arguments.events.is_empty();
    let done = actix::System::new().block_on(async {
        let (service, recovered) =
            Service::start(scenario, manifest, config).map_err(|error| Failure::Input(error.to_string()))?;
        tell_recovered(&service, &folder, &recovered);
        let server = match http {
            Some(doors) => {
                let state = web::State::new(service.clone(), BODY_MAX);
                let (server, addresses) = web::serve_behind(state, &doors).map_err(|error| Failure::Input(error.to_string()))?;
                let scheme = if doors.is_secure() { "https" } else { "http" };
                addresses.iter().for_each(|address| say(&format!("listening on {scheme}://{address}/")));
                let handle = server.handle();
                actix::spawn(server);
                Some(handle)
            }
            None => None,
        };
        if let Some(listener) = watched {
            say(&format!("telling all on {}: rehearsal view --live {}", listener.local_addr()?, listener.local_addr()?));
            actix::spawn(watchers::serve(service.clone(), listener));
        }
        let broker = arguments.mqtt.as_ref().map(|broker| mqtt(&service, arguments, broker)).transpose()?;
        let stop = Arc::new(AtomicBool::new(false));
        let fed = sources(&service, arguments, lines, stop.clone());
        let failed = tokio::select! {
            fed = fed => match fed {
                Ok(fed) => {
                    tell_fed(&fed);
                    if stays { until_stopped().await?; }
                    None
                }
                Err(error) => Some(error),
            },
            stopped = until_stopped() => {
                stopped?;
                stop.store(true, Ordering::Relaxed);
                None
            }
            () = until_idle(&service, arguments.idle) => {
                stop.store(true, Ordering::Relaxed);
                None
            }
        };
        if let Some(broker) = broker {
            let status = broker.stop(Duration::from_secs(10)).await;
            say(&format!("{} messages from the broker, {} acknowledged", status.received, status.acknowledged));
        }
        if let Some(server) = server {
            server.stop(true).await;
        }
        if let Some(until) = &arguments.until {
            let until = rehearsal_live::moments::read(until).map_err(Failure::Input)?;
            service.desk.send(rehearsal_live::service::Reach(until)).await.map_err(|error| Failure::Ours(error.to_string()))?;
        }
        let digest =
            service.stop().await.map_err(|error| Failure::Input(format!("the twin could not be stopped well: {error}")))?;
        match failed {
            Some(error) => Err(Failure::Input(error)),
            None => Ok((service, digest)),
        }
    });
    let (service, digest) = done?;
    let status = &service.status;
    let count = |counter: &std::sync::atomic::AtomicU64| counter.load(Ordering::Relaxed);
    writeln!(
        out,
        "{} taken, {} repeated, {} put aside; {} decisions, {} effects; digest {digest:016x}",
        count(&status.taken),
        count(&status.repeated),
        count(&status.refused),
        count(&status.decisions),
        count(&status.effects),
    )?;
    Ok(())
}

/// Where the data of a scenario's twin is, where nobody says.
fn usual_folder(scenario: &Path) -> PathBuf {
    let name = scenario.canonicalize().ok().and_then(|path| path.file_stem().map(std::ffi::OsStr::to_owned));
    PathBuf::from(name.unwrap_or_else(|| "scenario".into())).with_extension("twin")
}

/// What the twin is, or will be.
fn manifest(arguments: &LiveArguments, folder: &Folder, listens: bool) -> Result<Manifest, Failure> {
    let found = folder.manifest().map_err(|error| Failure::Input(error.to_string()))?;
    let pace = match arguments.pace {
        Some(PaceArgument::Wall) => Pace::Wall,
        Some(PaceArgument::Events) => Pace::Events,
        None => found.as_ref().map_or(if listens { Pace::Wall } else { Pace::Events }, |found| found.pace),
    };
    let modes = arguments.modes.iter().map(|(policy, mode)| (policy.clone(), mode.told())).collect();
    if let Some(found) = found {
        // What is not said stays as it is.
        let policy = arguments.policy.clone().unwrap_or_else(|| found.policy.clone());
        let start = arguments.start.clone().unwrap_or_else(|| found.start.clone());
        let seed = arguments.seed.unwrap_or(found.seed);
        let settings = if arguments.settings.is_empty() { found.settings.clone() } else { arguments.settings.clone() };
        return Ok(Manifest { policy, start, seed, settings, pace, modes, ..found });
    }
    // Its own words are asked for once, before the twin's are known.
    let plain = Scenario::load(&arguments.scenario, &arguments.settings);
    let plain = plain.map_err(|faults| Failure::Faults(told(&faults, "fault", &arguments.scenario)))?;
    let policies = plain.policies();
    let policy = match &arguments.policy {
        Some(name) if policies.contains(name) => name.clone(),
        Some(name) => {
            let hint = nearest(name, policies.iter().map(String::as_str));
            return Err(Failure::Input(format!("no policy is called `{name}`; {hint}")));
        }
        None => policies.first().cloned().unwrap_or_default(),
    };
    let start = arguments.start.clone().unwrap_or_else(|| match pace {
        Pace::Wall => midnight_before(wall()),
        Pace::Events => plain.period().0.replace('T', " ").chars().take(16).collect(),
    });
    let scenario = arguments.scenario.canonicalize().unwrap_or_else(|_| arguments.scenario.clone());
    Ok(Manifest {
        schema: SCHEMA.into(),
        twin: Manifest::new_name(),
        scenario: scenario.to_string_lossy().into_owned(),
        policy,
        modes,
        seed: arguments.seed.unwrap_or_else(|| plain.seed()),
        start,
        pace,
        settings: arguments.settings.clone(),
    })
}

fn reader(scenario: &'static Scenario, name: &str) -> Result<inputs::Reader<'static>, Failure> {
    let live = scenario.live();
    let inputs = live.map(|live| live.inputs.as_slice()).unwrap_or_default();
    let found = inputs.iter().find(|input| input.name == name);
    let missing = || {
        let hint = nearest(name, inputs.iter().map(|input| input.name.as_str()));
        Failure::Input(format!("the scenario has no input `{name}`; {hint}"))
    };
    let twins = live.map(|live| live.twins.as_slice()).unwrap_or_default();
    Ok(inputs::Reader::new(found.ok_or_else(missing)?, twins))
}

fn tell_recovered(service: &Service, folder: &Folder, recovered: &Recovered) {
    let (manifest, place) = (&service.manifest, folder.path().display());
    let what = format!("the twin of {} under policy {}, in {place}", service.scenario.name(), manifest.policy);
    let origin = rehearsal_live::moments::Origin::of(service.scenario);
    let end = origin.told(service.scenario.plan().length).replace('T', " ").chars().take(16).collect::<String>();
    if recovered.fresh {
        say(&format!("begun: {what}; its world is from {} to {}", manifest.start, end));
    } else {
        let after = recovered.snapshot.map_or_else(String::new, |after| format!(" behind the world kept after entry {after}"));
        say(&format!("gone on: {what}; {} entries replayed{after}, digest {:016x}", recovered.replayed, recovered.digest));
    }
    for told in &recovered.passed_over {
        say(&format!("note: a kept world was passed over: {told}"));
    }
    if let Some(cut) = &recovered.cut {
        say(&format!("note: the journal was cut off: {cut}"));
    }
    for (sequence, why) in recovered.strange.iter().take(5) {
        say(&format!("note: entry {sequence} means nothing to this scenario: {why}"));
    }
    if recovered.strange.len() > 5 {
        say(&format!("note: {} more entries mean nothing to it", recovered.strange.len() - 5));
    }
    for failed in &recovered.poisoned {
        say(&format!("note: an entry made the scenario fail and does not count: {failed}"));
    }
}

fn tell_fed(fed: &Fed) {
    for (line, why) in &fed.told {
        say(&format!("line {line} was put aside: {why}"));
    }
    let more = fed.put_aside.saturating_sub(fed.told.len() as u64);
    if more > 0 {
        say(&format!("{more} more lines were put aside"));
    }
}

/// Who may come in, and how much.
fn doors(arguments: &LiveArguments, listen: SocketAddr) -> Result<Doors, Failure> {
    let wrong = |error: DoorsError| Failure::Input(error.to_string());
    let tokens = match &arguments.tokens {
        Some(file) => Tokens::from_file(file).map_err(wrong)?,
        None => Tokens::from_environment().map_err(wrong)?.unwrap_or_else(Tokens::none),
    };
    let tls = match (&arguments.tls_cert, &arguments.tls_key) {
        (Some(chain), Some(key)) => Some(Tls::load(chain, key).map_err(wrong)?),
        _ => None,
    };
    let (rate_per_second, burst) = (arguments.max_rate, arguments.max_rate.saturating_mul(2));
    let limits = DoorLimits { body_bytes: BODY_MAX as u64, rate_per_second, burst, ..DoorLimits::default() };
    let listen = listen.to_string().parse().map_err(wrong)?;
    Doors::new(listen, tokens, tls, limits).map_err(wrong)?.known_as(arguments.hosts.clone()).map_err(wrong)
}

/// Begins to hear what a broker has.
fn mqtt(service: &Service, arguments: &LiveArguments, broker: &str) -> Result<MqttIn, Failure> {
    let mut filters = topics(service.scenario).map_err(Failure::Input)?;
    filters.extend(arguments.mqtt_topic.iter().cloned());
    if filters.is_empty() {
        let remedy = "give an Input(topic: ...) to the scenario's Live(...), or a --mqtt-topic";
        return Err(Failure::Input(format!("nothing is to be heard from {broker}: {remedy}")));
    }
    say(&format!("hearing {} from {broker}", filters.join(", ")));
    let client = format!("rehearsal-{}", service.manifest.twin);
    let plan = MqttInPlan {
        user: arguments.mqtt_user.clone(),
        password: arguments.mqtt_user.as_ref().map(|_| Secret::environment("REHEARSAL_MQTT_PASSWORD")),
        ..MqttInPlan::new("mqtt", broker, client, filters)
    };
    let intake = gateway(service.desk.clone(), service.scenario).map_err(Failure::Input)?;
    MqttIn::start(plan, intake).map_err(|error| Failure::Input(error.to_string()))
}

/// Feeds all files one after another, on a thread of its own.
async fn sources(
    service: &Service,
    arguments: &LiveArguments,
    lines: Lines<'static>,
    stop: Arc<AtomicBool>,
) -> Result<Fed, String> {
    let mut all = Fed::default();
    for path in &arguments.events {
        let (desk, path, lines, stop) = (service.desk.clone(), path.clone(), lines.clone(), stop.clone());
        let work = move || {
            let stream: Box<dyn Read> = match path.as_os_str() == "-" {
                true => Box::new(std::io::stdin()),
                false => Box::new(File::open(&path).map_err(|error| format!("{} cannot be read: {error}", path.display()))?),
            };
            feed(&desk, stream, &lines, &stop, |_| ()).map_err(|error| format!("{}: {error}", path.display()))
        };
        let fed = tokio::task::spawn_blocking(work).await.map_err(|error| error.to_string())??;
        all.taken += fed.taken;
        all.repeated += fed.repeated;
        all.put_aside += fed.put_aside;
        all.told.extend(fed.told);
    }
    if arguments.events.is_empty() {
        std::future::pending::<()>().await;
    }
    Ok(all)
}

/// Waits until nothing has come for a span \[ns\], once something has; for ever where there is none.
async fn until_idle(service: &Service, span: Option<u64>) {
    let Some(span) = span.map(Duration::from_nanos) else { return std::future::pending().await };
    let status = &service.status;
    let came = || [&status.taken, &status.repeated, &status.refused].map(|count| count.load(Ordering::Relaxed)).iter().sum();
    let (mut last, mut since): (u64, _) = (0, std::time::Instant::now());
    while last == 0 || since.elapsed() < span {
        tokio::time::sleep(Duration::from_millis(50)).await;
        let now: u64 = came();
        if now != last {
            (last, since) = (now, std::time::Instant::now());
        }
    }
    say("nothing comes any more");
}

/// Waits for Ctrl-C, or for the system to ask it to end.
async fn until_stopped() -> Result<(), Failure> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminated = signal(SignalKind::terminate())?;
    tokio::select! {
        pressed = tokio::signal::ctrl_c() => pressed?,
        _ = terminated.recv() => {}
    }
    say("stopping: what was taken is applied");
    Ok(())
}
