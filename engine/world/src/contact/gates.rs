//! The gates: consent, suppression, quiet hours, caps, and the hours of the channel, each for all channels at hand.
//!
//! Most contacts have one channel. One that is learned has several, of which a gate may leave some; the last chooses.

use super::Request;
use crate::actors::{ActorId, index_of, kind_of};
use crate::error::RunError;
use crate::plan::{Channel, ContactPlan, QuietHours};
use crate::world::World;
use rehearsal_kernel::Duration;
use rehearsal_policy::governance::{Beyond, Cap};
use rehearsal_policy::quiet::Rest;
use rehearsal_trace::Gate;

/// What became of a request at the gates.
pub(super) enum Passage<'p> {
    /// It goes by this channel.
    Through(&'p Channel),
    /// It is refused.
    Refused(&'static str),
    /// It is tried again; `folds` where a later one of its class takes its place.
    Later { delay: u64, reason: &'static str, folds: bool },
}

/// The record of the gates of one request.
pub(super) type Gates = Vec<Gate>;

/// The most that a person's clock is ahead or behind \[s\].
const ZONE_MAX: f64 = 86_400.0;

fn say(gates: &mut Gates, name: &str, passed: bool, why: String) {
    gates.push(Gate { gate: name.into(), passed, why });
}

fn later(delay: u64, reason: &'static str) -> Passage<'static> {
    Passage::Later { delay, reason, folds: false }
}

impl<'p> World<'p> {
    /// The channels that a request may go by; none where it names none.
    pub(super) fn candidates(&mut self, request: &Request) -> Result<Vec<&'p Channel>, RunError> {
        let contact = &self.common.plan.contact;
        let mut name = request.channel;
        if let Some(preferred) = contact.preferred.filter(|_| name == self.name_word("preferred")) {
            name = self.value(request.agent, preferred, &request.given(name), &[])?;
        }
        let learn = contact.learn.as_ref().filter(|_| name == self.name_word("learned"));
        let meant = |channel: &&Channel| match learn {
            Some(learn) => learn.among.contains(&channel.name),
            None => u64::from(channel.name.0) == name,
        };
        let found = contact.channels.iter().filter(meant);
        Ok(if learn.is_some() { found.collect() } else { found.take(1).collect() })
    }

    /// Asks each gate in turn; remembers what they said.
    pub(super) fn gates(
        &mut self,
        person: ActorId,
        request: &Request,
        channels: Vec<&'p Channel>,
        gates: &mut Gates,
    ) -> Result<Passage<'p>, RunError> {
        let several = channels.clone();
        let mut channels = self.agreed(request, channels)?;
        say(gates, "consent", !channels.is_empty(), self.symbol(request.category));
        if channels.is_empty() {
            return Ok(Passage::Refused("no_consent"));
        }
        if ContactPlan::lists(&self.common.plan.contact.bypass, request.category) {
            say(gates, "bypass", true, self.symbol(request.category));
        } else {
            if let Some(stopped) = self.suppressed(request, &mut channels, gates)? {
                return Ok(stopped);
            }
            if let Some(stopped) = self.at_rest(request, gates)? {
                return Ok(stopped);
            }
            if let Some(stopped) = self.capped(person, request, gates) {
                return Ok(stopped);
            }
        }
        if let Some(stopped) = self.closed(&mut channels, gates) {
            return Ok(stopped);
        }
        match several.as_slice() {
            [_] => Ok(Passage::Through(channels[0])),
            _ => self.choose(person, request, (&several, &channels), gates).map(Passage::Through),
        }
    }

    /// The channels on which the person agrees to be contacted.
    fn agreed(&mut self, request: &Request, mut channels: Vec<&'p Channel>) -> Result<Vec<&'p Channel>, RunError> {
        let contact = &self.common.plan.contact;
        let Some(consent) = contact.consent.filter(|_| !ContactPlan::lists(&contact.without_consent, request.category)) else {
            return Ok(channels);
        };
        let mut failed = None;
        channels.retain(|channel| {
            let found = self.value(request.agent, consent, &request.given(u64::from(channel.name.0)), &[]);
            found.map(|word| word != 0).unwrap_or_else(|error| {
                failed = Some(error);
                false
            })
        });
        failed.map_or(Ok(channels), Err)
    }

    /// Whether the person still agrees, on any of the channels that a request may go by.
    pub(super) fn agrees(&mut self, request: &Request) -> Result<bool, RunError> {
        let channels = self.candidates(request)?;
        Ok(channels.is_empty() || !self.agreed(request, channels)?.is_empty())
    }

    /// Leaves the channels on which this is no bad moment; where there is none, what becomes of it.
    fn suppressed(
        &mut self,
        request: &Request,
        channels: &mut Vec<&'p Channel>,
        gates: &mut Gates,
    ) -> Result<Option<Passage<'p>>, RunError> {
        let plan = self.common.plan;
        let mut stopped = None;
        let mut left = Vec::new();
        'channels: for channel in channels.drain(..) {
            let given = request.given(u64::from(channel.name.0));
            for suppress in &plan.contact.suppress {
                if self.value(request.agent, suppress.condition, &given, &[])? == 0 {
                    continue;
                }
                if stopped.is_none() {
                    stopped = Some((suppress, given));
                }
                continue 'channels;
            }
            left.push(channel);
        }
        *channels = left;
        let Some((suppress, given)) = stopped.filter(|_| channels.is_empty()) else { return Ok(None) };
        say(gates, "suppress", false, suppress.name.clone());
        Ok(Some(match suppress.defer {
            Some(defer) => {
                let seconds = f64::from_bits(self.value(request.agent, defer, &given, &[])?);
                later(Duration::from_seconds(seconds)?.as_ns().max(1), "suppressed")
            }
            None => Passage::Refused("suppressed"),
        }))
    }

    /// Whether the person is left alone now, and for how long.
    fn at_rest(&mut self, request: &Request, gates: &mut Gates) -> Result<Option<Passage<'p>>, RunError> {
        let plan = self.common.plan;
        let Some(QuietHours { quiet, zone }) = &plan.contact.quiet else { return Ok(None) };
        let ahead = match zone {
            Some(zone) => {
                let ahead = f64::from_bits(self.value(request.agent, *zone, &request.given(request.channel), &[])?);
                if !(-ZONE_MAX..=ZONE_MAX).contains(&ahead) {
                    let what = format!("a clock that is {ahead} s ahead: it is a day at most, ahead or behind");
                    return Err(self.fault(request.agent, zone.start, what));
                }
                (ahead * 1e9) as i64
            }
            None => 0,
        };
        let rest = quiet.rest(&plan.calendar, self.common.now, ahead);
        say(gates, "quiet", rest == Rest::None, quiet.hours.to_string());
        Ok(match rest {
            Rest::None => None,
            Rest::For(delay) => Some(later(delay, "quiet_hours")),
            Rest::Always => Some(Passage::Refused("quiet_hours")),
        })
    }

    /// Whether it would be too often.
    fn capped(&mut self, person: ActorId, request: &Request, gates: &mut Gates) -> Option<Passage<'p>> {
        let (now, caps) = (self.common.now, &self.common.plan.contact.caps);
        let log = self.stores[kind_of(person) as usize].contacts_of(index_of(person));
        if let Some(held) = caps.held_back(log, now, request.category as u32) {
            let cap = held.cap;
            say(gates, "caps", false, format!("{} of {} in {}", held.counted, cap.at_most, Duration::from_ns(cap.per)));
            return Some(match (cap.beyond, held.room) {
                (Beyond::Drop, _) | (_, None) => Passage::Refused("contact_cap"),
                (beyond, Some(room)) => {
                    Passage::Later { delay: room - now, reason: "contact_cap", folds: beyond == Beyond::Merge }
                }
            });
        }
        let used = |cap: &Cap| format!("{} of {} in {}", log.counted(cap, now), cap.at_most, Duration::from_ns(cap.per));
        let shown = caps.caps.iter().filter(|cap| cap.of.is_none() || cap.concerns(request.category as u32));
        say(gates, "caps", true, shown.map(used).collect::<Vec<_>>().join(", "));
        None
    }

    /// Leaves the channels that are open; where there is none, until when the first of them is closed.
    fn closed(&self, channels: &mut Vec<&'p Channel>, gates: &mut Gates) -> Option<Passage<'p>> {
        let (calendar, now) = (&self.common.plan.calendar, self.common.now);
        let closed = |channel: &&'p Channel| channel.hours.as_ref().filter(|hours| !hours.is_open(calendar, now));
        if channels.iter().any(|channel| closed(channel).is_none()) {
            channels.retain(|channel| closed(channel).is_none());
            return None;
        }
        let hours: Vec<_> = channels.iter().filter_map(closed).collect();
        let shown: Vec<String> = hours.iter().map(|hours| hours.to_string()).collect();
        say(gates, "hours", false, shown.join(", "));
        Some(match hours.iter().filter_map(|hours| hours.next_open(calendar, now)).min() {
            Some(open) => later(open - now, "channel_closed"),
            None => Passage::Refused("channel_closed"),
        })
    }
}
