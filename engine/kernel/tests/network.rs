//! Networks of queues made at random: nobody is lost, Little's law holds, and theory agrees.

use proptest::prelude::*;
use rehearsal_kernel::distribution::{discrete, exponential};
use rehearsal_kernel::{Context, Event, KernelError, Sender, Simulation, Stream, StreamKey, Time, World};
use std::collections::VecDeque;

/// How a network is built.
#[derive(Clone, Debug)]
struct Plan {
    /// The mean time between two who come to each station from outside `[s]`; 0 for nobody.
    gaps_s: Vec<f64>,
    /// The mean service of each station `[s]`.
    services_s: Vec<f64>,
    /// Where they go from each station, as weights: to each station, and last out of the network.
    routes: Vec<Vec<f64>>,
    /// How many are at the first station from the start.
    inside: u32,
}

#[derive(Clone, Copy, Debug)]
enum Message {
    /// Somebody comes from outside, who came to the network just now.
    Enter,
    /// Somebody comes from another station, who came to the network at this time.
    Move(Time),
    /// The first in the queue has been served.
    Serve,
}

/// One server with a queue, first come first served.
#[derive(Clone)]
struct Station {
    sender: Sender,
    stream: Stream,
    /// When each came to the network, and when to the station.
    present: VecDeque<(Time, Time)>,
    arrived: u64,
    served: u64,
    /// The sum of all times between an arrival and the end of its service `[ns]`.
    sojourn_ns: u128,
    /// The integral of the number present over time `[ns]`, up to the last change.
    area_ns: u128,
    changed: Time,
}

#[derive(Clone)]
struct Network {
    plan: Plan,
    stations: Vec<Station>,
    entered: u64,
    left: u64,
    /// The sum of all times between coming to the network and leaving it `[ns]`.
    inside_ns: u128,
}

fn ns(from: Time, to: Time) -> u128 {
    u128::from(to.since(from).as_ns())
}

impl Station {
    /// Adds the time since the last change to the integral; before each change.
    fn integrate(&mut self, now: Time) {
        self.area_ns += self.present.len() as u128 * ns(self.changed, now);
        self.changed = now;
    }
}

impl Network {
    /// Somebody comes to station `me`, who came to the network at `entered`.
    fn arrive(&mut self, me: u32, entered: Time, context: &mut Context<'_, Message>) -> Result<(), KernelError> {
        let station = &mut self.stations[me as usize];
        station.integrate(context.now());
        station.present.push_back((entered, context.now()));
        station.arrived += 1;
        if station.present.len() == 1 { self.begin(me, context) } else { Ok(()) }
    }

    fn begin(&mut self, me: u32, context: &mut Context<'_, Message>) -> Result<(), KernelError> {
        let Station { sender, stream, .. } = &mut self.stations[me as usize];
        context.send_after(sender, me, exponential(stream, self.plan.services_s[me as usize]), Message::Serve)?;
        Ok(())
    }

    /// The first at station `me` goes on, and the next one's service begins.
    fn serve(&mut self, me: u32, context: &mut Context<'_, Message>) -> Result<(), KernelError> {
        let (now, station) = (context.now(), &mut self.stations[me as usize]);
        station.integrate(now);
        let (entered, arrived) = station.present.pop_front().expect("somebody has been served");
        station.served += 1;
        station.sojourn_ns += ns(arrived, now);
        let to = discrete(&mut station.stream, &self.plan.routes[me as usize]).expect("weights");
        if to < self.stations.len() {
            context.send_after(&mut self.stations[me as usize].sender, to as u32, 0.0, Message::Move(entered))?;
        } else {
            self.left += 1;
            self.inside_ns += ns(entered, now);
        }
        if self.stations[me as usize].present.is_empty() { Ok(()) } else { self.begin(me, context) }
    }

    fn enter_later(&mut self, me: u32, context: &mut Context<'_, Message>) -> Result<(), KernelError> {
        let Station { sender, stream, .. } = &mut self.stations[me as usize];
        context.send_after(sender, me, exponential(stream, self.plan.gaps_s[me as usize]), Message::Enter)?;
        Ok(())
    }
}

