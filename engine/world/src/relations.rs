//! Relations: for each member of a group, those whom it is connected with.
//!
//! They are made when everybody is born, and stay. What decides them are the plan, the run's key and traits, which never
//! change: so a world that is restored makes them again, and a fork shares them.
//!
//! # Source
//! Erdős and Rényi 1959 with Batagelj and Brandes 2005, "Efficient generation of large random networks", algorithm 1;
//! Watts and Strogatz 1998; Barabási and Albert 1999 with Batagelj and Brandes, algorithm 5.

use crate::actors::{self, ActorId, index_of, kind_of};
use crate::error::RunError;
use crate::plan::{Links, Relation};
use crate::world::World;
use rehearsal_kernel::stream::{StreamKey, below, unit_open};
use rehearsal_kernel::{Bits, unit};
use rehearsal_language::types::NONE;
use std::collections::BTreeMap;

/// The memory of a tie while relations are made \[bytes\]: its place in a list that may have grown, and in the end.
const TIE_BYTES: u64 = 12;

/// One relation: the members of all, one after another, and where each one's begin.
#[derive(Debug, Default)]
pub(crate) struct Ties {
    kind: u16,
    first: usize,
    starts: Vec<u32>,
    others: Vec<ActorId>,
}

impl Ties {
    /// Those whom an actor is connected with, by number; nobody for those who are not of the group.
    pub(crate) fn of(&self, actor: ActorId) -> &[ActorId] {
        let place = index_of(actor).checked_sub(self.first).filter(|_| kind_of(actor) == self.kind);
        match place.and_then(|place| Some((self.starts.get(place)?, self.starts.get(place + 1)?))) {
            Some((start, end)) => &self.others[*start as usize..*end as usize],
            None => &[],
        }
    }

    /// Ties from lists of places in the group that they lead to, which begins at `to`.
    fn new((kind, first): (u16, usize), to: (u16, usize), lists: Vec<Vec<u32>>) -> Ties {
        let mut ties = Ties { kind, first, starts: vec![0], others: Vec::new() };
        for mut list in lists {
            list.sort_unstable();
            list.dedup();
            ties.others.extend(list.iter().map(|place| actors::id(to.0, to.1 + *place as usize)));
            ties.starts.push(ties.others.len() as u32);
        }
        ties
    }
}

