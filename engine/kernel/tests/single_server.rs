//! A single server with a queue (M/M/1) on the bare kernel, against queueing theory.

use std::collections::VecDeque;

use rehearsal_kernel::distribution::exponential;
use rehearsal_kernel::{Context, Draws, Duration, Event, KernelError, Sender, Simulation, StreamKey, Time, World};

#[derive(Clone, Copy)]
enum Message {
    Arrival,
    Departure,
}

const SOURCE: u32 = 0;
const SERVER: u32 = 1;

/// Customers arrive at rate 0.8 and are served at rate 1 `[1/s]`, first come first served.
struct SingleServer {
    root: StreamKey,
    counters: [u32; 2],
    senders: [Sender; 2],
    /// Arrival times of those who wait; the first is being served.
    present: VecDeque<Time>,
    served: u64,
    wait_s: f64,
}

impl SingleServer {
    fn draw(&mut self, actor: u32, mean: f64) -> Result<Duration, KernelError> {
        let key = self.root.with(u64::from(actor));
        let counter = &mut self.counters[actor as usize];
        Duration::from_seconds(exponential(&mut Draws { key, counter }, mean))
    }

    fn send(&mut self, context: &mut Context<'_, Message>, actor: u32, mean: f64, message: Message) -> Result<(), KernelError> {
        let delay = self.draw(actor, mean)?;
        context.send(&mut self.senders[actor as usize], SERVER, delay, message)?;
        Ok(())
    }

    fn serve(&mut self, context: &mut Context<'_, Message>) -> Result<(), KernelError> {
        let Some(arrived) = self.present.front() else {
            return Ok(());
        };
        self.wait_s += context.now().since(*arrived).as_seconds();
        self.served += 1;
        self.send(context, SERVER, 1.0, Message::Departure)
    }
}

impl World for SingleServer {
    type Message = Message;
    type Error = KernelError;

    fn handle(&mut self, event: &Event<Message>, context: &mut Context<'_, Message>) -> Result<(), KernelError> {
        if let Message::Arrival = event.message {
            self.present.push_back(context.now());
            self.send(context, SOURCE, 1.0 / 0.8, Message::Arrival)?;
            return if self.present.len() == 1 { self.serve(context) } else { Ok(()) };
        }
        self.present.pop_front();
        self.serve(context)
    }
}

/// Theory: the mean wait is ρ / (μ - λ) = 4 s. The mean over n customers deviates by sqrt(V / n)
/// with V = ρ (2 + 5ρ - 4ρ² + ρ³) / (1 - ρ)⁴ = 1976 s² (D. J. Daley, "The serial correlation
/// coefficients of waiting times in a stationary single server queue", 1968): 0.044 s for a
/// million. The tolerance is four deviations; starting empty shifts the mean by less than 0.001.
#[test]
fn the_mean_wait_agrees_with_theory() {
    let world = SingleServer {
        root: StreamKey::root(20, 0),
        counters: [0; 2],
        senders: [Sender::new(SOURCE), Sender::new(SERVER)],
        present: VecDeque::new(),
        served: 0,
        wait_s: 0.0,
    };
    let mut simulation = Simulation::new(world);
    simulation.with_context(|world, context| world.send(context, SOURCE, 1.25, Message::Arrival)).unwrap();
    let end = Duration::from_seconds(1_250_000.0).unwrap();
    simulation.run_until(Time::ZERO.checked_add(end).unwrap()).unwrap();

    let world = &simulation.world;
    // The number of arrivals deviates by sqrt(n), a thousand.
    assert!(world.served.abs_diff(1_000_000) < 4_000, "{} served", world.served);
    let mean = world.wait_s / world.served as f64;
    assert!((mean - 4.0).abs() < 4.0 * 0.0445, "mean wait {mean} s");
}
