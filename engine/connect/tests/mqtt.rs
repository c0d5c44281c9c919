//! Out to a broker and in from it, with a broker that goes away.

#[path = "common/broker.rs"]
mod broker;
mod common;

use actix::prelude::*;
use broker::Broker;
use common::{delivered, event, events, plan, status, until};
use rehearsal_connect::{
    Arrived, Batch, BreakerPlan, ConnectorPlan, Endpoint, MqttIn, MqttInPlan, MqttOut, Outbox, Secret, intake, to_recipient,
    topic_filter, topic_parts,
};
use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::Semaphore;

const LONG: Duration = Duration::from_secs(60);
const PATTERN: &str = "cars/{subject}/{number}";

type Heard = Arc<Mutex<Vec<Arrived>>>;

fn out(broker: &Broker, dir: &Path, in_flight: usize) -> Outbox {
    out_as(broker, dir, in_flight, 1, None, None)
}

fn out_as(broker: &Broker, dir: &Path, in_flight: usize, qos: u8, user: Option<String>, password: Option<Secret>) -> Outbox {
    let mqtt = MqttOut { broker: broker.url(), topic: "cars/{data.n}/{number}".into(), qos, user, password, timeout: LONG };
    let plan = ConnectorPlan {
        attempts: 1_000_000,
        in_flight,
        breaker: BreakerPlan { failures: 0, open_for: Duration::ZERO },
        ..plan("bus", Endpoint::Mqtt(mqtt))
    };
    Outbox::open(dir, vec![plan]).expect("opened")
}

fn way_in(broker: &Broker) -> MqttInPlan {
    MqttInPlan {
        first_wait: Duration::from_millis(2),
        longest_wait: Duration::from_millis(20),
        ..MqttInPlan::new("cars", broker.url(), "twin", vec![topic_filter(PATTERN).expect("a pattern")])
    }
}

/// Starts to hear, and waits until it does.
async fn hearing(plan: MqttInPlan, take: rehearsal_connect::Intake) -> MqttIn {
    let way = MqttIn::start(plan, take).expect("started");
    until("it is connected", || way.status().connected).await;
    way
}

fn into_list(heard: &Heard) -> rehearsal_connect::Intake {
    let heard = Arc::clone(heard);
    intake(move |batch| {
        heard.lock().expect("unharmed").extend(batch);
        async { Ok(()) }
    })
}

/// How often each number came, by its topic.
fn numbers(heard: &[Arrived]) -> BTreeMap<u64, usize> {
    let mut counts = BTreeMap::new();
    for message in heard {
        let parts = topic_parts(PATTERN, &message.topic).expect("a pattern").expect("a match");
        *counts.entry(parts[1].1.parse().expect("a number")).or_default() += 1;
    }
    counts
}

#[test]
fn what_goes_out_comes_in_with_all_that_was_said() {
    let (folder, broker, heard) = (tempfile::tempdir().expect("a folder"), Broker::new(), Heard::default());
    System::new().block_on(async {
        let way = hearing(way_in(&broker), into_list(&heard)).await;
        let outbox = out(&broker, folder.path(), 1);
        outbox.offer("bus", &events(1..=200)).expect("offered");
        delivered(&outbox, 200).await;
        until("all are acknowledged", || way.status().acknowledged == 200).await;
        let status = way.stop(LONG).await;
        assert_eq!((status.received, status.lag, status.reconnects, status.connected), (200, 0, 0, false));
        outbox.stop(LONG).await;
    });
    let heard = heard.lock().expect("unharmed");
    let order: Vec<u64> =
        heard.iter().map(|message| message.topic.rsplit('/').next().expect("a level").parse().expect("a number")).collect();
    assert_eq!(order, (1..=200).collect::<Vec<_>>(), "in order, as one was under way at a time");
    let first = &heard[0];
    assert_eq!(first.content_type.as_deref(), Some("application/json"));
    assert_eq!(serde_json::from_slice::<serde_json::Value>(&first.payload).expect("JSON"), event(1).data);
    let said: BTreeMap<&str, &str> = first.properties.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    assert_eq!((said["id"], said["type"], said["specversion"]), ("twin/1", "contact", "1.0"));
    assert!(!first.duplicate && !first.retained);
}