impl World<'_> {
    /// Makes all relations of the plan.
    ///
    /// # Errors
    /// Where there would be more ties than there is memory for.
    pub(crate) fn relate(&mut self) -> Result<(), RunError> {
        let mut made = Vec::new();
        for relation in &self.common.plan.relations {
            let ties = self.expected(relation).min(u64::MAX as f64) as u64;
            let limit = u64::from(u32::MAX).min(self.common.plan.limits.bytes);
            self.hold(ties.min(limit).saturating_mul(TIE_BYTES), || format!("the ties of relation `{}`", relation.name))?;
            made.push(self.ties(relation));
        }
        self.relations = made.into();
        Ok(())
    }

    /// About how many ties a relation has, seen from both ends.
    fn expected(&self, relation: &Relation) -> f64 {
        let size = |group: u16| self.common.groups.get(group as usize).map_or(0, |(_, first, last)| last - first) as f64;
        let (of, to) = (size(relation.of), size(relation.to));
        match &relation.links {
            Links::Random { mean } => of * mean.min(of),
            Links::SmallWorld { neighbours, .. } => of * f64::from(*neighbours).min(of),
            Links::ScaleFree { links } => of * 2.0 * f64::from(*links).min(of),
            Links::Circles { size } => of * f64::from(*size).min(of),
            Links::Same { slot } => {
                self.common.groups.get(relation.of as usize).map_or(0.0, |group| self.alike_pairs(*group, *slot))
            }
            Links::Pointing { .. } => to,
        }
    }

    /// How many pairs of a group have the same word in a slot.
    fn alike_pairs(&self, (kind, first, last): (u16, usize, usize), slot: u16) -> f64 {
        let mut circles: BTreeMap<u64, f64> = BTreeMap::new();
        for index in first..last {
            *circles.entry(self.row(actors::id(kind, index), slot)).or_default() += 1.0;
        }
        circles.iter().filter(|(word, _)| **word != NONE).map(|(_, size)| size * (size - 1.0)).sum()
    }

    fn ties(&self, relation: &Relation) -> Ties {
        let (Some(of), Some(to)) = (self.common.groups.get(relation.of as usize), self.common.groups.get(relation.to as usize))
        else {
            return Ties::default();
        };
        let count = of.2 - of.1;
        let key = self.root.with_name("relation").with_name(&relation.name);
        let lists = match &relation.links {
            Links::Random { mean } => random(key, count, *mean),
            Links::SmallWorld { neighbours, rewired } => small_world(key, count, *neighbours as usize, *rewired),
            Links::ScaleFree { links } => scale_free(key, count, *links as usize),
            Links::Circles { size } => circles(key, count, *size as usize),
            Links::Same { slot } => self.alike(*of, *slot),
            Links::Pointing { slot } => self.pointing(*of, *to, *slot),
        };
        Ties::new((of.0, of.1), (to.0, to.1), lists)
    }

    /// For each member of a group the others with the same word in a slot.
    fn alike(&self, (kind, first, last): (u16, usize, usize), slot: u16) -> Vec<Vec<u32>> {
        let word = |index: usize| self.row(actors::id(kind, index), slot);
        let mut circles: BTreeMap<u64, Vec<u32>> = BTreeMap::new();
        for index in first..last {
            circles.entry(word(index)).or_default().push((index - first) as u32);
        }
        circles.remove(&NONE);
        let others = |index: usize| {
            let own = (index - first) as u32;
            circles.get(&word(index)).map(|circle| circle.iter().copied().filter(|place| *place != own).collect())
        };
        (first..last).map(|index| others(index).unwrap_or_default()).collect()
    }

    /// For each member of a group the members of another whose slot names it.
    fn pointing(&self, of: (u16, usize, usize), to: (u16, usize, usize), slot: u16) -> Vec<Vec<u32>> {
        let mut lists = vec![Vec::new(); of.2 - of.1];
        for index in to.1..to.2 {
            let named = actors::actor(self.row(actors::id(to.0, index), slot));
            let place = named.filter(|named| kind_of(*named) == of.0).and_then(|named| index_of(named).checked_sub(of.1));
            if let Some(list) = place.and_then(|place| lists.get_mut(place)) {
                list.push((index - to.1) as u32);
            }
        }
        lists
    }
}

fn tie(lists: &mut [Vec<u32>], a: usize, b: usize) {
    lists[a].push(b as u32);
    lists[b].push(a as u32);
}

/// Each pair is tied with the same chance; pairs between two ties are skipped at once, so the cost is that of the ties.
fn random(key: StreamKey, count: usize, mean: f64) -> Vec<Vec<u32>> {
    let mut lists = vec![Vec::new(); count];
    let chance = mean / (count.max(2) - 1) as f64;
    if chance >= 1.0 {
        return (0..count).map(|own| (0..count as u32).filter(|place| *place as usize != own).collect()).collect();
    }
    if chance <= 0.0 {
        return lists;
    }
    let mut counter = 0;
    let mut draws = key.draws(&mut counter);
    let none = libm::log1p(-chance);
    let (mut a, mut b) = (1_usize, -1_i64);
    loop {
        let skipped = libm::floor(libm::log(unit_open(draws.next())) / none);
        // So many pairs are not there.
        b = b.saturating_add(1).saturating_add(skipped as i64);
        while a < count && b >= a as i64 {
            b -= a as i64;
            a += 1;
        }
        if a >= count {
            return lists;
        }
        tie(&mut lists, a, b as usize);
    }
}