impl World for Network {
    type Message = Message;
    type Error = KernelError;

    fn handle(&mut self, event: &Event<Message>, context: &mut Context<'_, Message>) -> Result<(), KernelError> {
        let me = event.target;
        match event.message {
            Message::Enter => {
                self.entered += 1;
                self.enter_later(me, context)?;
                self.arrive(me, context.now(), context)
            }
            Message::Move(entered) => self.arrive(me, entered, context),
            Message::Serve => self.serve(me, context),
        }
    }
}

fn network(plan: &Plan, seed: u64) -> Simulation<Network> {
    let station = |id| Station {
        sender: Sender::new(id),
        stream: StreamKey::root(seed, 0).with(u64::from(id)).stream(),
        present: VecDeque::new(),
        arrived: 0,
        served: 0,
        sojourn_ns: 0,
        area_ns: 0,
        changed: Time::ZERO,
    };
    let stations = (0..plan.services_s.len() as u32).map(station).collect();
    let world = Network { plan: plan.clone(), stations, entered: 0, left: 0, inside_ns: 0 };
    let mut simulation = Simulation::new(world);
    let seeded: Result<(), KernelError> = simulation.with_context(|world, context| {
        let open = (0..).zip(&plan.gaps_s).filter(|(_, gap_s)| **gap_s > 0.0);
        open.map(|(id, _)| id).collect::<Vec<u32>>().into_iter().try_for_each(|id| world.enter_later(id, context))?;
        world.entered += u64::from(plan.inside);
        (0..plan.inside).try_for_each(|_| world.arrive(0, Time::ZERO, context))
    });
    seeded.unwrap();
    simulation
}

fn at(seconds: f64) -> Time {
    Time::from_seconds(seconds).unwrap()
}

/// One to four stations with any routes between them; in an open network everybody can leave.
fn plan(open: bool) -> impl Strategy<Value = Plan> {
    (1..=4_usize).prop_flat_map(move |stations| {
        let means = || prop::collection::vec(0.1..2.0_f64, stations);
        let inner = prop::collection::vec(prop::collection::vec(0.01..1.0_f64, stations), stations);
        let outer = prop::collection::vec(0.05..1.0_f64, stations);
        (means(), means(), inner, outer, 1..20_u32).prop_map(move |(gaps_s, services_s, mut routes, outer, inside)| {
            let stations = gaps_s.len();
            routes.iter_mut().zip(outer).for_each(|(route, out)| route.push(if open { out } else { 0.0 }));
            Plan {
                gaps_s: if open { gaps_s } else { vec![0.0; stations] },
                services_s,
                routes,
                inside: if open { 0 } else { inside },
            }
        })
    })
}

/// Messages sent, by the senders' own counts.
fn sent(world: &Network) -> u64 {
    world.stations.iter().map(|station| u64::from(station.sender.sequence)).sum()
}

/// Those on their way between two stations, with the times at which they came to the network.
fn moving(simulation: &Simulation<Network>) -> Vec<Time> {
    let entered = |event: &Event<Message>| if let Message::Move(entered) = event.message { Some(entered) } else { None };
    simulation.queue().iter().filter_map(entered).collect()
}

fn present(simulation: &Simulation<Network>) -> u64 {
    let queued: usize = simulation.world.stations.iter().map(|station| station.present.len()).sum();
    (queued + moving(simulation).len()) as u64
}