#[test]
fn a_broker_that_goes_away_in_the_middle_costs_nothing() {
    let (folder, mut broker, heard) = (tempfile::tempdir().expect("a folder"), Broker::new(), Heard::default());
    System::new().block_on(async {
        let way = hearing(way_in(&broker), into_list(&heard)).await;
        let outbox = out(&broker, folder.path(), 8);
        for round in 0..4_u64 {
            outbox.offer("bus", &events(round * 500 + 1..=round * 500 + 500)).expect("offered");
            delivered(&outbox, round * 500 + 100).await;
            broker.stop();
            until("it is lost", || !way.status().connected).await;
            broker.start();
            until("it is connected again", || way.status().connected).await;
        }
        delivered(&outbox, 2000).await;
        until("all came", || numbers(&heard.lock().expect("unharmed")).len() == 2000).await;
        until("it came back each time", || way.status().reconnects >= 4).await;
        way.stop(LONG).await;
        outbox.stop(LONG).await;
    });
    assert_eq!(numbers(&heard.lock().expect("unharmed")).into_keys().collect::<Vec<_>>(), (1..=2000).collect::<Vec<_>>());
}

#[test]
fn what_a_killed_broker_had_not_confirmed_is_sent_again() {
    let (folder, mut broker, heard) = (tempfile::tempdir().expect("a folder"), Broker::new(), Heard::default());
    System::new().block_on(async {
        let way = hearing(way_in(&broker), into_list(&heard)).await;
        let outbox = out(&broker, folder.path(), 8);
        broker.kill();
        outbox.offer("bus", &events(1..=50)).expect("offered");
        until("it failed", || status(&outbox).failed_attempts > 8).await;
        assert_eq!(status(&outbox).waiting, 50);
        until("it is lost", || !way.status().connected).await;
        // A broker that lost its memory: who listens must say so again before anything is sent.
        let paused = outbox.stop(LONG).await;
        assert_eq!((paused[0].waiting, paused[0].delivered), (50, 0));
        broker.start();
        until("it is connected", || way.status().connected).await;
        let outbox = out(&broker, folder.path(), 8);
        delivered(&outbox, 50).await;
        until("all came", || numbers(&heard.lock().expect("unharmed")).len() == 50).await;
        way.stop(LONG).await;
        outbox.stop(LONG).await;
    });
}

#[test]
fn who_takes_slowly_holds_the_broker_back() {
    let (folder, broker, heard) = (tempfile::tempdir().expect("a folder"), Broker::new(), Heard::default());
    let gate = Arc::new(Semaphore::new(0));
    System::new().block_on(async {
        let (list, open) = (Arc::clone(&heard), Arc::clone(&gate));
        let take = intake(move |batch: Vec<Arrived>| {
            let (list, open) = (Arc::clone(&list), Arc::clone(&open));
            async move {
                open.acquire().await.map_err(|error| error.to_string())?.forget();
                assert!(batch.len() <= 4);
                list.lock().expect("unharmed").extend(batch);
                Ok(())
            }
        });
        let way = hearing(MqttInPlan { receive_maximum: 8, batch: 4, ..way_in(&broker) }, take).await;
        let outbox = out(&broker, folder.path(), 1);
        outbox.offer("bus", &events(1..=100)).expect("offered");
        // The broker has all of them, and keeps all but eight.
        delivered(&outbox, 100).await;
        until("it is full", || way.status().lag == 8).await;
        let status = way.status();
        assert_eq!((status.received, status.acknowledged, status.connected), (8, 0, true));
        assert!(status.oldest.is_some());
        gate.add_permits(1000);
        until("all are taken", || way.status().acknowledged == 100).await;
        way.stop(LONG).await;
        outbox.stop(LONG).await;
    });
    let heard = heard.lock().expect("unharmed");
    assert_eq!(numbers(&heard).into_iter().collect::<Vec<_>>(), (1..=100).map(|number| (number, 1)).collect::<Vec<_>>());
}

/// With this setting mosquitto sends all it has, whatever it is asked.
#[test]
fn a_broker_that_sends_more_than_it_may_is_borne() {
    let (folder, broker, heard) =
        (tempfile::tempdir().expect("a folder"), Broker::with("max_inflight_messages 0"), Heard::default());
    let gate = Arc::new(Semaphore::new(0));
    System::new().block_on(async {
        let (list, open) = (Arc::clone(&heard), Arc::clone(&gate));
        let take = intake(move |batch: Vec<Arrived>| {
            let (list, open) = (Arc::clone(&list), Arc::clone(&open));
            async move {
                open.acquire().await.map_err(|error| error.to_string())?.forget();
                list.lock().expect("unharmed").extend(batch);
                Ok(())
            }
        });
        let way = hearing(MqttInPlan { receive_maximum: 8, batch: 4, ..way_in(&broker) }, take).await;
        let outbox = out(&broker, folder.path(), 1);
        outbox.offer("bus", &events(1..=500)).expect("offered");
        delivered(&outbox, 500).await;
        assert!(way.status().received <= 4 + 8 + 1, "it is held back all the same: {:?}", way.status());
        gate.add_permits(1000);
        until("all are taken", || way.status().acknowledged == 500).await;
        assert_eq!(way.stop(LONG).await.reconnects, 0);
        outbox.stop(LONG).await;
    });
    assert!(numbers(&heard.lock().expect("unharmed")).into_iter().eq((1..=500).map(|number| (number, 1))));
}

