//! Capacity over time on a grid: what is booked ahead, and what is still free.
//!
//! An [`Agenda`] counts, for each step of a grid, how many of its equal places
//! are taken: bays of a workshop, hours of one person, rooms. It does not know
//! who took them. To find a time that suits several, see [`Agenda::first_common`].

use std::sync::Arc;

/// Why a span cannot be reserved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AgendaError {
    /// The span is not wholly on the grid.
    #[error("span {start_ns}..{end_ns} ns: outside the agenda, which covers {from_ns}..{to_ns} ns; choose a time within")]
    Outside {
        /// Start of the span \[ns\].
        start_ns: u64,
        /// End of the span \[ns\].
        end_ns: u64,
        /// Start of the agenda \[ns\].
        from_ns: u64,
        /// End of the agenda \[ns\].
        to_ns: u64,
    },
    /// A step of the span is closed.
    #[error("step at {at_ns} ns: closed; choose a time that is open")]
    Closed {
        /// Start of the first closed step \[ns\].
        at_ns: u64,
    },
    /// A step of the span is full.
    #[error("step at {at_ns} ns: all {capacity} places are taken; choose a free time")]
    Full {
        /// Start of the first full step \[ns\].
        at_ns: u64,
        /// How many places there are.
        capacity: u16,
    },
}

/// How many of its equal places are taken in each step of time.
///
/// A bit for each step where there is one place, as in the calendar of a person, else two bytes; cloning copies them. When it is
/// closed, copies know together.
#[derive(Debug, PartialEq, Eq)]
pub struct Agenda {
    start_ns: u64,
    step_ns: u64,
    capacity: u16,
    used: Used,
    /// One bit for each step.
    closed: Arc<[u64]>,
}

impl Clone for Agenda {
    fn clone(&self) -> Agenda {
        Agenda { used: self.used.clone(), closed: Arc::clone(&self.closed), ..*self }
    }

    /// Copies into the memory that is there.
    fn clone_from(&mut self, source: &Agenda) {
        (self.start_ns, self.step_ns, self.capacity) = (source.start_ns, source.step_ns, source.capacity);
        self.used.clone_from(&source.used);
        self.closed = Arc::clone(&source.closed);
    }
}

/// How many places are taken, step by step.
#[derive(Debug, PartialEq, Eq)]
enum Used {
    /// Of one place: a bit for each of so many steps.
    Single { bits: Vec<u64>, steps: usize },
    /// Of several, or of none.
    Several(Vec<u16>),
}

impl Clone for Used {
    fn clone(&self) -> Used {
        match self {
            Used::Single { bits, steps } => Used::Single { bits: bits.clone(), steps: *steps },
            Used::Several(counts) => Used::Several(counts.clone()),
        }
    }

    fn clone_from(&mut self, source: &Used) {
        match (self, source) {
            (Used::Single { bits, steps }, Used::Single { bits: other, steps: theirs }) => {
                bits.clone_from(other);
                *steps = *theirs;
            }
            (Used::Several(counts), Used::Several(other)) => counts.clone_from(other),
            (this, source) => *this = source.clone(),
        }
    }
}

impl Used {
    fn new(steps: usize, capacity: u16) -> Used {
        match capacity {
            1 => Used::Single { bits: vec![0; steps.div_ceil(64)], steps },
            _ => Used::Several(vec![0; steps]),
        }
    }

    fn len(&self) -> usize {
        match self {
            Used::Single { steps, .. } => *steps,
            Used::Several(counts) => counts.len(),
        }
    }

    /// How many places of a step are taken.
    fn at(&self, step: usize) -> u16 {
        match self {
            Used::Single { bits, .. } => (bits[step / 64] >> (step % 64)) as u16 & 1,
            Used::Several(counts) => counts[step],
        }
    }

    fn set(&mut self, step: usize, used: u16) {
        match self {
            Used::Single { bits, .. } => {
                let bit = 1 << (step % 64);
                if used == 0 { bits[step / 64] &= !bit } else { bits[step / 64] |= bit }
            }
            Used::Several(counts) => counts[step] = used,
        }
    }

    /// Where, from `step` on, the first step lies that has not as many places taken as this one; the end where all have.
    fn next_other(&self, step: usize) -> usize {
        match self {
            Used::Single { bits, steps } => {
                let alike = if self.at(step) == 0 { 0 } else { u64::MAX };
                let mut word = step / 64;
                let mut others = (bits[word] ^ alike) >> (step % 64) << (step % 64);
                while others == 0 {
                    word += 1;
                    match bits.get(word) {
                        Some(bits) => others = bits ^ alike,
                        None => return *steps,
                    }
                }
                (64 * word + others.trailing_zeros() as usize).min(*steps)
            }
            Used::Several(counts) => {
                let (first, rest) = (counts[step], &counts[step..]);
                // Most steps are like their neighbours, so eight are looked at together.
                let eights = rest.as_chunks::<8>().0.iter().take_while(|eight| **eight == [first; 8]).count();
                step + 8 * eights + rest[8 * eights..].iter().take_while(|next| **next == first).count()
            }
        }
    }
}

