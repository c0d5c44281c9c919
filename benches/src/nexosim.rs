//! The models on nexosim 1.0, on one thread: a model with its mailbox for each actor.
//!
//! A model reaches others by output ports, and itself later by its context. That fits the star and M/M/2. PHOLD, where
//! everybody may write to everybody later, would need ports by the square of its cells; there the cells share the handles of
//! all inputs and a scheduler, which is also the shorter way: one scheduled event for each ball.
//!
//! Models have to be serialisable because nexosim can save a bench. Nothing is saved here.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use nexosim::Message;
use nexosim::model::{Context, Model, schedulable};
use nexosim::ports::{EventSource, Output, QuerySource};
use nexosim::simulation::{EventId, Mailbox, QueryId, Scheduler, SimInit, Simulation, SimulationError};
use nexosim::time::MonotonicTime;
use serde::{Deserialize, Serialize};

use crate::models::{self, CUSTOMERS, DEALERS, Request, Tally};
use crate::outcome::{Outcome, timed};

fn unsaved<T>() -> T {
    unreachable!("no bench is restored here")
}

/// The present `[ns since the start]`.
fn now<M: Model>(context: &Context<M>) -> u64 {
    context.time().duration_since(MonotonicTime::EPOCH).as_nanos() as u64
}

/// Runs up to `end` `[ns]`, without what is due at it.
fn run(simulation: &mut Simulation, end: u64) -> Result<f64, SimulationError> {
    let (done, cpu_seconds) = timed(|| simulation.step_until(Duration::from_nanos(end - 1)));
    done?;
    Ok(cpu_seconds)
}

/// What every cell knows: the way to all others.
struct Network {
    scheduler: Scheduler,
    cells: Vec<EventId<()>>,
}

/// A cell of PHOLD.
#[derive(Serialize, Deserialize)]
struct Cell {
    number: u32,
    #[serde(skip, default = "unsaved")]
    cell: models::Cell,
    #[serde(skip, default = "unsaved")]
    network: Arc<OnceLock<Network>>,
}

#[Model]
impl Cell {
    fn ball(&mut self) {
        let network = self.network.get().expect("the network stands before the first ball");
        let (to, delay) = self.cell.pass(self.number, network.cells.len() as u32);
        let sent = network.scheduler.schedule_event(Duration::from_nanos(delay), &network.cells[to as usize], ());
        sent.expect("a ball takes some time");
    }

    async fn handled(&mut self) -> u64 {
        u64::from(self.cell.handled)
    }
}

/// PHOLD until `end` `[ns]`.
///
/// # Errors
///
/// Those of nexosim.
pub fn phold(seed: u64, count: u32, end: u64) -> Result<Outcome, SimulationError> {
    let mut bench = SimInit::with_num_threads(1);
    let network = Arc::new(OnceLock::new());
    let (mut cells, mut queries, mut starts) = (Vec::new(), Vec::new(), Vec::new());
    for number in 0..count {
        let cell = models::Cell::new(seed, number);
        let mailbox = Mailbox::new();
        cells.push(EventSource::new().connect(Cell::ball, &mailbox).register(&mut bench));
        queries.push(QuerySource::new().connect(Cell::handled, &mailbox).register(&mut bench));
        starts.push(cell.start());
        bench = bench.add_model(Cell { number, cell, network: Arc::clone(&network) }, mailbox, "cell");
    }
    let mut simulation = bench.init(MonotonicTime::EPOCH)?;
    let scheduler = simulation.scheduler();
    for (cell, start) in cells.iter().zip(starts) {
        scheduler.schedule_event(Duration::from_nanos(start), cell, ()).expect("a start lies ahead");
    }
    assert!(network.set(Network { scheduler, cells }).is_ok(), "the network is set once");
    let cpu_seconds = run(&mut simulation, end)?;
    let mut handled = 0;
    for query in &queries {
        handled += ask(&mut simulation, query)?;
    }
    Ok(Outcome::balls(handled, cpu_seconds))
}

/// Asks a model for a figure.
fn ask<R: Send + 'static>(simulation: &mut Simulation, query: &QueryId<(), R>) -> Result<R, SimulationError> {
    Ok(simulation.process_query(query, ())?)
}

/// The desk of M/M/2.
#[derive(Serialize, Deserialize)]
struct Desk {
    #[serde(skip, default = "unsaved")]
    desk: models::Desk,
}

#[Model]
impl Desk {
    #[nexosim(schedulable)]
    fn arrive(&mut self, (): (), context: &Context<Self>) {
        let between = Duration::from_nanos(self.desk.next_arrival());
        context.schedule_event(between, schedulable!(Self::arrive), ()).expect("the next customer comes later");
        if let Some(service) = self.desk.arrive(now(context)) {
            self.serve(service, context);
        }
    }

    #[nexosim(schedulable)]
    fn done(&mut self, (): (), context: &Context<Self>) {
        if let Some(service) = self.desk.done(now(context)) {
            self.serve(service, context);
        }
    }

    fn serve(&self, service: u64, context: &Context<Self>) {
        let service = Duration::from_nanos(service);
        context.schedule_event(service, schedulable!(Self::done), ()).expect("a service takes some time");
    }

    async fn waits(&mut self) -> (u64, u64) {
        (self.desk.waits.count, self.desk.waits.sum)
    }
}

