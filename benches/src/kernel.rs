//! The models on our own kernel, written in Rust: state in one vector for each kind, messages as enums.

use rehearsal_kernel::{Context, Duration, Event, KernelError, RunStats, Sender, Simulation, Time, World, prefetch};

use crate::models::{CUSTOMERS, Cell, Customer, DEALERS, Dealer, Desk, Request, TANKS, Tally, Tank};
use crate::outcome::{Outcome, timed};

/// The cells of PHOLD, each with the sender that numbers its messages.
pub(crate) struct Cells(pub(crate) Vec<(Sender, Cell)>);

/// The message of PHOLD, which says nothing.
#[derive(Clone, Copy)]
pub(crate) struct Ball;

impl Clone for Cells {
    fn clone(&self) -> Cells {
        Cells(self.0.clone())
    }

    // The derived one would throw away the memory of the simulation that is forked into.
    fn clone_from(&mut self, source: &Cells) {
        self.0.clone_from(&source.0);
    }
}

impl World for Cells {
    type Message = Ball;
    type Error = KernelError;

    #[inline]
    fn handle(&mut self, event: &Event<Ball>, context: &mut Context<'_, Ball>) -> Result<(), KernelError> {
        let (me, count) = (event.target, self.0.len() as u32);
        let (sender, cell) = &mut self.0[me as usize];
        let (to, delay) = cell.pass(me, count);
        context.send(sender, to, Duration::from_ns(delay), Ball)?;
        Ok(())
    }

    #[inline]
    fn prefetch(&self, target: u32) {
        if let Some(cell) = self.0.get(target as usize) {
            prefetch(cell);
        }
    }
}

/// PHOLD before its first event, with one ball for each cell.
///
/// # Errors
///
/// Those of the kernel.
pub(crate) fn seeded(seed: u64, count: u32) -> Result<Simulation<Cells>, KernelError> {
    let cells = (0..count).map(|number| (Sender::new(number), Cell::new(seed, number))).collect();
    let mut simulation = Simulation::new(Cells(cells));
    simulation.with_context(|world, context| {
        for (number, (sender, cell)) in (0..).zip(&mut world.0) {
            context.send(sender, number, Duration::from_ns(cell.start()), Ball)?;
        }
        Ok::<(), KernelError>(())
    })?;
    Ok(simulation)
}

/// Goes on with PHOLD until `end` `[ns]`: the one place that calls the loop, whoever wants it run.
///
/// With a second call the compiler no longer puts the handler into the loop, and a rate falls by a tenth because of what
/// is measured elsewhere.
///
/// # Errors
///
/// Those of the kernel.
#[inline(never)]
pub(crate) fn advance(simulation: &mut Simulation<Cells>, end: u64) -> Result<RunStats, KernelError> {
    simulation.run_until(Time::from_ns(end))
}

/// PHOLD until `end` `[ns]`.
///
/// # Errors
///
/// Those of the kernel.
pub fn phold(seed: u64, count: u32, end: u64) -> Result<Outcome, KernelError> {
    let mut simulation = seeded(seed, count)?;
    let (stats, cpu_seconds) = timed(|| advance(&mut simulation, end));
    let handled = simulation.world.0.iter().map(|(_, cell)| u64::from(cell.handled)).sum();
    assert_eq!(stats?.handled, handled, "each event is a ball that a cell has handled");
    Ok(Outcome::balls(handled, cpu_seconds))
}

/// The one actor of M/M/2.
struct DeskWorld {
    sender: Sender,
    desk: Desk,
}

#[derive(Clone, Copy)]
enum DeskMessage {
    Arrive,
    Done,
}

impl World for DeskWorld {
    type Message = DeskMessage;
    type Error = KernelError;

    #[inline]
    fn handle(&mut self, event: &Event<DeskMessage>, context: &mut Context<'_, DeskMessage>) -> Result<(), KernelError> {
        let now = event.time.as_ns();
        let service = match event.message {
            DeskMessage::Arrive => {
                let between = Duration::from_ns(self.desk.next_arrival());
                context.send(&mut self.sender, 0, between, DeskMessage::Arrive)?;
                self.desk.arrive(now)
            }
            DeskMessage::Done => self.desk.done(now),
        };
        if let Some(service) = service {
            context.send(&mut self.sender, 0, Duration::from_ns(service), DeskMessage::Done)?;
        }
        Ok(())
    }
}

/// M/M/2 until `end` `[ns]`.
///
/// # Errors
///
/// Those of the kernel.
pub fn mmc(seed: u64, end: u64) -> Result<Outcome, KernelError> {
    let mut simulation = Simulation::new(DeskWorld { sender: Sender::new(0), desk: Desk::new(seed) });
    simulation.with_context(|world, context| {
        let first = Duration::from_ns(world.desk.next_arrival());
        context.send(&mut world.sender, 0, first, DeskMessage::Arrive)
    })?;
    let (stats, cpu_seconds) = timed(|| simulation.run_until(Time::from_ns(end)));
    stats?;
    Ok(Outcome::times(simulation.world.desk.waits, cpu_seconds))
}