impl Agenda {
    /// An empty agenda of so many steps, all open.
    ///
    /// # Panics
    /// If `step_ns` is zero.
    pub fn new(start_ns: u64, step_ns: u64, steps: usize, capacity: u16) -> Self {
        assert!(step_ns > 0, "a step of an agenda takes time, but step_ns is 0");
        // Steps that no moment falls into are left out.
        let room = usize::try_from((u64::MAX - start_ns) / step_ns).unwrap_or(usize::MAX);
        let steps = steps.min(room);
        let closed = vec![0; steps.div_ceil(64)].into();
        Self { start_ns, step_ns, capacity, used: Used::new(steps, capacity), closed }
    }

    /// When the first step starts \[ns\].
    pub fn start_ns(&self) -> u64 {
        self.start_ns
    }

    /// When the last step ends \[ns\].
    pub fn end_ns(&self) -> u64 {
        self.step_start(self.used.len())
    }

    /// How long a step is \[ns\].
    pub fn step_ns(&self) -> u64 {
        self.step_ns
    }

    /// How many steps there are.
    pub fn steps(&self) -> usize {
        self.used.len()
    }

    /// How many places there are in each step.
    pub fn capacity(&self) -> u16 {
        self.capacity
    }

    /// Whether every step that the span touches is open and has a free place.
    ///
    /// A span of no length touches the step it lies in. What is outside the
    /// grid is not free. The cost is the number of steps touched.
    pub fn free(&self, start: u64, span: u64) -> bool {
        self.touched(start, span).is_some_and(|(first, end)| self.first_blocked(first, end).is_none())
    }

    /// Takes a place in every step that the span touches, or in none.
    ///
    /// # Errors
    /// If the span is not free, with the first reason.
    pub fn reserve(&mut self, start: u64, span: u64) -> Result<(), AgendaError> {
        let (first, end) = self.touched(start, span).ok_or(AgendaError::Outside {
            start_ns: start,
            end_ns: start.saturating_add(span),
            from_ns: self.start_ns,
            to_ns: self.end_ns(),
        })?;
        if let Some(step) = self.first_blocked(first, end) {
            let (at_ns, capacity) = (self.step_start(step), self.capacity);
            return Err(match self.is_closed_step(step) {
                true => AgendaError::Closed { at_ns },
                false => AgendaError::Full { at_ns, capacity },
            });
        }
        (first..end).for_each(|step| self.used.set(step, self.used.at(step) + 1));
        Ok(())
    }

    /// Gives back a place in every step that the span touches.
    ///
    /// Changes nothing and is false if one of them has no place taken.
    pub fn cancel(&mut self, start: u64, span: u64) -> bool {
        let Some((first, end)) = self.touched(start, span) else {
            return false;
        };
        let taken = (first..end).all(|step| self.used.at(step) > 0);
        if taken {
            (first..end).for_each(|step| self.used.set(step, self.used.at(step) - 1));
        }
        taken
    }

    /// How many places are taken at a moment; 0 outside the grid.
    pub fn used(&self, t: u64) -> u16 {
        self.step_at(t).map_or(0, |step| self.used.at(step))
    }

    /// How many places are taken in each step, from the first on, as stretches that are alike: so many steps, and how many in each.
    pub fn stretches(&self) -> Vec<(u32, u16)> {
        let (mut stretches, mut step) = (Vec::new(), 0);
        while step < self.used.len() {
            let end = self.used.next_other(step);
            stretches.push(((end - step) as u32, self.used.at(step)));
            step = end;
        }
        stretches
    }

    /// The memory that it has for itself \[bytes\].
    pub fn bytes(&self) -> u64 {
        match &self.used {
            Used::Single { bits, .. } => 8 * bits.len() as u64,
            Used::Several(counts) => 2 * counts.len() as u64,
        }
    }

    /// Whether a moment is open; false outside the grid.
    pub fn is_open(&self, t: u64) -> bool {
        self.step_at(t).is_some_and(|step| !self.is_closed_step(step))
    }

    /// Closes the steps for whose start \[ns\] the condition holds, in order.
    ///
    /// What is booked in them stays booked.
    pub fn close(&mut self, mut condition: impl FnMut(u64) -> bool) {
        let mut closed = self.closed.to_vec();
        for step in 0..self.used.len() {
            if condition(self.step_start(step)) {
                closed[step / 64] |= 1 << (step % 64);
            }
        }
        self.closed = closed.into();
    }

