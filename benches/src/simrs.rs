//! The models on simrs 0.2: a component for each actor.
//!
//! Its components are called by a shared reference, so what changes lies in a `RefCell`, shared with whoever reads it after
//! the run. Its other place for state is a store of boxed values behind a hash map, which costs a look-up more for each
//! event. Events of one instant come in no order that it promises.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use simrs::{Component, ComponentId, Executor, Scheduler, Simulation, State};

use crate::models::{CUSTOMERS, Cell, Customer, DEALERS, Dealer, Desk, Request, Tally};
use crate::outcome::{Outcome, timed};

fn now(scheduler: &Scheduler) -> u64 {
    scheduler.time().as_nanos() as u64
}

#[derive(Debug)]
struct Ball;

/// Whom a cell may pass to: all of them, known once all are there.
type Peers = Rc<RefCell<Vec<ComponentId<Ball>>>>;

struct CellComponent {
    number: u32,
    cells: Rc<RefCell<Vec<Cell>>>,
    peers: Peers,
}

impl Component for CellComponent {
    type Event = Ball;

    fn process_event(&self, _: ComponentId<Ball>, _: &Ball, scheduler: &mut Scheduler, _: &mut State) {
        let peers = self.peers.borrow();
        let (to, delay) = self.cells.borrow_mut()[self.number as usize].pass(self.number, peers.len() as u32);
        scheduler.schedule(Duration::from_nanos(delay), peers[to as usize], Ball);
    }
}

/// PHOLD until `end` `[ns]`.
#[must_use]
pub fn phold(seed: u64, count: u32, end: u64) -> Outcome {
    let mut simulation = Simulation::default();
    let cells: Rc<RefCell<Vec<Cell>>> = Rc::new(RefCell::new((0..count).map(|number| Cell::new(seed, number)).collect()));
    let peers = Peers::default();
    for number in 0..count {
        let component = CellComponent { number, cells: Rc::clone(&cells), peers: Rc::clone(&peers) };
        let id = simulation.add_component(component);
        peers.borrow_mut().push(id);
        simulation.schedule(Duration::from_nanos(cells.borrow()[number as usize].start()), id, Ball);
    }
    let ((), cpu_seconds) = timed(|| simulation.execute(Executor::timed(Duration::from_nanos(end - 1))));
    let handled = cells.borrow().iter().map(|cell| u64::from(cell.handled)).sum();
    Outcome::balls(handled, cpu_seconds)
}

#[derive(Debug)]
enum DeskEvent {
    Arrive,
    Done,
}

struct DeskComponent(Rc<RefCell<Desk>>);

impl Component for DeskComponent {
    type Event = DeskEvent;

    fn process_event(&self, me: ComponentId<DeskEvent>, event: &DeskEvent, scheduler: &mut Scheduler, _: &mut State) {
        let mut desk = self.0.borrow_mut();
        let service = match event {
            DeskEvent::Arrive => {
                scheduler.schedule(Duration::from_nanos(desk.next_arrival()), me, DeskEvent::Arrive);
                desk.arrive(now(scheduler))
            }
            DeskEvent::Done => desk.done(now(scheduler)),
        };
        if let Some(service) = service {
            scheduler.schedule(Duration::from_nanos(service), me, DeskEvent::Done);
        }
    }
}

/// M/M/2 until `end` `[ns]`.
#[must_use]
pub fn mmc(seed: u64, end: u64) -> Outcome {
    let mut simulation = Simulation::default();
    let desk = Rc::new(RefCell::new(Desk::new(seed)));
    let id = simulation.add_component(DeskComponent(Rc::clone(&desk)));
    simulation.schedule(Duration::from_nanos(desk.borrow_mut().next_arrival()), id, DeskEvent::Arrive);
    let ((), cpu_seconds) = timed(|| simulation.execute(Executor::timed(Duration::from_nanos(end - 1))));
    Outcome::times(desk.borrow().waits, cpu_seconds)
}

#[derive(Debug)]
enum CustomerEvent {
    Timer,
    Reply { asked: u64 },
}

#[derive(Debug)]
enum DealerEvent {
    Ask(Request),
    Done(Request),
}

struct CustomerComponent {
    number: u32,
    customers: Rc<RefCell<Vec<Customer>>>,
    dealers: Rc<[ComponentId<DealerEvent>]>,
}

impl Component for CustomerComponent {
    type Event = CustomerEvent;

    fn process_event(&self, me: ComponentId<CustomerEvent>, event: &CustomerEvent, scheduler: &mut Scheduler, _: &mut State) {
        let customer = &mut self.customers.borrow_mut()[self.number as usize];
        let asked_at = now(scheduler);
        match event {
            CustomerEvent::Timer => {
                let dealer = self.dealers[customer.ask() as usize];
                scheduler.schedule_now(dealer, DealerEvent::Ask(Request { asked: asked_at, customer: self.number }));
                scheduler.schedule(Duration::from_nanos(customer.next_time()), me, CustomerEvent::Timer);
            }
            CustomerEvent::Reply { asked } => customer.responses.add(asked_at - asked),
        }
    }
}

struct DealerComponent {
    dealer: RefCell<Dealer>,
    customers: Rc<RefCell<Vec<ComponentId<CustomerEvent>>>>,
}

impl Component for DealerComponent {
    type Event = DealerEvent;

    fn process_event(&self, me: ComponentId<DealerEvent>, event: &DealerEvent, scheduler: &mut Scheduler, _: &mut State) {
        let mut dealer = self.dealer.borrow_mut();
        match *event {
            DealerEvent::Ask(request) => {
                if let Some(service) = dealer.request(request) {
                    scheduler.schedule(Duration::from_nanos(service), me, DealerEvent::Done(request));
                }
            }
            DealerEvent::Done(Request { asked, customer }) => {
                scheduler.schedule_now(self.customers.borrow()[customer as usize], CustomerEvent::Reply { asked });
                if let Some((request, service)) = dealer.done() {
                    scheduler.schedule(Duration::from_nanos(service), me, DealerEvent::Done(request));
                }
            }
        }
    }
}

/// The star until `end` `[ns]`.
#[must_use]
pub fn star(seed: u64, end: u64) -> Outcome {
    let mut simulation = Simulation::default();
    let customer_ids = Rc::new(RefCell::new(Vec::new()));
    let dealers: Rc<[ComponentId<DealerEvent>]> = (0..DEALERS)
        .map(|number| {
            let dealer = RefCell::new(Dealer::new(seed, number));
            simulation.add_component(DealerComponent { dealer, customers: Rc::clone(&customer_ids) })
        })
        .collect();
    let customers: Rc<RefCell<Vec<Customer>>> =
        Rc::new(RefCell::new((0..CUSTOMERS).map(|number| Customer::new(seed, number)).collect()));
    for number in 0..CUSTOMERS {
        let component = CustomerComponent { number, customers: Rc::clone(&customers), dealers: Rc::clone(&dealers) };
        let id = simulation.add_component(component);
        customer_ids.borrow_mut().push(id);
        simulation.schedule(Duration::from_nanos(customers.borrow()[number as usize].next_time()), id, CustomerEvent::Timer);
    }
    let ((), cpu_seconds) = timed(|| simulation.execute(Executor::timed(Duration::from_nanos(end - 1))));
    let responses = customers.borrow().iter().fold(Tally::default(), |sum, customer| sum.join(customer.responses));
    Outcome::times(responses, cpu_seconds)
}