#[test]
fn a_message_that_is_too_long_holds_no_other_up() {
    let (folder, broker, heard) = (tempfile::tempdir().expect("a folder"), Broker::new(), Heard::default());
    System::new().block_on(async {
        let way = hearing(MqttInPlan { longest: 64 << 10, ..way_in(&broker) }, into_list(&heard)).await;
        let outbox = out(&broker, folder.path(), 1);
        let mut three = events(1..=3);
        three[1].data["text"] = "x".repeat(1 << 20).into();
        outbox.offer("bus", &three).expect("offered");
        delivered(&outbox, 3).await;
        until("two came", || way.status().acknowledged == 2).await;
        assert_eq!(way.stop(LONG).await.reconnects, 0);
        outbox.stop(LONG).await;
    });
    assert_eq!(numbers(&heard.lock().expect("unharmed")).into_keys().collect::<Vec<_>>(), [1, 3]);
}

#[test]
fn a_password_is_read_anew_and_never_shown() {
    let (folder, heard) = (tempfile::tempdir().expect("a folder"), Heard::default());
    let (users, secret) = (folder.path().join("users"), folder.path().join("secret"));
    let made = Command::new("mosquitto_passwd").args(["-c", "-b"]).arg(&users).args(["twin", "the-right-one"]).status();
    assert!(made.expect("install mosquitto: mosquitto_passwd comes with it").success());
    std::fs::write(&secret, "the-wrong-one\n").expect("written");
    let broker = Broker::with(&format!("password_file {}", users.display()));
    System::new().block_on(async {
        let (user, password) = (Some("twin".to_owned()), Some(Secret::file(&secret)));
        let plan = MqttInPlan { user: user.clone(), password: password.clone(), ..way_in(&broker) };
        let way = MqttIn::start(plan, into_list(&heard)).expect("started");
        let outbox = out_as(&broker, &folder.path().join("out"), 1, 2, user, password);
        outbox.offer("bus", &events(1..=5)).expect("offered");
        until("both failed", || way.status().last_failure.is_some() && status(&outbox).last_failure.is_some()).await;
        for failure in [way.status().last_failure, status(&outbox).last_failure].into_iter().flatten() {
            assert!(failure.contains("refused") && !failure.contains("the-wrong-one"), "{failure}");
        }
        std::fs::write(&secret, "the-right-one\n").expect("written");
        delivered(&outbox, 5).await;
        until("it is connected", || way.status().connected).await;
        way.stop(LONG).await;
        outbox.stop(LONG).await;
    });
}

#[test]
fn what_was_not_acknowledged_comes_again_with_a_mark() {
    let (folder, broker, heard) = (tempfile::tempdir().expect("a folder"), Broker::new(), Heard::default());
    System::new().block_on(async {
        let never = intake(|_| std::future::pending());
        let way = hearing(way_in(&broker), never).await;
        let outbox = out(&broker, folder.path(), 1);
        outbox.offer("bus", &events(1..=20)).expect("offered");
        until("all are here", || way.status().received == 20).await;
        // It takes longer than it may: nothing is acknowledged.
        assert_eq!(way.stop(Duration::from_millis(5)).await.acknowledged, 0);
        let way = hearing(way_in(&broker), into_list(&heard)).await;
        until("all are acknowledged", || way.status().acknowledged == 20).await;
        way.stop(LONG).await;
        let count = heard.lock().expect("unharmed").len();
        assert_eq!(count, 20);
        // Now nothing is left but what is new.
        let way = hearing(way_in(&broker), into_list(&heard)).await;
        outbox.offer("bus", &events([21])).expect("offered");
        until("it is acknowledged", || way.status().acknowledged >= 1).await;
        let left = way.stop(LONG).await;
        assert_eq!(left.received, 1, "{left:?}, {:?}, {:?}", status(&outbox), heard.lock().expect("unharmed"));
        outbox.stop(LONG).await;
    });
    let heard = heard.lock().expect("unharmed");
    assert!(heard[..20].iter().all(|message| message.duplicate));
    assert!(!heard[20].duplicate);
}