/// M/M/2 until `end` `[ns]`.
///
/// # Errors
///
/// Those of nexosim.
pub fn mmc(seed: u64, end: u64) -> Result<Outcome, SimulationError> {
    let mut bench = SimInit::with_num_threads(1);
    let mut desk = models::Desk::new(seed);
    let first = Duration::from_nanos(desk.next_arrival());
    let mailbox = Mailbox::new();
    let arrive = EventSource::new().connect(Desk::arrive, &mailbox).register(&mut bench);
    let waits = QuerySource::new().connect(Desk::waits, &mailbox).register(&mut bench);
    let mut simulation = bench.add_model(Desk { desk }, mailbox, "desk").init(MonotonicTime::EPOCH)?;
    simulation.scheduler().schedule_event(first, &arrive, ()).expect("the first customer comes later");
    let cpu_seconds = run(&mut simulation, end)?;
    let (count, sum) = ask(&mut simulation, &waits)?;
    Ok(Outcome::times(Tally { count, sum }, cpu_seconds))
}

/// A request on its way, and back.
#[derive(Clone, Copy, Serialize, Deserialize, Message)]
struct Ticket {
    asked: u64,
    customer: u32,
}

/// A customer of the star, with a port to each dealer.
#[derive(Serialize, Deserialize)]
struct Customer {
    number: u32,
    #[serde(skip, default = "unsaved")]
    customer: models::Customer,
    dealers: Vec<Output<Ticket>>,
}

#[Model]
impl Customer {
    #[nexosim(schedulable)]
    async fn timer(&mut self, (): (), context: &Context<Self>) {
        let dealer = self.customer.ask();
        let next = Duration::from_nanos(self.customer.next_time());
        context.schedule_event(next, schedulable!(Self::timer), ()).expect("the next request comes later");
        self.dealers[dealer as usize].send(Ticket { asked: now(context), customer: self.number }).await;
    }

    fn reply(&mut self, ticket: Ticket, context: &Context<Self>) {
        self.customer.responses.add(now(context) - ticket.asked);
    }

    async fn responses(&mut self) -> (u64, u64) {
        (self.customer.responses.count, self.customer.responses.sum)
    }
}

/// A dealer of the star, with a port to each customer.
#[derive(Serialize, Deserialize)]
struct Dealer {
    #[serde(skip, default = "unsaved")]
    dealer: models::Dealer,
    customers: Vec<Output<Ticket>>,
}

#[Model]
impl Dealer {
    fn request(&mut self, ticket: Ticket, context: &Context<Self>) {
        let Ticket { asked, customer } = ticket;
        if let Some(service) = self.dealer.request(Request { asked, customer }) {
            let service = Duration::from_nanos(service);
            context.schedule_event(service, schedulable!(Self::done), ticket).expect("a service takes some time");
        }
    }

    #[nexosim(schedulable)]
    async fn done(&mut self, ticket: Ticket, context: &Context<Self>) {
        if let Some((Request { asked, customer }, service)) = self.dealer.done() {
            let (next, service) = (Ticket { asked, customer }, Duration::from_nanos(service));
            context.schedule_event(service, schedulable!(Self::done), next).expect("a service takes some time");
        }
        self.customers[ticket.customer as usize].send(ticket).await;
    }
}

/// The star until `end` `[ns]`.
///
/// # Errors
///
/// Those of nexosim.
pub fn star(seed: u64, end: u64) -> Result<Outcome, SimulationError> {
    let mut bench = SimInit::with_num_threads(1);
    let dealer_boxes: Vec<Mailbox<Dealer>> = (0..DEALERS).map(|_| Mailbox::new()).collect();
    let customer_boxes: Vec<Mailbox<Customer>> = (0..CUSTOMERS).map(|_| Mailbox::new()).collect();
    let dealer_addresses: Vec<_> = dealer_boxes.iter().map(Mailbox::address).collect();
    for (number, mailbox) in (0..).zip(dealer_boxes) {
        let customers = customer_boxes
            .iter()
            .map(|customer| {
                let mut port = Output::new();
                port.connect(Customer::reply, customer);
                port
            })
            .collect();
        bench = bench.add_model(Dealer { dealer: models::Dealer::new(seed, number), customers }, mailbox, "dealer");
    }
    let (mut timers, mut queries) = (Vec::new(), Vec::new());
    for (number, mailbox) in (0..).zip(customer_boxes) {
        let dealers = dealer_addresses
            .iter()
            .map(|dealer| {
                let mut port = Output::new();
                port.connect(Dealer::request, dealer);
                port
            })
            .collect();
        let customer = models::Customer::new(seed, number);
        timers.push((customer.next_time(), EventSource::new().connect(Customer::timer, &mailbox).register(&mut bench)));
        queries.push(QuerySource::new().connect(Customer::responses, &mailbox).register(&mut bench));
        bench = bench.add_model(Customer { number, customer, dealers }, mailbox, "customer");
    }
    let mut simulation = bench.init(MonotonicTime::EPOCH)?;
    let scheduler = simulation.scheduler();
    for (first, timer) in &timers {
        scheduler.schedule_event(Duration::from_nanos(*first), timer, ()).expect("the first request comes later");
    }
    let cpu_seconds = run(&mut simulation, end)?;
    let mut responses = Tally::default();
    for query in &queries {
        let (count, sum) = ask(&mut simulation, query)?;
        responses = responses.join(Tally { count, sum });
    }
    Ok(Outcome::times(responses, cpu_seconds))
}
