//! `rehearsal live` as a process: killed, starved of disk, fed over MQTT by the script of the car.

use rehearsal_tests::twin::{Process, digest};
use rehearsal_tests::{rehearsal, root};
use serde_json::{Value, json};
use std::path::Path;
use std::process::Command;

/// How many events a batch has.
const BATCH: u64 = 20;

/// How many batches are sent in all.
const BATCHES: u64 = 400;

const SORT: &str = "application/cloudevents-batch+json";

/// A batch of readings: its events have moments of their own, and ids that no other has.
fn batch(number: u64) -> String {
    let event = |place: u64| {
        let count = number * BATCH + place;
        let (minute, second) = (count / 60 % 60, count % 60);
        json!({
            "specversion": "1.0", "id": count.to_string(), "source": "test", "type": "telemetry",
            "subject": format!("car/{}", count % 40),
            "time": format!("2026-11-03T{:02}:{minute:02}:{second:02}Z", 6 + count / 3600),
            "data": { "coolant": format!("{} °C", 85 + count % 20) },
        })
    };
    Value::Array((0..BATCH).map(event).collect()).to_string()
}

/// Fixed numbers that look drawn.
fn drawn(seed: u64) -> impl FnMut(u64) -> u64 {
    let mut state = seed;
    move |below| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    }
}

fn count(said: &str, word: &str) -> u64 {
    let words: Vec<&str> = said.split([' ', ',', ';']).filter(|part| !part.is_empty()).collect();
    let at = words.iter().position(|have| *have == word).unwrap_or_else(|| panic!("no `{word}` in {said}"));
    words[at - 1].parse().unwrap_or_else(|_| panic!("no number before `{word}` in {said}"))
}

/// What a replay of a twin's folder says.
fn replayed(data: &Path) -> String {
    let output = rehearsal().arg("replay").arg(data).output().expect("it runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text")
}

#[test]
fn killed_at_twenty_moments_it_loses_nothing_and_applies_nothing_twice() {
    let (clean, broken) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    let (clean, broken) = (clean.path().join("twin"), broken.path().join("twin"));
    let paced = ["--pace", "events", "--snapshot-every", "200ms"];
    let twin = Process::start(&clean, &paced);
    for number in 0..BATCHES {
        assert_eq!(twin.post("/events", SORT, &batch(number)).expect("an answer").0, 200);
    }
    let whole = twin.stop();
    assert_eq!(count(&whole, "taken"), BATCH * BATCHES);
    // The same, killed while batches are under way; what had no answer is sent again.
    let mut draw = drawn(7);
    let (mut kills, mut repeated) = (0, 0);
    let mut twin = Process::start(&broken, &paced);
    let mut number = 0;
    while number < BATCHES {
        let until = if kills < 20 { number + 1 + draw(BATCHES / 22) } else { BATCHES };
        while number < until.min(BATCHES) {
            let (status, told) = twin.post("/events", SORT, &batch(number)).expect("an answer");
            assert_eq!(status, 200, "{told}");
            let told: Value = serde_json::from_str(&told).expect("JSON");
            repeated += told["repeated"].as_u64().expect("a count");
            assert_eq!(told["taken"].as_u64().expect("a count") + told["repeated"].as_u64().expect("a count"), BATCH);
            number += 1;
        }
        if kills < 20 && number < BATCHES {
            kills += 1;
            let body = batch(number);
            let wait = std::time::Duration::from_micros(draw(4_000));
            std::thread::scope(|scope| {
                let sent = scope.spawn(|| twin.post("/events", SORT, &body));
                std::thread::sleep(wait);
                twin.kill_now();
                let _ = sent.join();
            });
            twin = Process::start(&broken, &paced);
        }
    }
    assert_eq!(kills, 20);
    let said = twin.stop();
    let again = replayed(&broken);
    assert_eq!(count(&again, "reports"), BATCH * BATCHES, "each event once: {again} ({repeated} came again)");
    assert_eq!(digest(&again), digest(&said));
    assert_eq!(digest(&said), digest(&whole), "the state is that of a run that never was killed");
}