/// Little's law for one sample path, to the nanosecond: the integral of the number present, kept
/// at each change, is the sum of all stays, kept for each person. So L = λ W, where L is the
/// integral over the time, λ the arrivals over the time and W the stays over the arrivals, those
/// not yet ended included.
///
/// # Source
///
/// J. D. C. Little, "Little's law as viewed on its 50th anniversary", Operations Research 59(3),
/// 2011, section 2.
fn little(simulation: &mut Simulation<Network>) {
    let now = simulation.now();
    let moving: u128 = moving(simulation).into_iter().map(|entered| ns(entered, now)).sum();
    let world = &mut simulation.world;
    let mut all_ns = 0;
    let mut stays_ns = world.inside_ns + moving;
    for station in &mut world.stations {
        station.integrate(now);
        let unfinished_ns: u128 = station.present.iter().map(|(_, arrived)| ns(*arrived, now)).sum();
        assert_eq!(station.area_ns, station.sojourn_ns + unfinished_ns);
        assert_eq!(station.arrived, station.served + station.present.len() as u64);
        stays_ns += station.present.iter().map(|(entered, _)| ns(*entered, now)).sum::<u128>();
        all_ns += station.area_ns;
    }
    assert_eq!(all_ns, stays_ns, "the network as a whole; ways between stations take no time");
}

proptest! {
    #[test]
    fn an_open_network_loses_nobody(plan in plan(true), seed: u64, end_s in 0.0..200.0_f64) {
        let mut simulation = network(&plan, seed);
        for part in [0.25, 0.5, 1.0] {
            simulation.run_until(at(part * end_s)).unwrap();
            prop_assert_eq!(simulation.world.entered, simulation.world.left + present(&simulation));
            prop_assert_eq!(sent(&simulation.world), simulation.handled() + simulation.queue().len() as u64);
            little(&mut simulation);
        }
    }

    /// At every event, also amid an instant.
    #[test]
    fn a_closed_network_keeps_everybody(plan in plan(false), seed: u64) {
        let mut simulation = network(&plan, seed);
        for _ in 0..500 {
            prop_assert!(simulation.step().unwrap(), "a closed network never ends");
            prop_assert_eq!(present(&simulation), u64::from(plan.inside));
            prop_assert_eq!(sent(&simulation.world), simulation.handled() + simulation.queue().len() as u64);
        }
        prop_assert_eq!(simulation.world.left, 0);
        little(&mut simulation);
    }

    /// A service that is called off never ends; everything else goes on, and the counts agree.
    #[test]
    fn dropped_messages_are_accounted_for(plan in plan(true), seed: u64, at_s in 1.0..20.0_f64) {
        let mut simulation = network(&plan, seed);
        simulation.run_until(at(at_s)).unwrap();
        let before = simulation.queue().len();
        simulation.queue_mut().retain(|event| event.target != 0 || !matches!(event.message, Message::Serve));
        let dropped = (before - simulation.queue().len()) as u64;
        let served = simulation.world.stations[0].served;
        simulation.run_until(at(at_s + 50.0)).unwrap();
        prop_assert_eq!(sent(&simulation.world), simulation.handled() + simulation.queue().len() as u64 + dropped);
        if dropped > 0 {
            prop_assert_eq!(simulation.world.stations[0].served, served);
        }
        little(&mut simulation);
    }
}

/// Mean and standard error of twenty independent runs of `plan`.
fn estimate(plan: &Plan, end_s: f64, figure: impl Fn(&Network) -> f64) -> (f64, f64) {
    let run = |seed| {
        let mut simulation = network(plan, seed);
        simulation.run_until(at(end_s)).unwrap();
        figure(&simulation.world)
    };
    let samples: Vec<f64> = (0..20).map(run).collect();
    let mean = samples.iter().sum::<f64>() / 20.0;
    let variance = samples.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / 19.0;
    (mean, (variance / 20.0).sqrt())
}

/// Four standard errors: a t distribution of 19 degrees goes beyond once in 1300 times. And the
/// error is small against the figure, or the test could not fail.
fn agrees(what: &str, (mean, error): (f64, f64), theory: f64) {
    assert!((mean - theory).abs() < 4.0 * error, "{what}: {mean} +- {error}, by theory {theory}");
    assert!(error < 0.02 * theory, "{what}: an error of {error} is too large to tell anything about {theory}");
}