    /// Sets how many places of a step are taken, at most its capacity.
    ///
    /// For agendas that are not empty when a run begins. A step that is not on
    /// the grid is passed over.
    pub fn fill(&mut self, step_index: usize, used: u16) {
        if step_index < self.used.len() {
            self.used.set(step_index, used.min(self.capacity));
        }
    }

    /// The starts at which a span is free in all agendas, ascending.
    ///
    /// Tries `from`, `from + step`, and so on before `to`; the span may end
    /// later than `to`. A `step` of zero tries `from` alone. Full and closed
    /// stretches are jumped over.
    pub fn first_common<'a>(
        agendas: &'a [&'a Agenda],
        span: u64,
        from: u64,
        to: u64,
        step: u64,
    ) -> impl Iterator<Item = u64> + 'a {
        CommonStarts { agendas, span, to, step, next: Some(from) }
    }

    /// The time taken between two moments, summed over places \[ns\].
    ///
    /// Two places taken for an hour are two hours. Saturates.
    pub fn busy_ns(&self, from: u64, to: u64) -> u64 {
        self.sum(from, to, |step| u64::from(self.used.at(step)))
    }

    /// The time that is open between two moments \[ns\], taken or not.
    pub fn open_ns(&self, from: u64, to: u64) -> u64 {
        self.sum(from, to, |step| u64::from(!self.is_closed_step(step)))
    }

    fn sum(&self, from: u64, to: u64, weight: impl Fn(usize) -> u64) -> u64 {
        let (from, to) = (from.max(self.start_ns), to.min(self.end_ns()));
        let Some((first, end)) = to.checked_sub(from).and_then(|span| self.touched(from, span)) else {
            return 0;
        };
        (first..end).fold(0_u64, |sum, step| {
            let overlap = self.step_start(step + 1).min(to) - self.step_start(step).max(from);
            sum.saturating_add(overlap.saturating_mul(weight(step)))
        })
    }

    fn step_start(&self, step: usize) -> u64 {
        self.start_ns + step as u64 * self.step_ns
    }

    fn step_at(&self, t: u64) -> Option<usize> {
        let step = usize::try_from(t.checked_sub(self.start_ns)? / self.step_ns).ok()?;
        (step < self.used.len()).then_some(step)
    }

    /// The steps that a span touches, first and past the last.
    fn touched(&self, start: u64, span: u64) -> Option<(usize, usize)> {
        let last = start.checked_add(span.saturating_sub(1))?;
        Some((self.step_at(start)?, self.step_at(last)? + 1))
    }

    fn is_closed_step(&self, step: usize) -> bool {
        self.closed[step / 64] & (1 << (step % 64)) != 0
    }

    fn is_blocked_step(&self, step: usize) -> bool {
        self.used.at(step) >= self.capacity || self.is_closed_step(step)
    }

    fn first_blocked(&self, first: usize, end: usize) -> Option<usize> {
        (first..end).find(|&step| self.is_blocked_step(step))
    }

    /// If a span does not fit at `start`: before when it cannot start either.
    /// `u64::MAX` if it cannot start at any later time.
    fn blocked_until(&self, start: u64, span: u64) -> Option<u64> {
        if start < self.start_ns {
            return Some(self.start_ns);
        }
        let Some((first, end)) = self.touched(start, span) else {
            return Some(u64::MAX);
        };
        // Any start before the end of the last blocked step touches it too.
        (first..end).rfind(|&step| self.is_blocked_step(step)).map(|step| self.step_start(step + 1))
    }
}

struct CommonStarts<'a> {
    agendas: &'a [&'a Agenda],
    span: u64,
    to: u64,
    step: u64,
    next: Option<u64>,
}

impl CommonStarts<'_> {
    /// The first start on the raster of `step` that is not before `earliest`.
    fn skip_to(&self, start: u64, earliest: u64) -> Option<u64> {
        let steps = (earliest - start).checked_div(self.step)?;
        let exact = (earliest - start).is_multiple_of(self.step);
        let steps = if exact { steps } else { steps + 1 };
        start.checked_add(steps.checked_mul(self.step)?)
    }
}

