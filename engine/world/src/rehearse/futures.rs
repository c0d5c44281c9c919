//! The futures of a rehearsal: the world forked for each way that is tried, moved ahead, and looked at.
//!
//! Way by way and future by future, one after another and in one pooled fork, so that a rehearsal takes the memory of one
//! more world. The run that is forked only reads; what comes back is the answer.

use super::{Seen, Trial, Wish};
use crate::error::RunError;
use crate::replication::check_size;
use crate::world::World;
use rehearsal_kernel::{Simulation, StreamKey, Time};
use rehearsal_policy::choice;

/// Events between two looks at how much is on its way.
const PORTION: u64 = 256;

/// The memory of futures, used again.
pub(crate) type Pool<'p> = Option<Box<Simulation<World<'p>>>>;

/// Answers all who have asked, in the order in which they did.
pub(crate) fn rehearse<'p>(simulation: &mut Simulation<World<'p>>, pool: &mut Pool<'p>) -> Result<(), RunError> {
    let mut asked = 0;
    while let Some(wish) = simulation.world.wishes.pop_front() {
        asked += 1;
        simulation.world.asked_enough(&wish, asked)?;
        let seen = match wish.trial.filter(|_| simulation.world.waiting_for(&wish).is_some()) {
            Some(trial) => Some(look_ahead(simulation, pool, &wish, trial)?),
            None => None,
        };
        let chosen = seen.as_ref().and_then(|seen| seen.choice.as_ref()).map(|choice| choice.chosen);
        let word = chosen.map_or(wish.inside, |chosen| simulation.world.step_of(&wish).of[chosen]);
        simulation.with_context(|world, context| {
            world.answer(&wish, word, seen.as_ref(), context)?;
            world.dismiss(context)
        })?;
    }
    Ok(())
}

/// Tries each way in each future, and chooses.
fn look_ahead<'p>(simulation: &Simulation<World<'p>>, pool: &mut Pool<'p>, wish: &Wish, trial: Trial) -> Result<Seen, RunError> {
    let world = &simulation.world;
    let (of, most) = (&world.step_of(wish).of, world.step_of(wish).most);
    let until = Time::from_ns(world.common.now.saturating_add(trial.span).min(world.common.plan.length));
    let (mut figures, mut events, mut left) =
        (Vec::with_capacity(of.len() * trial.futures as usize), 0, world.common.plan.limits.ahead);
    for number in 0..trial.futures {
        let chance = trial.chance.map(|chance| chance.with(u64::from(number)));
        for way in of {
            if left == 0 {
                return Err(world.too_much_ahead(wish));
            }
            let future = fork(simulation, pool);
            let (figure, handled) = play(future, wish, (*way, until, chance), left)?;
            figures.push(figure);
            events += handled;
            left = left.saturating_sub(handled + 1);
        }
    }
    Ok(Seen { choice: choice::choose(of.len(), &figures, most), events })
}

/// A copy in the memory of the last one.
fn fork<'f, 'p>(simulation: &Simulation<World<'p>>, pool: &'f mut Pool<'p>) -> &'f mut Simulation<World<'p>> {
    match pool {
        Some(pooled) => {
            simulation.fork_into(pooled);
            pooled
        }
        None => pool.insert(Box::new(simulation.clone())),
    }
}

/// One future in which a way is taken: its figure, and how many events it took.
fn play(
    future: &mut Simulation<World<'_>>,
    wish: &Wish,
    (way, until, chance): (u64, Time, Option<StreamKey>),
    left: u64,
) -> Result<(Option<f64>, u64), RunError> {
    let begun = future.handled();
    future.world.begin_future(chance);
    future.with_context(|world, context| {
        world.rouse(None, context)?;
        world.answer(wish, way, None, context)?;
        world.dismiss(context)
    })?;
    while future.run_before(until, PORTION)? == PORTION {
        check_size(future)?;
        if future.handled() - begun >= left {
            return Err(future.world.too_much_ahead(wish));
        }
    }
    let measure = future.world.step_of(wish).measure;
    future.world.common.now = until.as_ns();
    Ok((future.world.figure_of(measure)?, future.handled() - begun))
}

impl World<'_> {
    /// This copy is a future: it measures from here on, nobody in it rehearses, and it may have a chance of its own.
    pub(crate) fn begin_future(&mut self, chance: Option<StreamKey>) {
        self.ahead = true;
        self.wishes.iter_mut().for_each(|wish| wish.trial = None);
        self.common.measures.count_from(self.common.now, self.common.plan);
        if let Some(chance) = chance {
            self.stores.iter_mut().for_each(|store| store.change_keys(chance));
        }
    }

    /// The futures of a rehearsal take more events than they may.
    #[cold]
    fn too_much_ahead(&self, wish: &Wish) -> RunError {
        let most = self.common.plan.limits.ahead;
        let what = format!(
            "the futures of this rehearsal take more than {most} events: look less far ahead, or try fewer futures or ways"
        );
        self.fault(wish.by.0, wish.by.1, what)
    }
}