/// The throughput of a closed network by mean value analysis, from the demand for each station:
/// visits times service `[s]`.
///
/// # Source
///
/// M. Reiser and S. S. Lavenberg, "Mean-value analysis of closed multichain queuing networks",
/// Journal of the ACM 27(2), 1980.
fn mean_value_analysis(demands_s: &[f64], inside: u32) -> f64 {
    let (mut lengths, mut throughput) = (vec![0.0; demands_s.len()], 0.0);
    for n in 1..=inside {
        let stays: Vec<f64> = demands_s.iter().zip(&lengths).map(|(demand_s, length)| demand_s * (1.0 + length)).collect();
        throughput = f64::from(n) / stays.iter().sum::<f64>();
        lengths = stays.iter().map(|stay| throughput * stay).collect();
    }
    throughput
}

/// By the product form the first of two stations in a circle is empty with probability
/// (1 - r) / (1 - r^(K+1)), where r is the first service over the second; else it serves at its
/// rate (W. J. Gordon and G. F. Newell, "Closed queuing systems with exponential servers",
/// Operations Research 15(2), 1967). All begin at the first station: that is forgotten after some
/// tens of seconds of 20000.
#[test]
fn a_circle_of_two_stations_agrees_with_the_product_form() {
    for (services_s, inside) in [([1.0, 0.8], 5_u32), ([0.5, 1.5], 2), ([1.0, 2.0], 9)] {
        let routes = vec![vec![0.0, 1.0, 0.0], vec![1.0, 0.0, 0.0]];
        let plan = Plan { gaps_s: vec![0.0; 2], services_s: services_s.to_vec(), routes, inside };
        let ratio: f64 = services_s[0] / services_s[1];
        let power = (0..=inside).fold(1.0, |power, _| power * ratio);
        let theory = (1.0 - (1.0 - ratio) / (1.0 - power)) / services_s[0];
        assert!((mean_value_analysis(&services_s, inside) - theory).abs() < 1e-9, "two theories of {plan:?}");
        let found = estimate(&plan, 20_000.0, |world| world.stations[0].served as f64 / 20_000.0);
        agrees("throughput", found, theory);
    }
}

/// Three stations: from the first on to the second or third, and back. Visits are 1, 0.7, 0.3.
#[test]
fn a_closed_star_agrees_with_mean_value_analysis() {
    let routes = vec![vec![0.0, 0.7, 0.3, 0.0], vec![1.0, 0.0, 0.0, 0.0], vec![1.0, 0.0, 0.0, 0.0]];
    let plan = Plan { gaps_s: vec![0.0; 3], services_s: vec![0.4, 0.8, 1.5], routes, inside: 6 };
    let theory = mean_value_analysis(&[0.4, 0.7 * 0.8, 0.3 * 1.5], 6);
    let found = estimate(&plan, 20_000.0, |world| world.stations[0].served as f64 / 20_000.0);
    agrees("throughput", found, theory);
}

/// Rates 0.5 and 0.2 from outside; half of the first go to the second, a fifth of the second come
/// back. So the rates are a = 0.5 + 0.2 b and b = 0.2 + 0.5 a: 0.6 and 0.5, each station is busy
/// 0.6 of the time and holds 0.6 / 0.4 = 1.5 on average, as if it stood alone (J. R. Jackson,
/// "Networks of waiting lines", Operations Research 5(4), 1957). It starts empty: of 50000 s the
/// first some 20 are poorer, which is less than 0.001 of 1.5.
#[test]
fn an_open_network_agrees_with_jackson() {
    let routes = vec![vec![0.0, 0.5, 0.5], vec![0.2, 0.0, 0.8]];
    let plan = Plan { gaps_s: vec![2.0, 5.0], services_s: vec![1.0, 1.2], routes, inside: 0 };
    for station in 0..2 {
        let length = estimate(&plan, 50_000.0, |world| world.stations[station].area_ns as f64 / 50_000e9);
        agrees("number present", length, 1.5);
        let rate = estimate(&plan, 50_000.0, |world| world.stations[station].served as f64 / 50_000.0);
        agrees("throughput", rate, [0.6, 0.5][station]);
    }
}
