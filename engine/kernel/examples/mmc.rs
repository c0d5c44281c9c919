//! Shows how to write a model: a bank with one queue and several clerks (M/M/c), held against theory.

use rehearsal_kernel::distribution::exponential;
use rehearsal_kernel::{Context, Event, KernelError, Sender, Simulation, Stream, StreamKey, Time, World};
use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Serialize, Deserialize)]
pub(crate) enum Message {
    Arrive,
    Leave,
}

#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Bank {
    pub(crate) desk: Sender,
    arrivals: Stream,
    services: Stream,
    waiting: std::collections::VecDeque<Time>, // when those who wait came
    pub(crate) free: u32,
    pub(crate) served: u64,
    pub(crate) waited_s: f64,
}

impl World for Bank {
    type Message = Message;
    type Error = KernelError;
    fn handle(&mut self, event: &Event<Message>, context: &mut Context<'_, Message>) -> Result<(), KernelError> {
        match event.message {
            Message::Arrive => {
                self.waiting.push_back(context.now());
                context.send_after(&mut self.desk, event.target, exponential(&mut self.arrivals, 1.0), Message::Arrive)?;
            }
            Message::Leave => self.free += 1,
        }
        while let Some(arrived) = self.waiting.pop_front_if(|_| self.free > 0) {
            self.free -= 1;
            self.served += 1;
            self.waited_s += context.now().since(arrived).as_seconds();
            context.send_after(&mut self.desk, event.target, exponential(&mut self.services, 2.4), Message::Leave)?;
        }
        Ok(())
    }
}

pub(crate) fn bank(clerks: u32, seed: u64) -> Result<Simulation<Bank>, KernelError> {
    let [arrivals, services] = ["arrivals", "services"].map(|name| StreamKey::root(seed, 0).with_name(name).stream());
    let (desk, waiting) = (Sender::new(0), Default::default());
    let mut bank = Simulation::new(Bank { desk, arrivals, services, waiting, free: clerks, served: 0, waited_s: 0.0 });
    bank.with_context(|bank, context| context.send_after(&mut bank.desk, 0, 0.0, Message::Arrive)).map(|_| bank)
}

#[allow(clippy::print_stdout, reason = "an example prints")]
fn main() -> Result<(), KernelError> {
    let mut bank = bank(3, 2026)?;
    bank.run_until(Time::from_seconds(1_000_000.0)?)?;
    let lost = (1..=3).fold(1.0, |lost, clerk| 2.4 * lost / (f64::from(clerk) + 2.4 * lost));
    let theory_s = 3.0 * lost / (3.0 - 2.4 * (1.0 - lost)) * 2.4 / (3.0 - 2.4); // A. K. Erlang, 1917
    println!("mean wait {:.2} s, by theory {theory_s:.2} s", bank.world.waited_s / bank.world.served as f64);
    Ok(())
}