/// A ring in which everybody is tied to those nearest; of each tie the far end may be exchanged for anybody else.
fn small_world(key: StreamKey, count: usize, neighbours: usize, rewired: f64) -> Vec<Vec<u32>> {
    let mut lists: Vec<Vec<u32>> = vec![Vec::new(); count];
    let reach = (neighbours / 2).min(count.saturating_sub(1) / 2);
    for own in 0..count {
        (1..=reach).for_each(|step| tie(&mut lists, own, (own + step) % count));
    }
    let mut counter = 0;
    let mut draws = key.draws(&mut counter);
    for step in 1..=reach {
        for own in 0..count {
            let far = (own + step) % count;
            if unit(draws.next()) >= rewired || lists[own].len() >= count - 1 || !lists[own].contains(&(far as u32)) {
                continue;
            }
            let other = loop {
                let other = below(draws.next(), count as u64) as usize;
                if other != own && !lists[own].contains(&(other as u32)) {
                    break other;
                }
            };
            lists[own].retain(|place| *place as usize != far);
            lists[far].retain(|place| *place as usize != own);
            tie(&mut lists, own, other);
        }
    }
    lists
}

/// Each newcomer is tied to so many of those there, in proportion to the ties they have.
fn scale_free(key: StreamKey, count: usize, links: usize) -> Vec<Vec<u32>> {
    let mut lists: Vec<Vec<u32>> = vec![Vec::new(); count];
    let core = (links + 1).min(count);
    // Everybody stands here once for each tie.
    let mut ends: Vec<u32> = Vec::new();
    for a in 0..core {
        for b in 0..a {
            tie(&mut lists, a, b);
            ends.extend([a as u32, b as u32]);
        }
    }
    let mut counter = 0;
    let mut draws = key.draws(&mut counter);
    // Whom each one was chosen by last, so that nobody is chosen twice.
    let mut chosen_by = vec![0_u32; count];
    for own in core..count {
        let mut chosen: Vec<u32> = Vec::new();
        while chosen.len() < links {
            let other = ends[below(draws.next(), ends.len() as u64) as usize];
            if chosen_by[other as usize] != own as u32 {
                chosen_by[other as usize] = own as u32;
                chosen.push(other);
            }
        }
        for other in chosen {
            tie(&mut lists, own, other as usize);
            ends.extend([own as u32, other]);
        }
    }
    lists
}