#[test]
fn on_a_full_disk_nothing_is_acknowledged_that_is_not_there() {
    let place = tempfile::tempdir().expect("a folder");
    let small = place.path().join("small");
    std::fs::create_dir(&small).expect("a folder");
    let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", "size=24m", "tmpfs"]).arg(&small).output();
    if !mounted.is_ok_and(|mounted| mounted.status.success()) {
        eprintln!("skipped: a small disk cannot be mounted here; this takes root and the right to mount");
        return;
    }
    /// Takes the disk away again.
    struct Mounted<'a>(&'a Path);
    impl Drop for Mounted<'_> {
        fn drop(&mut self) {
            let _ = Command::new("umount").arg("-l").arg(self.0).status();
        }
    }
    let _mounted = Mounted(&small);
    let twin = Process::start(&small.join("twin"), &["--pace", "events", "--snapshot-every", "1h"]);
    // All that is left but a little.
    let ballast = small.join("ballast");
    let left =
        String::from_utf8(Command::new("df").args(["--output=avail", "-B1"]).arg(&small).output().expect("df runs").stdout);
    let left: usize = left.expect("text").lines().last().expect("a line").trim().parse().expect("a number");
    std::fs::write(&ballast, vec![1_u8; left.saturating_sub(64 << 10)]).expect("it fits");
    let (mut acknowledged, mut refused, mut number) = (0, 0, 0);
    while refused < 3 {
        let (status, told) = twin.post("/events", SORT, &batch(number)).expect("an answer");
        match status {
            200 => {
                assert_eq!(refused, 0, "what follows a refusal fits no better");
                acknowledged += 1;
                number += 1;
            }
            503 => {
                assert!(told.contains("cannot be kept") || told.contains("cannot be taken"), "{told}");
                refused += 1;
            }
            other => panic!("the answer is {other}: {told}"),
        }
        assert!(number < 2_000, "the disk never was full");
    }
    std::fs::remove_file(&ballast).expect("removed");
    for number in number..number + 10 {
        let (status, told) = twin.post("/events", SORT, &batch(number)).expect("an answer");
        assert_eq!(status, 200, "there is room again: {told}");
        acknowledged += 1;
    }
    let said = twin.stop();
    assert_eq!(count(&said, "taken"), acknowledged * BATCH);
    let again = replayed(&small.join("twin"));
    assert_eq!(count(&again, "reports"), acknowledged * BATCH);
    assert_eq!(digest(&again), digest(&said));
}

#[test]
fn a_morning_comes_over_mqtt_and_the_fork_says_what_would_follow() {
    let place = tempfile::tempdir().expect("a folder");
    let there = |program: &str| Command::new(program).arg("-h").output().is_ok();
    assert!(
        (there("mosquitto") || there("/usr/sbin/mosquitto")) && there("mosquitto_pub"),
        "install mosquitto and mosquitto-clients"
    );
    let program = rehearsal().get_program().to_owned();
    let output = Command::new(root().join("scenarios/broken-down-car/live/morning.sh"))
        .arg(place.path())
        .env("REHEARSAL_BIN", program)
        .output()
        .expect("the script runs");
    let (said, error) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{said}\n{error}");
    let live = said.lines().find(|line| line.contains(" taken, ")).unwrap_or_else(|| panic!("{said}"));
    let sent: u64 = said.lines().find_map(|line| line.trim().parse().ok()).expect("how many lines there were");
    let (taken, repeated, aside) = (count(live, "taken"), count(live, "repeated"), count(live, "put"));
    assert_eq!(taken + repeated + aside, sent, "each line has a fate: {live}");
    assert!(repeated > 50 && aside > 5, "the oddities were found: {live}");
    // A car that gets hotter and hotter: the proactive policy writes, the reactive one does not.
    let replayed = said.lines().find(|line| line.starts_with("proactive: ")).expect("a replay");
    assert_eq!(digest(replayed), digest(live));
    assert!(said.contains("ten_hot_and_rising -> offering"), "{said}");
    assert!(said.contains("reactive: nothing more"), "{said}");
    let better = |measure: &str| said.lines().any(|line| line.contains(measure) && line.trim_end().ends_with("better"));
    assert!(better("from light to knowing"), "{said}");
}