impl Iterator for CommonStarts<'_> {
    type Item = u64;

    fn next(&mut self) -> Option<u64> {
        loop {
            let start = self.next.filter(|&start| start < self.to)?;
            let blocked = self.agendas.iter().filter_map(|agenda| agenda.blocked_until(start, self.span)).max();
            match blocked {
                Some(earliest) => self.next = self.skip_to(start, earliest),
                None => {
                    self.next = start.checked_add(self.step).filter(|&next| next > start);
                    return Some(start);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn agenda() -> Agenda {
        Agenda::new(1000, 10, 20, 2)
    }

    #[test]
    fn a_span_takes_every_step_it_touches() {
        let mut agenda = agenda();
        assert_eq!(agenda.reserve(1005, 10), Ok(()));
        assert_eq!([1000, 1019, 1020].map(|t| agenda.used(t)), [1, 1, 0]);
        assert_eq!(agenda.reserve(1010, 10), Ok(()));
        assert_eq!(agenda.reserve(1000, 30), Err(AgendaError::Full { at_ns: 1010, capacity: 2 }));
        assert_eq!(agenda.used(1000), 1, "a refused reservation leaves nothing behind");
        assert_eq!(agenda.busy_ns(1000, 1015), 10 + 2 * 5);
        assert!(agenda.cancel(1005, 10));
        assert!(!agenda.cancel(1005, 10), "the first step has nothing left");
        assert_eq!(agenda.used(1010), 1);
    }

    #[test]
    fn outside_and_closed_are_not_free() {
        let mut agenda = agenda();
        assert!(!agenda.free(999, 5) && !agenda.free(1195, 6) && !agenda.free(u64::MAX, 9));
        assert!(agenda.free(1190, 10) && agenda.free(1000, 0) && !agenda.free(1200, 0));
        agenda.close(|start| (1050..1100).contains(&start));
        assert_eq!(agenda.reserve(1045, 10), Err(AgendaError::Closed { at_ns: 1050 }));
        assert!(agenda.free(1040, 10) && agenda.free(1100, 10));
        assert_eq!(agenda.open_ns(0, u64::MAX), 150);
        assert!(matches!(agenda.reserve(0, 1), Err(AgendaError::Outside { .. })));
    }

    #[test]
    fn huge_agendas_end_with_time() {
        let agenda = Agenda::new(u64::MAX - 25, 10, 1_000_000, 1);
        assert_eq!(agenda.steps(), 2);
        assert_eq!(agenda.end_ns(), u64::MAX - 5);
        let agendas = [&agenda];
        let starts: Vec<u64> = Agenda::first_common(&agendas, 10, 0, u64::MAX, 5).collect();
        assert_eq!(starts, [u64::MAX - 25, u64::MAX - 20, u64::MAX - 15]);
    }

    #[test]
    fn a_step_of_zero_tries_one_start() {
        let agenda = agenda();
        assert_eq!(Agenda::first_common(&[&agenda], 5, 1000, 1100, 0).count(), 1);
        assert_eq!(Agenda::first_common(&[&agenda], 5, 900, 1100, 0).count(), 0);
        assert_eq!(Agenda::first_common(&[], 5, 0, 100, 50).count(), 2);
    }

    fn any_agenda() -> impl Strategy<Value = Agenda> {
        let steps = prop::collection::vec((0_u16..3, any::<bool>()), 1..40);
        (0_u64..200, 1_u64..20, steps).prop_map(|(start, step, filled)| {
            let mut agenda = Agenda::new(start, step, filled.len(), 2);
            let mut closes = filled.iter().map(|(used, closed)| *closed && *used == 0);
            agenda.close(|_| closes.next().expect("one for each step"));
            filled.iter().enumerate().for_each(|(i, (used, _))| agenda.fill(i, *used));
            agenda
        })
    }

    proptest! {
        #[test]
        fn common_starts_are_those_free_in_all(
            a in any_agenda(), b in any_agenda(), span in 0_u64..60, from in 0_u64..300, length in 0_u64..600, step in 1_u64..30,
        ) {
            let to = from + length;
            let expected: Vec<u64> = (from..to)
                .step_by(step as usize)
                .filter(|&start| a.free(start, span) && b.free(start, span))
                .collect();
            let agendas = [&a, &b];
            let found: Vec<u64> = Agenda::first_common(&agendas, span, from, to, step).collect();
            prop_assert_eq!(found, expected);
        }

        #[test]
        fn what_is_reserved_can_be_cancelled(mut agenda in any_agenda(), start in 0_u64..600, span in 0_u64..90) {
            let before = agenda.clone();
            let free = agenda.free(start, span);
            prop_assert_eq!(agenda.reserve(start, span).is_ok(), free);
            if free {
                prop_assert_eq!(agenda.used(start), before.used(start) + 1);
                prop_assert!(agenda.cancel(start, span));
            }
            prop_assert_eq!(agenda, before);
        }

        #[test]
        fn busy_time_adds_up(agenda in any_agenda(), a in 0_u64..900, b in 0_u64..900, c in 0_u64..900) {
            let mut cuts = [a, b, c];
            cuts.sort_unstable();
            let [a, b, c] = cuts;
            prop_assert_eq!(agenda.busy_ns(a, b) + agenda.busy_ns(b, c), agenda.busy_ns(a, c));
            prop_assert_eq!((a..c).map(|t| u64::from(agenda.used(t))).sum::<u64>(), agenda.busy_ns(a, c));
        }
    }
}
