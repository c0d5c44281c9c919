//! Snapshots: what is restored goes on as if nothing had been, and no bytes are believed.

use proptest::prelude::*;
use rehearsal_kernel::distribution::exponential;
use rehearsal_kernel::{Bits, Context, Duration, Event, KernelError, Sender, Simulation, SnapshotError, Stream, StreamKey};
use rehearsal_kernel::{Time, World, below, digest_of, mix, snapshot};
use serde::{Deserialize, Serialize};
use std::cell::Cell;
use std::sync::Arc;

#[allow(dead_code, reason = "an example, of which the model is used here")]
#[path = "../examples/mmc.rs"]
mod mmc;

const MODEL: u64 = 0x5EED;

/// PHOLD with ties and zero delays in abundance: times are whole tenths of a second.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Phold {
    actors: Vec<Actor>,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct Actor {
    sender: Sender,
    stream: Stream,
    history: u64,
}

impl Phold {
    fn pass_on(&mut self, me: u32, context: &mut Context<'_, u64>) -> Result<(), KernelError> {
        let among = self.actors.len() as u64;
        let actor = &mut self.actors[me as usize];
        let target = below(actor.stream.next(), among) as u32;
        let tenths = libm::floor(exponential(&mut actor.stream, 5.0));
        context.send_after(&mut actor.sender, target, tenths / 10.0, actor.history)?;
        Ok(())
    }
}

impl World for Phold {
    type Message = u64;
    type Error = KernelError;

    fn handle(&mut self, event: &Event<u64>, context: &mut Context<'_, u64>) -> Result<(), KernelError> {
        let actor = &mut self.actors[event.target as usize];
        // Not commutative: a history tells the order of what an actor handled.
        actor.history = mix(actor.history ^ event.message ^ u64::from(event.sender) << 32);
        self.pass_on(event.target, context)
    }
}

fn phold(actors: u32, seed: u64, order: impl Iterator<Item = u32>) -> Simulation<Phold> {
    let key = StreamKey::root(seed, 0);
    let actor = |id| Actor { sender: Sender::new(id), stream: key.with(u64::from(id)).stream(), history: 0 };
    let mut simulation = Simulation::new(Phold { actors: (0..actors).map(actor).collect() });
    for id in order {
        simulation.with_context(|world, context| world.pass_on(id, context)).unwrap();
    }
    simulation
}

fn at(seconds: f64) -> Time {
    Time::from_seconds(seconds).unwrap()
}

fn a_day() -> Vec<u8> {
    let mut simulation = phold(8, 1, 0..8);
    simulation.run_until(at(3.0)).unwrap();
    simulation.snapshot(MODEL).unwrap()
}

fn restore(bytes: &[u8]) -> Result<Simulation<Phold>, SnapshotError> {
    Simulation::restore(MODEL, bytes)
}

/// `bytes` with a length and a checksum that agree with a payload changed by hand.
fn sealed(bytes: &[u8], payload: &[u8]) -> Vec<u8> {
    let mut sealed = bytes[..32].to_vec();
    sealed[12..16].copy_from_slice(&crc32fast::hash(payload).to_le_bytes());
    sealed[24..].copy_from_slice(&(payload.len() as u64).to_le_bytes());
    sealed.extend_from_slice(payload);
    sealed
}

