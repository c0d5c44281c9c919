//! How each type of the schema lies in a block.
//!
//! Fields follow one another without names or padding, in the order of their
//! declaration; what `wire.rs` calls a time is counted from the record's own.
//! A change here is a change of format: raise `VERSION`.

use crate::error::TraceError;
use crate::schema::{
    Actor, Area, Contact, Decision, Gate, Header, Level, Lost, Measured, Polyline, Record, Undecided, Value, Waypoint, What,
};
use crate::wire::{DEPTH_MAX, Eye, Fault, Pen};

/// A type that lies in a block.
pub(crate) trait Wire: Sized {
    fn put(&self, pen: &mut Pen<'_>) -> Result<(), TraceError>;
    fn take(eye: &mut Eye<'_>) -> Result<Self, Fault>;
}

/// Writes `Wire` for a structure whose fields lie one after another.
macro_rules! wire {
    ($type:ident { $($field:ident),+ }) => {
        impl Wire for $type {
            fn put(&self, pen: &mut Pen<'_>) -> Result<(), TraceError> {
                $(self.$field.put(pen)?;)+
                Ok(())
            }
            fn take(eye: &mut Eye<'_>) -> Result<Self, Fault> {
                Ok($type { $($field: Wire::take(eye)?),+ })
            }
        }
    };
}

/// Writes `Wire` for unsigned numbers, as varints.
macro_rules! wire_unsigned {
    ($($type:ty),+) => {
        $(impl Wire for $type {
            fn put(&self, pen: &mut Pen<'_>) -> Result<(), TraceError> {
                pen.varint(u64::from(*self));
                Ok(())
            }
            fn take(eye: &mut Eye<'_>) -> Result<Self, Fault> {
                eye.narrow()
            }
        })+
    };
}

wire_unsigned!(u16, u32, u64);
wire!(Gate { gate, passed, why });
wire!(Lost { rule, why, detail });
wire!(Actor { id, kind, name, segment, at });
wire!(Contact { decision, from, to, template, category, channel, outcome, gates, cost });
wire!(Header {
    scenario,
    title,
    policy,
    beside,
    seed,
    replication,
    start,
    length_ns,
    kinds,
    actors,
    measures,
    roads,
    areas,
    engine
});
wire!(Measured { name, label, unit, better });

impl Wire for bool {
    fn put(&self, pen: &mut Pen<'_>) -> Result<(), TraceError> {
        pen.byte(u8::from(*self));
        Ok(())
    }
    fn take(eye: &mut Eye<'_>) -> Result<Self, Fault> {
        eye.flag()
    }
}

impl Wire for i32 {
    fn put(&self, pen: &mut Pen<'_>) -> Result<(), TraceError> {
        pen.signed(i64::from(*self));
        Ok(())
    }
    fn take(eye: &mut Eye<'_>) -> Result<Self, Fault> {
        let value = eye.signed()?;
        i32::try_from(value).map_err(|_| format!("it has the number {value} where 32 bits belong"))
    }
}

impl Wire for f64 {
    fn put(&self, pen: &mut Pen<'_>) -> Result<(), TraceError> {
        pen.float(*self);
        Ok(())
    }
    fn take(eye: &mut Eye<'_>) -> Result<Self, Fault> {
        eye.float()
    }
}

impl Wire for String {
    fn put(&self, pen: &mut Pen<'_>) -> Result<(), TraceError> {
        pen.text(self);
        Ok(())
    }
    fn take(eye: &mut Eye<'_>) -> Result<Self, Fault> {
        eye.text()
    }
}

/// A single position, counted from latitude 0, longitude 0.
impl Wire for [f64; 2] {
    fn put(&self, pen: &mut Pen<'_>) -> Result<(), TraceError> {
        pen.position(*self, &mut [0; 2])
    }
    fn take(eye: &mut Eye<'_>) -> Result<Self, Fault> {
        eye.position(&mut [0; 2])
    }
}

impl<T: Wire> Wire for Option<T> {
    fn put(&self, pen: &mut Pen<'_>) -> Result<(), TraceError> {
        pen.byte(u8::from(self.is_some()));
        self.as_ref().map_or(Ok(()), |some| some.put(pen))
    }
    fn take(eye: &mut Eye<'_>) -> Result<Self, Fault> {
        eye.flag()?.then(|| T::take(eye)).transpose()
    }
}

impl<A: Wire, B: Wire> Wire for (A, B) {
    fn put(&self, pen: &mut Pen<'_>) -> Result<(), TraceError> {
        self.0.put(pen)?;
        self.1.put(pen)
    }
    fn take(eye: &mut Eye<'_>) -> Result<Self, Fault> {
        Ok((A::take(eye)?, B::take(eye)?))
    }
}

impl<T: Wire> Wire for Vec<T> {
    fn put(&self, pen: &mut Pen<'_>) -> Result<(), TraceError> {
        pen.varint(self.len() as u64);
        self.iter().try_for_each(|item| item.put(pen))
    }
    /// Space is taken as items turn up, not on the word of their number.
    fn take(eye: &mut Eye<'_>) -> Result<Self, Fault> {
        let length = eye.length(1)?;
        let mut items = Vec::with_capacity(length.min(64));
        for _ in 0..length {
            items.push(T::take(eye)?);
        }
        Ok(items)
    }
}

impl Wire for Polyline {
    fn put(&self, pen: &mut Pen<'_>) -> Result<(), TraceError> {
        self.class.put(pen)?;
        put_points(&self.points, pen)
    }
    fn take(eye: &mut Eye<'_>) -> Result<Self, Fault> {
        Ok(Polyline { class: Wire::take(eye)?, points: take_points(eye)? })
    }
}

impl Wire for Area {
    fn put(&self, pen: &mut Pen<'_>) -> Result<(), TraceError> {
        self.class.put(pen)?;
        self.name.put(pen)?;
        put_points(&self.outline, pen)
    }
    fn take(eye: &mut Eye<'_>) -> Result<Self, Fault> {
        Ok(Area { class: Wire::take(eye)?, name: Wire::take(eye)?, outline: take_points(eye)? })
    }
}

/// Positions one after another, each counted from the one before.
fn put_points(points: &[[f64; 2]], pen: &mut Pen<'_>) -> Result<(), TraceError> {
    pen.varint(points.len() as u64);
    let mut last = [0; 2];
    points.iter().try_for_each(|&point| pen.position(point, &mut last))
}

fn take_points(eye: &mut Eye<'_>) -> Result<Vec<[f64; 2]>, Fault> {
    let mut last = [0; 2];
    let length = eye.length(2)?;
    (0..length).map(|_| eye.position(&mut last)).collect()
}

/// A byte that says which numbers there are, then those.
impl Wire for Level {
    fn put(&self, pen: &mut Pen<'_>) -> Result<(), TraceError> {
        let numbers = [self.busy, self.capacity, self.left];
        pen.byte(numbers.iter().rev().fold(0, |mask, number| mask << 1 | u8::from(number.is_some())));
        pen.varint(u64::from(self.waiting));
        numbers.into_iter().flatten().for_each(|number| pen.varint(u64::from(number)));
        Ok(())
    }
    fn take(eye: &mut Eye<'_>) -> Result<Self, Fault> {
        let mask = eye.byte()?;
        if mask > 7 {
            return Err(format!("it has an unknown kind of level, {mask}"));
        }
        let waiting = eye.narrow()?;
        let mut number = |bit: u8| (mask >> bit & 1 == 1).then(|| eye.narrow()).transpose();
        Ok(Level { waiting, busy: number(0)?, capacity: number(1)?, left: number(2)? })
    }
}

impl Wire for Vec<Waypoint> {
    fn put(&self, pen: &mut Pen<'_>) -> Result<(), TraceError> {
        pen.varint(self.len() as u64);
        let (mut last, mut at) = ([0; 2], pen.now);
        for point in self {
            pen.position([point.lat, point.lon], &mut last)?;
            pen.signed(point.at.wrapping_sub(at) as i64);
            at = point.at;
        }
        Ok(())
    }
    fn take(eye: &mut Eye<'_>) -> Result<Self, Fault> {
        let length = eye.length(3)?;
        let (mut last, mut at) = ([0; 2], eye.now);
        let mut point = || {
            let [lat, lon] = eye.position(&mut last)?;
            at = at.wrapping_add(eye.signed()? as u64);
            Ok(Waypoint { lat, lon, at })
        };
        (0..length).map(|_| point()).collect()
    }
}

impl Wire for Value {
    fn put(&self, pen: &mut Pen<'_>) -> Result<(), TraceError> {
        match self {
            Value::None => pen.byte(0),
            Value::Bool(value) => pen.byte(1 + u8::from(*value)),
            Value::Int(value) => {
                pen.byte(3);
                pen.signed(*value);
            }
            Value::Number(value) => put_number(*value, [4, 5], pen),
            Value::Quantity(value, unit) => {
                put_number(*value, [6, 7], pen);
                pen.text(unit);
            }
            Value::Time(at) => {
                pen.byte(8);
                pen.time(*at);
            }
            Value::Text(text) => {
                pen.byte(9);
                pen.text(text);
            }
            Value::Actor(id) => {
                pen.byte(10);
                pen.varint(u64::from(*id));
            }
            Value::List(items) => {
                pen.byte(11);
                pen.depth += 1;
                if pen.depth > DEPTH_MAX {
                    return Err(TraceError::Depth { limit: DEPTH_MAX });
                }
                items.put(pen)?;
                pen.depth -= 1;
            }
        }
        Ok(())
    }

    fn take(eye: &mut Eye<'_>) -> Result<Self, Fault> {
        Ok(match eye.byte()? {
            0 => Value::None,
            1 => Value::Bool(false),
            2 => Value::Bool(true),
            3 => Value::Int(eye.signed()?),
            4 => Value::Number(eye.signed()? as f64),
            5 => Value::Number(eye.float()?),
            6 => Value::Quantity(eye.signed()? as f64, eye.text()?),
            7 => Value::Quantity(eye.float()?, eye.text()?),
            8 => Value::Time(eye.time()?),
            9 => Value::Text(eye.text()?),
            10 => Value::Actor(eye.narrow()?),
            11 => {
                eye.depth += 1;
                if eye.depth > DEPTH_MAX {
                    return Err(format!("it nests lists more than {DEPTH_MAX} deep"));
                }
                let items = Wire::take(eye)?;
                eye.depth -= 1;
                Value::List(items)
            }
            other => return Err(format!("it has an unknown kind of value, {other}")),
        })
    }
}

/// A whole number of up to 48 bits as a varint, any other by its bits.
fn put_number(value: f64, [whole, bits]: [u8; 2], pen: &mut Pen<'_>) {
    let rounded = value as i64;
    if (rounded as f64).to_bits() == value.to_bits() && rounded.unsigned_abs() < 1 << 48 {
        pen.byte(whole);
        pen.signed(rounded);
    } else {
        pen.byte(bits);
        pen.float(value);
    }
}

impl Wire for Decision {
    fn put(&self, pen: &mut Pen<'_>) -> Result<(), TraceError> {
        self.id.put(pen)?;
        self.policy.put(pen)?;
        self.mode.put(pen)?;
        self.agent.put(pen)?;
        self.profile.put(pen)?;
        self.rule.put(pen)?;
        self.place.put(pen)?;
        self.priority.put(pen)?;
        self.state.put(pen)?;
        self.goto.put(pen)?;
        self.cause.put(pen)?;
        pen.time(self.happened);
        put_matched(&self.matched, pen)?;
        self.condition.put(pen)?;
        self.read.put(pen)?;
        self.lost.put(pen)?;
        self.unknown.put(pen)
    }
    fn take(eye: &mut Eye<'_>) -> Result<Self, Fault> {
        Ok(Decision {
            id: Wire::take(eye)?,
            policy: Wire::take(eye)?,
            mode: Wire::take(eye)?,
            agent: Wire::take(eye)?,
            profile: Wire::take(eye)?,
            rule: Wire::take(eye)?,
            place: Wire::take(eye)?,
            priority: Wire::take(eye)?,
            state: Wire::take(eye)?,
            goto: Wire::take(eye)?,
            cause: Wire::take(eye)?,
            happened: eye.time()?,
            matched: take_matched(eye)?,
            condition: Wire::take(eye)?,
            read: Wire::take(eye)?,
            lost: Wire::take(eye)?,
            unknown: Wire::take(eye)?,
        })
    }
}

impl Wire for Undecided {
    fn put(&self, pen: &mut Pen<'_>) -> Result<(), TraceError> {
        self.policy.put(pen)?;
        self.mode.put(pen)?;
        self.agent.put(pen)?;
        self.profile.put(pen)?;
        self.state.put(pen)?;
        self.cause.put(pen)?;
        pen.time(self.happened);
        self.lost.put(pen)?;
        self.unknown.put(pen)
    }
    fn take(eye: &mut Eye<'_>) -> Result<Self, Fault> {
        Ok(Undecided {
            policy: Wire::take(eye)?,
            mode: Wire::take(eye)?,
            agent: Wire::take(eye)?,
            profile: Wire::take(eye)?,
            state: Wire::take(eye)?,
            cause: Wire::take(eye)?,
            happened: eye.time()?,
            lost: Wire::take(eye)?,
            unknown: Wire::take(eye)?,
        })
    }
}

/// What a pattern matched, and when.
fn put_matched(matched: &[(String, u64)], pen: &mut Pen<'_>) -> Result<(), TraceError> {
    pen.varint(matched.len() as u64);
    matched.iter().try_for_each(|(name, at)| {
        name.put(pen)?;
        pen.time(*at);
        Ok(())
    })
}

fn take_matched(eye: &mut Eye<'_>) -> Result<Vec<(String, u64)>, Fault> {
    let length = eye.length(2)?;
    (0..length).map(|_| Ok((Wire::take(eye)?, eye.time()?))).collect()
}

/// The time lies first, as the distance from `pen.now`, the record before.
impl Wire for Record {
    fn put(&self, pen: &mut Pen<'_>) -> Result<(), TraceError> {
        pen.varint(self.at.wrapping_sub(pen.now));
        pen.now = self.at;
        self.what.put(pen)
    }
    fn take(eye: &mut Eye<'_>) -> Result<Self, Fault> {
        let at = eye.now.checked_add(eye.varint()?);
        let at = at.ok_or("it has a time beyond 2^64 ns")?;
        eye.now = at;
        Ok(Record { at, what: What::take(eye)? })
    }
}

impl Wire for What {
    fn put(&self, pen: &mut Pen<'_>) -> Result<(), TraceError> {
        match self {
            What::State { actor, region, state } => {
                pen.byte(0);
                actor.put(pen)?;
                region.put(pen)?;
                state.put(pen)
            }
            What::Message { sent, from, to, name, fields } => {
                pen.byte(1);
                pen.time(*sent);
                from.put(pen)?;
                to.put(pen)?;
                name.put(pen)?;
                fields.put(pen)
            }
            What::Note { actor, name, fields } => {
                pen.byte(2);
                actor.put(pen)?;
                name.put(pen)?;
                fields.put(pen)
            }
            What::Move { actor, arrive, path } => {
                pen.byte(3);
                actor.put(pen)?;
                pen.time(*arrive);
                path.put(pen)
            }
            What::Spawn { actor, parent } => {
                pen.byte(4);
                actor.put(pen)?;
                parent.put(pen)
            }
            What::End { actor } => {
                pen.byte(5);
                actor.put(pen)
            }
            What::Decision(decision) => {
                pen.byte(6);
                decision.put(pen)
            }
            What::Contact(contact) => {
                pen.byte(7);
                contact.put(pen)
            }
            What::Undecided(undecided) => {
                pen.byte(8);
                undecided.put(pen)
            }
            What::Written { from, to, template, text } => {
                pen.byte(9);
                from.put(pen)?;
                to.put(pen)?;
                template.put(pen)?;
                text.put(pen)
            }
            What::Figures { values } => {
                pen.byte(10);
                values.put(pen)
            }
            What::Level { actor, holder, level } => {
                pen.byte(11);
                actor.put(pen)?;
                holder.put(pen)?;
                level.put(pen)
            }
            What::Board { actor, values } => {
                pen.byte(12);
                actor.put(pen)?;
                values.put(pen)
            }
        }
    }

    fn take(eye: &mut Eye<'_>) -> Result<Self, Fault> {
        Ok(match eye.byte()? {
            0 => What::State { actor: Wire::take(eye)?, region: Wire::take(eye)?, state: Wire::take(eye)? },
            1 => What::Message {
                sent: eye.time()?,
                from: Wire::take(eye)?,
                to: Wire::take(eye)?,
                name: Wire::take(eye)?,
                fields: Wire::take(eye)?,
            },
            2 => What::Note { actor: Wire::take(eye)?, name: Wire::take(eye)?, fields: Wire::take(eye)? },
            3 => What::Move { actor: Wire::take(eye)?, arrive: eye.time()?, path: Wire::take(eye)? },
            4 => What::Spawn { actor: Wire::take(eye)?, parent: Wire::take(eye)? },
            5 => What::End { actor: Wire::take(eye)? },
            6 => What::Decision(Wire::take(eye)?),
            7 => What::Contact(Wire::take(eye)?),
            8 => What::Undecided(Wire::take(eye)?),
            9 => {
                What::Written { from: Wire::take(eye)?, to: Wire::take(eye)?, template: Wire::take(eye)?, text: Wire::take(eye)? }
            }
            10 => What::Figures { values: Wire::take(eye)? },
            11 => What::Level { actor: Wire::take(eye)?, holder: Wire::take(eye)?, level: Wire::take(eye)? },
            12 => What::Board { actor: Wire::take(eye)?, values: Wire::take(eye)? },
            other => return Err(format!("it has an unknown kind of record, {other}")),
        })
    }
}