#[test]
fn stopping_acknowledges_what_is_being_taken() {
    let (folder, broker, heard) = (tempfile::tempdir().expect("a folder"), Broker::new(), Heard::default());
    let gate = Arc::new(Semaphore::new(0));
    System::new().block_on(async {
        let open = Arc::clone(&gate);
        let take = intake(move |_| {
            let open = Arc::clone(&open);
            async move { open.acquire().await.map(tokio::sync::SemaphorePermit::forget).map_err(|error| error.to_string()) }
        });
        let way = hearing(MqttInPlan { batch: 5, ..way_in(&broker) }, take).await;
        let outbox = out(&broker, folder.path(), 1);
        outbox.offer("bus", &events(1..=20)).expect("offered");
        until("all are here", || way.status().received == 20).await;
        let opens = Arc::clone(&gate);
        let (left, ()) = futures_util::future::join(way.stop(LONG), async move {
            tokio::task::yield_now().await;
            opens.add_permits(1);
        })
        .await;
        assert!(left.acknowledged >= 1 && left.acknowledged <= 5, "{left:?}");
        let way = hearing(way_in(&broker), into_list(&heard)).await;
        until("the rest is acknowledged", || way.status().acknowledged == 20 - left.acknowledged).await;
        way.stop(LONG).await;
        outbox.stop(LONG).await;
        let came = numbers(&heard.lock().expect("unharmed"));
        assert_eq!(came.into_keys().collect::<Vec<_>>(), (left.acknowledged + 1..=20).collect::<Vec<_>>());
    });
}

#[derive(Default)]
struct Taker {
    calls: usize,
    heard: Heard,
}

impl Actor for Taker {
    type Context = Context<Self>;
}

impl Handler<Batch> for Taker {
    type Result = Result<(), String>;

    fn handle(&mut self, batch: Batch, _: &mut Self::Context) -> Self::Result {
        self.calls += 1;
        if self.calls == 1 {
            return Err("the disk is full".into());
        }
        self.heard.lock().expect("unharmed").extend(batch.0);
        Ok(())
    }
}

#[test]
fn an_actor_takes_batches_and_one_that_was_not_taken_comes_again() {
    let (folder, broker, heard) = (tempfile::tempdir().expect("a folder"), Broker::new(), Heard::default());
    System::new().block_on(async {
        let taker = Taker { calls: 0, heard: Arc::clone(&heard) }.start();
        let way = hearing(way_in(&broker), to_recipient(taker.recipient())).await;
        let outbox = out(&broker, folder.path(), 4);
        outbox.offer("bus", &events(1..=30)).expect("offered");
        until("all are acknowledged", || way.status().acknowledged == 30).await;
        let status = way.stop(LONG).await;
        assert!(status.last_failure.expect("said").contains("the disk is full"));
        outbox.stop(LONG).await;
    });
    assert!(numbers(&heard.lock().expect("unharmed")).into_values().all(|count| count == 1));
}

#[test]
fn a_taker_that_panics_is_asked_again() {
    let (folder, broker, heard) = (tempfile::tempdir().expect("a folder"), Broker::new(), Heard::default());
    System::new().block_on(async {
        let (list, first) = (Arc::clone(&heard), Arc::new(Mutex::new(true)));
        let take = intake(move |batch: Vec<Arrived>| {
            let (list, first) = (Arc::clone(&list), Arc::clone(&first));
            async move {
                assert!(!std::mem::take(&mut *first.lock().map_err(|error| error.to_string())?), "the test wants a panic");
                list.lock().expect("unharmed").extend(batch);
                Ok(())
            }
        });
        let way = hearing(way_in(&broker), take).await;
        let outbox = out(&broker, folder.path(), 1);
        outbox.offer("bus", &events(1..=3)).expect("offered");
        let why = || way.status().last_failure.unwrap_or_default();
        until("it panicked", || why().contains("panic")).await;
        way.stop(LONG).await;
        outbox.stop(LONG).await;
    });
}

#[test]
fn a_plan_that_cannot_be_is_refused() {
    let plan =
        |topics: &[&str]| MqttInPlan::new("x", "mqtt://127.0.0.1", "twin", topics.iter().map(|topic| (*topic).into()).collect());
    plan(&["cars/+/#"]).check().expect("a good plan");
    for bad in [&[][..], &["a/b+"], &["#/a"], &[""]] {
        assert!(plan(bad).check().is_err(), "{bad:?}");
    }
    assert!(MqttInPlan { client: String::new(), ..plan(&["a"]) }.check().is_err());
    assert!(MqttInPlan { broker: "tcp://x".into(), ..plan(&["a"]) }.check().is_err());
    assert!(MqttIn::start(plan(&["a"]), intake(|_| async { Ok(()) })).is_err(), "no actix system");
}