proptest! {
    /// Wherever it is saved, between instants or amid the rounds of one, and however often.
    #[test]
    fn phold_goes_on_from_its_snapshots(seed: u64, ends in prop::collection::vec(0.0..20.0_f64, 1..4), steps in 0..40_u32) {
        let mut uninterrupted = phold(16, seed, 0..16);
        let mut interrupted = uninterrupted.clone();
        for end in ends {
            for simulation in [&mut uninterrupted, &mut interrupted] {
                simulation.run_until(at(end)).unwrap();
                (0..steps).for_each(|_| assert!(simulation.step().unwrap()));
            }
            interrupted = restore(&interrupted.snapshot(MODEL).unwrap()).unwrap();
            prop_assert_eq!(interrupted.queue().sorted(), uninterrupted.queue().sorted());
        }
        uninterrupted.run_until(at(30.0)).unwrap();
        interrupted.run_until(at(30.0)).unwrap();
        prop_assert_eq!(interrupted.handled(), uninterrupted.handled());
        prop_assert_eq!(interrupted.digest(), uninterrupted.digest());
        prop_assert_eq!(interrupted.snapshot(MODEL).unwrap(), uninterrupted.snapshot(MODEL).unwrap());
        prop_assert_eq!(interrupted.world, uninterrupted.world);
    }

    #[test]
    fn a_bank_goes_on_from_its_snapshots(clerks in 1..5_u32, seed: u64, ends in prop::collection::vec(0.0..200.0_f64, 1..4)) {
        let mut uninterrupted = mmc::bank(clerks, seed).unwrap();
        let mut interrupted = uninterrupted.clone();
        for end in ends {
            uninterrupted.run_until(at(end)).unwrap();
            interrupted.run_until(at(end)).unwrap();
            interrupted = Simulation::restore(MODEL, &interrupted.snapshot(MODEL).unwrap()).unwrap();
        }
        uninterrupted.run_until(at(300.0)).unwrap();
        interrupted.run_until(at(300.0)).unwrap();
        prop_assert_eq!(interrupted.world.served, uninterrupted.world.served);
        prop_assert_eq!(interrupted.snapshot(MODEL).unwrap(), uninterrupted.snapshot(MODEL).unwrap());
    }

    /// Events seeded in another order lie otherwise in the queue, and are the same simulation.
    #[test]
    fn equal_simulations_have_equal_bytes(seed: u64, end in 0.0..10.0_f64) {
        let (mut forth, mut back) = (phold(16, seed, 0..16), phold(16, seed, (0..16).rev()));
        forth.run_until(at(end)).unwrap();
        back.run_until(at(end)).unwrap();
        prop_assert_eq!(forth.snapshot(MODEL).unwrap(), back.snapshot(MODEL).unwrap());
        prop_assert_eq!(forth.digest(), back.digest());
        back.step().unwrap();
        prop_assert_ne!(forth.digest(), back.digest());
    }

    #[test]
    fn a_flipped_byte_is_an_error(at: prop::sample::Index, flip in 1..=u8::MAX) {
        let mut bytes = a_day();
        let at = at.index(bytes.len());
        bytes[at] ^= flip;
        prop_assert!(restore(&bytes).is_err(), "byte {at} of {}", bytes.len());
    }

    /// Behind a checksum that holds: an error, or another state that is whole in itself.
    #[test]
    fn a_payload_of_any_bytes_is_no_panic(at: prop::sample::Index, put in prop::collection::vec(any::<u8>(), 0..12), cut: bool) {
        let bytes = a_day();
        let mut payload = bytes[32..].to_vec();
        let at = at.index(payload.len());
        if cut {
            payload.truncate(at);
        }
        let end = payload.len().min(at + put.len());
        payload.splice(at..end, put);
        if let Ok(restored) = restore(&sealed(&bytes, &payload)) {
            let again = restore(&restored.snapshot(MODEL).unwrap()).unwrap();
            prop_assert_eq!(again.digest(), restored.digest());
        }
    }

    #[test]
    fn any_bytes_are_no_panic(bytes in prop::collection::vec(any::<u8>(), 0..100)) {
        prop_assert!(restore(&bytes).is_err());
    }
}

#[test]
fn every_truncation_is_an_error_that_says_how_much_is_there() {
    let bytes = a_day();
    assert!(restore(&bytes).is_ok());
    for length in 0..bytes.len() {
        let error = restore(&bytes[..length]).unwrap_err();
        let SnapshotError::CutOff { found, expected } = error else { panic!("{length}: {error}") };
        let whole = if length < 32 { 32 } else { bytes.len() };
        assert_eq!((found, expected), (length as u64, whole as u64));
    }
}