/// Everybody is put into a circle by lot.
fn circles(key: StreamKey, count: usize, size: usize) -> Vec<Vec<u32>> {
    let mut order: Vec<u32> = (0..count as u32).collect();
    let mut counter = 0;
    let mut draws = key.draws(&mut counter);
    for place in (1..count).rev() {
        order.swap(place, below(draws.next(), place as u64 + 1) as usize);
    }
    let mut lists = vec![Vec::new(); count];
    for circle in order.chunks(size.max(1)) {
        for own in circle {
            lists[*own as usize] = circle.iter().copied().filter(|place| place != own).collect();
        }
    }
    lists
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: StreamKey = StreamKey::root(7, 0);

    fn degrees(lists: &[Vec<u32>]) -> Vec<f64> {
        lists.iter().map(|list| list.len() as f64).collect()
    }

    fn mean(values: &[f64]) -> f64 {
        values.iter().sum::<f64>() / values.len() as f64
    }

    /// No ties to oneself, none twice, and each known to both.
    fn sound(lists: &[Vec<u32>]) {
        for (own, list) in lists.iter().enumerate() {
            let mut sorted = list.clone();
            sorted.sort_unstable();
            sorted.dedup();
            assert_eq!(sorted.len(), list.len(), "a tie of {own} is there twice");
            assert!(!list.contains(&(own as u32)), "{own} is tied to itself");
            assert!(list.iter().all(|other| lists[*other as usize].contains(&(own as u32))), "{own} is not known to all");
        }
    }

    #[test]
    fn a_random_graph_has_poisson_degrees() {
        let lists = random(KEY, 20_000, 8.0);
        sound(&lists);
        let degrees = degrees(&lists);
        let mean = mean(&degrees);
        let variance = degrees.iter().map(|degree| (degree - mean) * (degree - mean)).sum::<f64>() / degrees.len() as f64;
        // 80,000 ties with a standard deviation of 283, counted at both ends: 8 ± 0.028. The variance of 20,000 Poisson
        // variates of mean 8 has a standard error of about 8 sqrt(2/20000) = 0.08. Four standard errors each.
        assert!((mean - 8.0).abs() < 4.0 * 0.0283, "mean {mean}");
        assert!((variance - 8.0).abs() < 4.0 * 0.083, "variance {variance}");
    }

    #[test]
    fn a_random_graph_that_is_full_or_empty_is_exactly_that() {
        assert!(random(KEY, 5, 4.0).iter().all(|list| list.len() == 4));
        assert!(random(KEY, 5, 0.0).iter().all(Vec::is_empty));
        assert!(random(KEY, 0, 3.0).is_empty() && random(KEY, 1, 3.0)[0].is_empty());
    }

    #[test]
    fn a_small_world_keeps_its_ties_and_loses_its_triangles() {
        let triangles = |lists: &[Vec<u32>]| {
            let tied = |a: u32, b: u32| lists[a as usize].contains(&b);
            lists
                .iter()
                .map(|list| {
                    list.iter().flat_map(|a| list.iter().map(move |b| (*a, *b))).filter(|(a, b)| a < b && tied(*a, *b)).count()
                })
                .sum::<usize>() as f64
        };
        let ring = small_world(KEY, 2000, 6, 0.0);
        let small = small_world(KEY, 2000, 6, 0.2);
        for lists in [&ring, &small] {
            sound(lists);
            assert_eq!(lists.iter().map(Vec::len).sum::<usize>(), 12_000);
        }
        // Clustering falls as (1 - rewired)^3 (Barrat and Weigt 2000), to 0.512 here; of 18,000 corners a tenth is far.
        let left = triangles(&small) / triangles(&ring);
        assert!((left - 0.512).abs() < 0.05, "{left} of the triangles are left");
    }

    #[test]
    fn a_scale_free_graph_has_few_with_many_ties() {
        let lists = scale_free(KEY, 20_000, 3);
        sound(&lists);
        let degrees = degrees(&lists);
        assert!(degrees.iter().all(|degree| *degree >= 3.0));
        // P(degree >= k) = m (m + 1) / (k (k + 1)): 12 / 110 for k = 10, with a standard error of 0.0022 if they were independent.
        let share = degrees.iter().filter(|degree| **degree >= 10.0).count() as f64 / 20_000.0;
        assert!((share - 12.0 / 110.0).abs() < 0.01, "{share} have ten ties or more");
        assert!(degrees.iter().copied().fold(0.0, f64::max) > 100.0, "nobody has many");
    }

    #[test]
    fn in_a_circle_everybody_knows_everybody() {
        let lists = circles(KEY, 10, 4);
        sound(&lists);
        let mut sizes: Vec<usize> = lists.iter().map(Vec::len).collect();
        sizes.sort_unstable();
        assert_eq!(sizes, [1, 1, 3, 3, 3, 3, 3, 3, 3, 3]);
    }

    #[test]
    fn who_is_not_of_the_group_has_no_ties() {
        let ties = Ties::new((3, 10), (3, 10), vec![vec![1], vec![0]]);
        assert_eq!(ties.of(actors::id(3, 10)), [actors::id(3, 11)]);
        for stranger in [actors::id(3, 9), actors::id(3, 12), actors::id(2, 10)] {
            assert!(ties.of(stranger).is_empty());
        }
    }
}
