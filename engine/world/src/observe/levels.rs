//! How full holders are, how many wait for them, and what boards show, as the record keeps it.
//!
//! Whose numbers may have changed is noted while events are handled and looked at once, when their moment is over: what
//! several events of one instant do to a queue is one line of the record. Only what differs from what was written before
//! is written. Agendas are left out: how much of one is taken is a matter of the time that is asked about, see
//! `rehearsal_trace::Level`.

use super::Observer;
use crate::actors::{ActorId, HolderState, index_of, kind_of};
use crate::error::RunError;
use crate::plan::{Field, Kind, Plan};
use crate::world::World;
use rehearsal_language::types::NONE;
use rehearsal_trace::{Fields, Level, Record, Value, What};

/// What was written of levels and boards, and who is to be looked at.
#[derive(Default)]
pub(super) struct Levels {
    /// By kind.
    kinds: Vec<Seen>,
    /// Who may have changed at the moment that is not over.
    touched: Vec<ActorId>,
    /// That moment \[ns\].
    moment: u64,
}

/// What was written of the actors of one kind.
#[derive(Default)]
struct Seen {
    /// Holders of one actor.
    holders: usize,
    /// The slots of a row that its board shows, word by word.
    shows: Vec<u16>,
    /// By actor and holder; all zero and nothing where none was written.
    levels: Vec<Level>,
    /// By actor: the words of its board.
    boards: Vec<u64>,
}

impl Seen {
    fn of(kind: &Kind) -> Seen {
        let shown = kind.fields.iter().filter(|field| field.board);
        let shows = shown.flat_map(|field| field.slot..field.slot + field.ty.width()).collect();
        Seen { holders: kind.holders.len(), shows, ..Seen::default() }
    }

    /// Whether there is anything to be seen of this kind.
    fn is_any(&self) -> bool {
        self.holders > 0 || !self.shows.is_empty()
    }

    /// What was written last of a holder.
    fn level(&mut self, index: usize, holder: usize) -> &mut Level {
        let place = index * self.holders + holder;
        if self.levels.len() <= place {
            self.levels.resize((index + 1) * self.holders, Level::default());
        }
        &mut self.levels[place]
    }

    /// Takes the words that a board shows now; whether they are others than before.
    fn shows(&mut self, index: usize, word: impl Fn(u16) -> u64) -> bool {
        let words = self.shows.len();
        if self.boards.len() < (index + 1) * words {
            self.boards.resize((index + 1) * words, NONE);
        }
        let before = self.boards[index * words..].iter_mut();
        self.shows.iter().zip(before).fold(false, |differs, (slot, before)| {
            let now = word(*slot);
            std::mem::replace(before, now) != now || differs
        })
    }
}

impl Levels {
    pub(super) fn new(plan: &Plan) -> Levels {
        Levels { kinds: plan.kinds.iter().map(Seen::of).collect(), ..Levels::default() }
    }
}

impl Observer {
    /// Notes that the numbers of an actor may have changed now \[ns\].
    pub(crate) fn touch(&mut self, actor: ActorId, now: u64) {
        if !self.interest.sights {
            return;
        }
        let levels = &mut self.levels;
        if !levels.kinds[kind_of(actor) as usize].is_any() || levels.touched.last() == Some(&actor) {
            return;
        }
        if levels.touched.is_empty() {
            levels.moment = now;
        }
        levels.touched.push(actor);
    }

    /// Whether a moment is over in which numbers may have changed \[ns\].
    pub(crate) fn is_past(&self, now: u64) -> bool {
        !self.levels.touched.is_empty() && self.levels.moment < now
    }
}

impl World<'_> {
    /// Writes down what the moment has done to holders and boards, where there is a record.
    pub(crate) fn record_levels(&mut self) -> Result<(), RunError> {
        let Some(mut observer) = self.common.observer.take() else { return Ok(()) };
        let mut touched = std::mem::take(&mut observer.levels.touched);
        touched.sort_unstable();
        touched.dedup();
        let found = touched.drain(..).filter(|actor| self.alive(*actor)).try_for_each(|actor| {
            self.levels_of(actor, &mut observer)?;
            self.board_of(actor, &mut observer)
        });
        observer.levels.touched = touched;
        self.common.observer = Some(observer);
        found
    }

    fn levels_of(&self, actor: ActorId, observer: &mut Observer) -> Result<(), RunError> {
        let (kind, index) = (kind_of(actor) as usize, index_of(actor));
        let plans = &self.common.plan.kinds[kind].holders;
        let at = observer.levels.moment;
        for (number, plan) in plans.iter().enumerate() {
            let Some(level) = self.stores[kind].holders.all.get(index * plans.len() + number).and_then(level) else { continue };
            let before = observer.levels.kinds[kind].level(index, number);
            if *before != level {
                *before = level;
                let what = What::Level { actor, holder: plan.name.clone(), level };
                observer.put(Record { at, what })?;
            }
        }
        Ok(())
    }

    fn board_of(&self, actor: ActorId, observer: &mut Observer) -> Result<(), RunError> {
        let at = observer.levels.moment;
        let seen = &mut observer.levels.kinds[kind_of(actor) as usize];
        if seen.shows(index_of(actor), |slot| self.row(actor, slot)) {
            let what = What::Board { actor, values: self.shown(actor) };
            observer.put(Record { at, what })?;
        }
        Ok(())
    }

    /// What the board of an actor shows; what is missing is left out.
    fn shown(&self, actor: ActorId) -> Fields {
        let fields = self.common.plan.kinds[kind_of(actor) as usize].fields.iter().filter(|field| field.board);
        let value = |field: &Field| {
            let words: Vec<u64> = (field.slot..field.slot + field.ty.width()).map(|slot| self.row(actor, slot)).collect();
            (field.name.clone(), self.show(&field.ty, &words))
        };
        fields.map(value).filter(|(_, value)| *value != Value::None).collect()
    }
}

/// The numbers of a holder; none of an agenda.
fn level(holder: &HolderState) -> Option<Level> {
    let places = |waiting: usize, busy: u32, capacity: u32| Level {
        waiting: narrow(waiting),
        busy: Some(busy),
        capacity: Some(capacity),
        left: None,
    };
    Some(match holder {
        HolderState::Resource(resource) => places(resource.queue_len(), resource.busy(), resource.capacity()),
        HolderState::Pool(pool) => places(pool.waiting.len(), pool.size - narrow(pool.free.len()), pool.size),
        HolderState::Stock(stock) => Level { waiting: narrow(stock.queue_len()), left: Some(stock.level()), ..Level::default() },
        HolderState::Line(line) => Level { waiting: narrow(line.len()), ..Level::default() },
        HolderState::Agenda(_) => return None,
    })
}

fn narrow(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