#[test]
fn each_fault_has_its_error() {
    let bytes = a_day();
    let changed = |at: usize, value: u8| {
        let mut bytes = bytes.clone();
        bytes[at] = value;
        restore(&bytes).unwrap_err()
    };
    assert!(matches!(restore(b"PK\x03\x04").unwrap_err(), SnapshotError::NotASnapshot { found } if found == "PK\\x03\\x04"));
    assert!(matches!(changed(8, 2), SnapshotError::Version { found: 2 }));
    assert!(matches!(changed(16, 0), SnapshotError::Model { found: 0x5E00, expected: MODEL }));
    assert!(matches!(changed(31, 0x80), SnapshotError::CutOff { found, .. } if found == bytes.len() as u64));
    assert!(matches!(changed(40, bytes[40] ^ 1), SnapshotError::Checksum { .. }));
    let longer = [&bytes[..], b"x"].concat();
    assert!(matches!(restore(&longer), Err(SnapshotError::TooLong { found, expected }) if found == expected + 1));
}

fn fault(bytes: &[u8]) -> String {
    match restore(bytes) {
        Err(SnapshotError::Malformed { fault }) => fault,
        other => panic!("{:?}", other.map(|simulation| simulation.digest())),
    }
}

#[test]
fn a_whole_payload_may_still_be_no_state() {
    let bytes = a_day();
    assert!(fault(&sealed(&bytes, &[])).contains("the clock"));
    assert!(fault(&sealed(&bytes, &[&bytes[32..], b"x"].concat())).contains("1 bytes are left"));
    assert!(fault(&sealed(&bytes, &bytes[32..bytes.len() - 1])).contains("the world"));

    // Clock (time, microstep, sender, sequence), events handled, pending events, world.
    let state = |time: u64, microstep: u16, events: &[(u64, u32, u32, u32, u16, u64)]| {
        let clock = (time, microstep, 0_u32, 0_u32);
        let world = (Vec::<Actor>::new(),);
        sealed(&bytes, &postcard::to_allocvec(&(clock, 0_u64, events, world)).unwrap())
    };
    assert!(restore(&state(5, 0, &[(5, 0, 0, 0, 0, 0), (6, 0, 1, 0, 0, 0)])).is_ok());
    assert!(fault(&state(5, 0, &[(4, 0, 0, 0, 0, 0)])).contains("already"));
    assert!(fault(&state(5, 0, &[(6, 0, 0, 0, 0, 0), (5, 0, 1, 0, 0, 0)])).contains("out of order"));
    assert!(fault(&state(5, 0, &[(6, 0, 0, 0, 0, 0), (6, 0, 0, 0, 0, 0)])).contains("twice"));
    assert!(fault(&state(5, 0, &[(u64::MAX, 0, 0, 0, 0, 0)])).contains("never"));
    assert!(fault(&state(5, u16::MAX, &[])).contains("round 65535"));
    assert!(fault(&state(u64::MAX, 0, &[])).contains("never"));
}

/// A length of 2^60 events or actors in a few bytes: refused, not reserved.
#[test]
fn a_length_is_not_believed() {
    let bytes = a_day();
    let length = [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x10];
    let events = [&[0; 5][..], &length].concat();
    assert!(fault(&sealed(&bytes, &events)).contains("a pending event"));
    let actors = [&[0; 6][..], &length].concat();
    assert!(fault(&sealed(&bytes, &actors)).contains("the world"));
}

#[test]
fn messages_say_what_was_found_and_what_to_do() {
    let bytes = a_day();
    let error = restore(&bytes[..40]).unwrap_err().to_string();
    assert!(error.contains("40 of ") && error.contains("copy it again"), "{error}");
    let error = Simulation::<Phold>::restore(1, &bytes).unwrap_err().to_string();
    assert!(error.contains("model 0000000000005eed, this is model 0000000000000001"), "{error}");
    assert_eq!(snapshot::VERSION, 1, "the message of another version names this one");
}