/// The star: customers are the actors from 0 on, dealers those behind them.
struct Star {
    customers: Vec<(Sender, Customer)>,
    dealers: Vec<(Sender, Dealer)>,
}

#[derive(Clone, Copy)]
enum StarMessage {
    Timer,
    Ask { asked: u64 },
    Done(Request),
    Reply { asked: u64 },
}

impl World for Star {
    type Message = StarMessage;
    type Error = KernelError;

    #[inline]
    fn handle(&mut self, event: &Event<StarMessage>, context: &mut Context<'_, StarMessage>) -> Result<(), KernelError> {
        let (me, now) = (event.target, event.time.as_ns());
        match event.message {
            StarMessage::Timer => {
                let (sender, customer) = &mut self.customers[me as usize];
                let dealer = CUSTOMERS + customer.ask();
                context.send(sender, dealer, Duration::ZERO, StarMessage::Ask { asked: now })?;
                context.send(sender, me, Duration::from_ns(customer.next_time()), StarMessage::Timer)?;
            }
            StarMessage::Ask { asked } => {
                let (sender, dealer) = &mut self.dealers[(me - CUSTOMERS) as usize];
                let request = Request { asked, customer: event.sender };
                if let Some(service) = dealer.request(request) {
                    context.send(sender, me, Duration::from_ns(service), StarMessage::Done(request))?;
                }
            }
            StarMessage::Done(Request { asked, customer }) => {
                let (sender, dealer) = &mut self.dealers[(me - CUSTOMERS) as usize];
                context.send(sender, customer, Duration::ZERO, StarMessage::Reply { asked })?;
                if let Some((request, service)) = dealer.done() {
                    context.send(sender, me, Duration::from_ns(service), StarMessage::Done(request))?;
                }
            }
            StarMessage::Reply { asked } => self.customers[me as usize].1.responses.add(now - asked),
        }
        Ok(())
    }
}

/// The star until `end` `[ns]`.
///
/// # Errors
///
/// Those of the kernel.
pub fn star(seed: u64, end: u64) -> Result<Outcome, KernelError> {
    let customers = (0..CUSTOMERS).map(|number| (Sender::new(number), Customer::new(seed, number))).collect();
    let dealers = (0..DEALERS).map(|number| (Sender::new(CUSTOMERS + number), Dealer::new(seed, number))).collect();
    let mut simulation = Simulation::new(Star { customers, dealers });
    simulation.with_context(|world, context| {
        for (number, (sender, customer)) in (0..).zip(&mut world.customers) {
            context.send(sender, number, Duration::from_ns(customer.next_time()), StarMessage::Timer)?;
        }
        Ok::<(), KernelError>(())
    })?;
    let (stats, cpu_seconds) = timed(|| simulation.run_until(Time::from_ns(end)));
    stats?;
    let responses = simulation.world.customers.iter().fold(Tally::default(), |sum, (_, customer)| sum.join(customer.responses));
    Ok(Outcome::times(responses, cpu_seconds))
}

/// The tanks of rich, each with the sender that numbers its messages.
struct Tanks(Vec<(Sender, Tank)>);

#[derive(Clone, Copy)]
enum TankMessage {
    Begin { seed: i64 },
    Pulse { flow: f64 },
    Service { load: f64 },
}

impl World for Tanks {
    type Message = TankMessage;
    type Error = KernelError;

    #[inline]
    fn handle(&mut self, event: &Event<TankMessage>, context: &mut Context<'_, TankMessage>) -> Result<(), KernelError> {
        let me = event.target;
        let (sender, tank) = &mut self.0[me as usize];
        let (flow, after) = match event.message {
            TankMessage::Begin { seed } => tank.begin(seed),
            TankMessage::Pulse { flow } => {
                let pulse = tank.pulse(flow);
                if let Some(load) = pulse.service {
                    context.send(sender, me, Duration::ZERO, TankMessage::Service { load })?;
                }
                (pulse.flow, pulse.after)
            }
            TankMessage::Service { load } => {
                tank.service(load);
                return Ok(());
            }
        };
        context.send(sender, me, Duration::from_ns(after), TankMessage::Pulse { flow })?;
        Ok(())
    }

    #[inline]
    fn prefetch(&self, target: u32) {
        if let Some(tank) = self.0.get(target as usize) {
            prefetch(tank);
        }
    }
}

/// Rich until `end` `[ns]`.
///
/// # Errors
///
/// Those of the kernel.
pub fn rich(end: u64) -> Result<Outcome, KernelError> {
    let tanks = (0..TANKS).map(|number| (Sender::new(number), Tank::default())).collect();
    let mut simulation = Simulation::new(Tanks(tanks));
    simulation.with_context(|world, context| {
        for (number, (sender, _)) in (0..).zip(&mut world.0) {
            let begin = TankMessage::Begin { seed: i64::from(number) + 1 };
            context.send(sender, number, Duration::from_ns(Tank::begins(number)), begin)?;
        }
        Ok::<(), KernelError>(())
    })?;
    let (stats, cpu_seconds) = timed(|| simulation.run_until(Time::from_ns(end)));
    stats?;
    Ok(Outcome::tanks(simulation.world.0.iter().map(|(_, tank)| *tank), cpu_seconds))
}
