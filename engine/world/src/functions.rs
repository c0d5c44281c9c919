//! Functions of the runtime that expressions call: places, ways, dates and holders.

use crate::actors::{self, ActorId, HolderState};
use crate::plan::{Function, Places};
use crate::world::World;
use rehearsal_kernel::{Bits, below, mix};
use rehearsal_language::types::NONE;
use rehearsal_model::agenda::Agenda;

/// Places tried at random before all near ones are listed.
const TRIES: u64 = 200;

impl World<'_> {
    /// Calls function `f` for an actor; arguments and result share `words`.
    pub(crate) fn function(&mut self, actor: ActorId, f: u16, words: &mut [u64]) -> Result<(), String> {
        let plan = self.common.plan;
        match &plan.functions[f as usize] {
            Function::Nearest { group } => words[0] = self.nearest(*group, words[1])?,
            Function::Near { site } => words[0] = self.near(actor, *site, words[0], f64::from_bits(words[1]))?,
            Function::AnyHome { site } => words[0] = self.any_home(actor, *site)?,
            Function::RoadTime => words[0] = self.road(words[0], words[1])?.0.to_bits(),
            Function::RoadDistance => words[0] = self.road(words[0], words[1])?.1.to_bits(),
            Function::Distance => words[0] = self.distance(words[0], words[1])?.to_bits(),
            Function::Position => {
                let who = actors::actor(words[0]).ok_or("there is no such actor: the reference is none")?;
                words[0] = self.place_of(who);
            }
            Function::Remembered { feature, state } => {
                let mind = actors::actor(words[0]).ok_or("there is no such actor: the reference is none")?;
                words[0] = self.remembered(mind, *feature, *state);
            }
            Function::Free => {
                let HolderState::Agenda(agenda) = self.holder(words[0]) else { return Err("free(...) asks an Agenda".into()) };
                words[0] = u64::from(agenda.free(words[1], nanoseconds(f64::from_bits(words[2]))));
            }
            Function::CommonSlots { most } => return self.common_slots(*most, words),
            Function::Queue | Function::Busy | Function::Capacity | Function::Level => {
                words[0] = self.reading(&plan.functions[f as usize], words[0]).to_bits();
            }
            Function::ChannelCost | Function::Held => words[0] = u64::from(words[0] != NONE && words[0] != 0),
            Function::CrowdSize { crowd } => words[0] = self.crowd_size(actor, *crowd)? as u64,
            Function::CrowdMember { crowd } => words[0] = self.crowd_member(actor, *crowd, words[0] as usize)?,
            Function::Civil(civil) => words[0] = civil.of(&plan.calendar, self.common.now, words[0]),
        }
        Ok(())
    }

    fn crowd_size(&self, actor: ActorId, crowd: u16) -> Result<usize, String> {
        match (crowd as usize).checked_sub(self.common.plan.groups.len()) {
            // While the first are born nobody is related yet.
            Some(relation) => Ok(self.relations.get(relation).map_or(0, |ties| ties.of(actor).len())),
            None => self.common.groups.get(crowd as usize).map(|(_, first, last)| last - first).ok_or_else(|| {
                format!(
                    "group `{}` is born later: put it before the one that asks for its members",
                    self.common.plan.groups[crowd as usize].name
                )
            }),
        }
    }

    fn crowd_member(&self, actor: ActorId, crowd: u16, index: usize) -> Result<u64, String> {
        let member = match (crowd as usize).checked_sub(self.common.plan.groups.len()) {
            Some(relation) => self.relations.get(relation).and_then(|ties| ties.of(actor).get(index).copied()),
            None => self
                .common
                .groups
                .get(crowd as usize)
                .filter(|(_, first, last)| index < last - first)
                .map(|(kind, first, _)| actors::id(*kind, first + index)),
        };
        member.map(u64::from).ok_or_else(|| "there are not so many".into())
    }

    fn reading(&mut self, function: &Function, holder: u64) -> f64 {
        let now = self.common.now;
        let (queue, busy, capacity) = match self.holder(holder) {
            HolderState::Resource(resource) => (resource.queue_len(), resource.busy(), resource.capacity()),
            HolderState::Pool(pool) => (pool.waiting.len(), pool.size - pool.free.len() as u32, pool.size),
            HolderState::Stock(stock) => (stock.queue_len(), 0, stock.level()),
            HolderState::Agenda(agenda) => (0, u32::from(agenda.used(now)), u32::from(agenda.capacity())),
            HolderState::Line(line) => (line.len(), 0, line.batch()),
        };
        f64::from(match function {
            Function::Queue => queue as u32,
            Function::Busy => busy,
            _ => capacity,
        })
    }

    fn node(&self, place: u64) -> Result<u32, String> {
        u32::try_from(place).map_err(|_| "there is no such place: it is none".into())
    }

    /// Metres as the crow flies.
    fn distance(&self, a: u64, b: u64) -> Result<f64, String> {
        let (a, b) = (self.node(a)?, self.node(b)?);
        let roads = self.travel.as_ref().ok_or("this scenario has no map")?.roads();
        let ([ax, ay], [bx, by]) = (roads.xy(a), roads.xy(b));
        Ok(libm::sqrt((ax - bx) * (ax - bx) + (ay - by) * (ay - by)))
    }

    /// Seconds and metres by road, leaving now.
    fn road(&mut self, a: u64, b: u64) -> Result<(f64, f64), String> {
        let (a, b) = (self.node(a)?, self.node(b)?);
        let factor = self.traffic(self.common.now);
        let travel = self.travel.as_mut().ok_or("this scenario has no roads")?;
        let route = travel.route(a, b, 0.0).ok_or("there is no way by road between these places")?;
        Ok((f64::from(route.duration_ms()) / 1e3 * factor, route.metres))
    }

    fn nearest(&mut self, group: u16, place: u64) -> Result<u64, String> {
        let (kind, first, last) = self.common.groups.get(group as usize).copied().ok_or_else(|| {
            format!(
                "group `{}` is born later: put it before the one that asks for its nearest",
                self.common.plan.groups[group as usize].name
            )
        })?;
        let mut best = (f64::INFINITY, NONE);
        for index in first..last {
            let member = actors::id(kind, index);
            let distance = self.distance(place, self.place_of(member))?;
            if distance < best.0 {
                best = (distance, u64::from(member));
            }
        }
        if best.1 == NONE { Err("nobody is nearest: the group has no members with a place".into()) } else { Ok(best.1) }
    }

    fn near(&mut self, actor: ActorId, site: u16, place: u64, metres: f64) -> Result<u64, String> {
        let node = self.node(place)?;
        let bits = self.draw(actor, site, |draws| draws.next());
        let roads = self.travel.as_ref().ok_or("this scenario has no map")?.roads();
        // Places are tried until one lies near enough: on a stream of their own, so that one draw is counted.
        let ([x, y], count) = (roads.xy(node), roads.node_count() as u64);
        let within = metres.max(0.0) * metres.max(0.0);
        for tried in 0..TRIES {
            let found = below(mix(bits ^ mix(tried)), count) as u32;
            let [a, b] = roads.xy(found);
            if (a - x) * (a - x) + (b - y) * (b - y) <= within {
                return Ok(u64::from(found));
            }
        }
        let nodes = roads.nodes_within(node, metres.max(0.0));
        let chosen = nodes.get(below(bits, nodes.len() as u64) as usize);
        Ok(chosen.map_or(place, |node| u64::from(*node)))
    }

    fn any_home(&mut self, actor: ActorId, site: u16) -> Result<u64, String> {
        let bits = self.draw(actor, site, |draws| draws.next());
        let roads = self.travel.as_ref().ok_or("this scenario has no map")?.roads();
        let homes = roads.homes();
        if homes.is_empty() {
            return Err("nobody can live on this map: it has no residential roads".into());
        }
        Ok(u64::from(homes[below(bits, homes.len() as u64) as usize]))
    }

    /// Where a member of a group stands.
    pub(crate) fn group_place(&mut self, places: &Places, index: usize, bits: u64) -> Option<u64> {
        match places {
            Places::None => None,
            Places::List(nodes) => nodes.get(index % nodes.len().max(1)).map(|node| u64::from(*node)),
            Places::Drawn(nodes) => nodes.get(below(bits, nodes.len() as u64) as usize).map(|node| u64::from(*node)),
        }
    }

    /// Arguments: a list of agendas, span, from, to, step. Result: a list of slots.
    fn common_slots(&mut self, (agendas_most, slots_most): (u16, u16), words: &mut [u64]) -> Result<(), String> {
        let count = words[0] as usize;
        let holders: Vec<u64> = words[1..=count].to_vec();
        let rest = &words[1 + agendas_most as usize..];
        let (span, from, to) = (f64::from_bits(rest[0]), rest[1], rest[2]);
        let step = nanoseconds(f64::from_bits(rest[3])).max(1);
        let mut agendas: Vec<&Agenda> = Vec::new();
        for word in &holders {
            let (owner, number) = (*word as u32, (*word >> 32) as usize & 0xffff);
            let kind = actors::kind_of(owner) as usize;
            let each = self.common.plan.kinds[kind].holders.len();
            match &self.stores[kind].holders.all[actors::index_of(owner) * each + number] {
                HolderState::Agenda(agenda) => agendas.push(agenda),
                _ => return Err("common_slots(...) looks into agendas".into()),
            }
        }
        let from = from.div_ceil(step) * step;
        let starts = Agenda::first_common(&agendas, nanoseconds(span), from, to, step);
        let mut found = 0;
        for start in starts.take(slots_most as usize) {
            words[1 + 2 * found] = start;
            words[2 + 2 * found] = span.to_bits();
            found += 1;
        }
        words[0] = found as u64;
        Ok(())
    }
}

fn nanoseconds(seconds: f64) -> u64 {
    (seconds * 1e9) as u64
}