/// Ticks as often as its plan says; the plan is shared and not a part of a snapshot.
#[derive(Clone)]
struct Ticker {
    plan: Arc<Vec<Duration>>,
    sender: Sender,
    ticks: u64,
}

impl Serialize for Ticker {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        (self.sender, self.ticks).serialize(serializer)
    }
}

impl World for Ticker {
    type Message = ();
    type Error = KernelError;

    fn handle(&mut self, event: &Event<()>, context: &mut Context<'_, ()>) -> Result<(), KernelError> {
        self.ticks += 1;
        let delay = self.plan[self.ticks as usize % self.plan.len()];
        context.send(&mut self.sender, event.target, delay, ())?;
        Ok(())
    }
}

#[test]
fn a_world_may_take_its_plan_from_elsewhere() {
    let plan: Arc<Vec<Duration>> = Arc::new([3, 1, 4, 1, 5].map(Duration::from_ns).to_vec());
    let model = digest_of(&*plan);
    let mut simulation = Simulation::new(Ticker { plan: plan.clone(), sender: Sender::new(0), ticks: 0 });
    simulation.with_context(|world, context| context.send_after(&mut world.sender, 0, 0.0, ())).unwrap();
    simulation.run_until(Time::from_ns(1000)).unwrap();
    let bytes = simulation.snapshot(model).unwrap();

    let complete = |(sender, ticks)| Ok::<_, KernelError>(Ticker { plan: plan.clone(), sender, ticks });
    let mut restored = Simulation::restore_with(model, &bytes, complete).unwrap();
    restored.run_until(Time::from_ns(5000)).unwrap();
    simulation.run_until(Time::from_ns(5000)).unwrap();
    assert_eq!(restored.digest(), simulation.digest());

    let refuse = |(_, ticks): (Sender, u64)| Err::<Ticker, _>(format!("{ticks} ticks are too many for the plan"));
    let error = Simulation::restore_with(model, &bytes, refuse).err().unwrap();
    assert!(matches!(&error, SnapshotError::World { reason } if reason.contains("too many")), "{error}");
}

/// A state that no bytes can hold.
#[derive(Clone)]
struct Unwritable(Cell<u32>);

impl Serialize for Unwritable {
    fn serialize<S: serde::Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        self.0.set(self.0.get() + 1);
        Err(serde::ser::Error::custom("no bytes for this"))
    }
}

impl World for Unwritable {
    type Message = ();
    type Error = KernelError;

    fn handle(&mut self, _: &Event<()>, _: &mut Context<'_, ()>) -> Result<(), KernelError> {
        Ok(())
    }
}

#[test]
fn what_cannot_be_written_is_an_error() {
    let simulation = Simulation::new(Unwritable(Cell::new(0)));
    assert!(matches!(simulation.snapshot(MODEL), Err(SnapshotError::Unwritable { .. })));
    assert_eq!(simulation.world.0.get(), 1);

    let mut simulation = phold(1, 1, 0..1);
    simulation.run_until(at(5.0)).unwrap();
    let past = Event { time: at(4.0), sender: 9, sequence: 0, target: 0, microstep: 0, message: 0 };
    *simulation.queue_mut() = rehearsal_kernel::Queue::new();
    simulation.queue_mut().push(past);
    assert!(matches!(simulation.snapshot(MODEL), Err(SnapshotError::Malformed { .. })));
}

#[test]
fn a_file_keeps_a_snapshot() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("day.snapshot");
    let bytes = a_day();
    snapshot::file::write_atomic(&path, &bytes).unwrap();
    let restored = restore(&snapshot::file::read(&path).unwrap()).unwrap();
    assert_eq!(restored.snapshot(MODEL).unwrap(), bytes);
}
