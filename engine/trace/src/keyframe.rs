//! A snapshot inside the file, so that seeking never begins at the start.
//!
//! It lists every actor that exists; those declared in the header by number
//! only. Where to start: [`put`], whose inverse is [`take`].

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::codec::Wire;
use crate::error::TraceError;
use crate::schema::{Actor, Level, Waypoint};
use crate::snapshot::{Journey, Presence, Snapshot};
use crate::wire::{Eye, Fault, Pen};

/// Writes a snapshot.
pub(crate) fn put(snapshot: &Snapshot, pen: &mut Pen<'_>) -> Result<(), TraceError> {
    pen.now = snapshot.at;
    pen.varint(snapshot.actors.len() as u64);
    let mut last = 0;
    for (&id, presence) in &snapshot.actors {
        pen.varint(u64::from(id - last));
        last = id;
        put_presence(presence, snapshot.at, pen)?;
    }
    Ok(())
}

fn put_presence(presence: &Presence, now: u64, pen: &mut Pen<'_>) -> Result<(), TraceError> {
    match &presence.actor {
        None => pen.byte(0),
        Some(_) if !presence.spawned => pen.byte(1),
        Some(actor) => {
            pen.byte(2);
            actor.put(pen)?;
        }
    }
    pen.varint(presence.states.len() as u64);
    for (region, state) in &presence.states {
        pen.text(region);
        pen.text(state);
    }
    let mut presence = presence;
    let settled;
    if presence.journey.as_ref().is_some_and(|journey| journey.over() <= now) {
        let mut copy = presence.clone();
        copy.settle(now);
        settled = copy;
        presence = &settled;
    }
    presence.at.put(pen)?;
    pen.byte(u8::from(presence.journey.is_some()));
    if let Some(journey) = &presence.journey {
        pen.time(journey.arrive);
        journey.path.put(pen)?;
    }
    pen.varint(presence.levels.len() as u64);
    for (holder, level) in &presence.levels {
        pen.text(holder);
        level.put(pen)?;
    }
    presence.board.put(pen)
}

/// Reads a snapshot of moment `at`; `declared` are the header's actors.
pub(crate) fn take(eye: &mut Eye<'_>, at: u64, declared: &BTreeMap<u32, Arc<Actor>>) -> Result<Snapshot, Fault> {
    eye.now = at;
    let mut snapshot = Snapshot::empty(at);
    let mut id = 0_u32;
    for _ in 0..eye.length(7)? {
        id = id.checked_add(eye.narrow()?).ok_or("it has an actor beyond 32 bits")?;
        let presence = take_presence(eye, declared.get(&id), &mut snapshot)?;
        snapshot.actors.insert(id, presence);
    }
    match eye.remaining() {
        0 => Ok(snapshot),
        more => Err(format!("{more} bytes follow its last actor")),
    }
}

fn take_presence(eye: &mut Eye<'_>, declared: Option<&Arc<Actor>>, snapshot: &mut Snapshot) -> Result<Presence, Fault> {
    let mut presence = Presence::default();
    match eye.byte()? {
        0 => {}
        1 => {
            let actor = declared.ok_or("it has an actor that the header does not declare")?;
            presence = Presence::of(actor.clone());
        }
        2 => {
            presence = Presence::of(Arc::new(Actor::take(eye)?));
            presence.spawned = true;
        }
        other => return Err(format!("it has an unknown kind of actor, {other}")),
    }
    for _ in 0..eye.length(2)? {
        let (region, state) = (eye.text()?, eye.text()?);
        presence.states.push((snapshot.name(&region), snapshot.name(&state)));
    }
    presence.at = Wire::take(eye)?;
    if eye.flag()? {
        let arrive = eye.time()?;
        let path: Vec<Waypoint> = Wire::take(eye)?;
        if path.is_empty() {
            return Err("it has a journey without waypoints".into());
        }
        presence.journey = Some(Journey { arrive, path });
    }
    for _ in 0..eye.length(3)? {
        let holder = eye.text()?;
        presence.levels.push((snapshot.name(&holder), Level::take(eye)?));
    }
    presence.board = Wire::take(eye)?;
    Ok(presence)
}
