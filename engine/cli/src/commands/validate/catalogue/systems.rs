//! Beyond one line: networks, machines, crowds, inventories, replacement, and how often intervals cover the truth.

use rehearsal_experiment::theory::Law;
use rehearsal_experiment::theory::crowd::Wave;
use rehearsal_experiment::theory::inventory::reorder;
use rehearsal_experiment::theory::networks::{Station, jackson, machine_repair, time_inside};
use rehearsal_experiment::theory::queues::first_waits;
use rehearsal_experiment::theory::renewal::Replacement;

use super::super::EXPERIMENTS;
use super::{Case, REPLICATIONS, line};

const JACKSON: &str = include_str!("../../../../../../scenarios/research/jackson.ron");
const REPAIR: &str = include_str!("../../../../../../scenarios/research/machine-repair.ron");
const RUSH: &str = include_str!("../../../../../../scenarios/research/rush.ron");
const INVENTORY: &str = include_str!("../../../../../../scenarios/research/inventory.ron");
const REPLACEMENT: &str = include_str!("../../../../../../scenarios/research/replacement.ron");
const FIRST: &str = include_str!("../../../../../../scenarios/research/mm1-first.ron");

pub(super) fn cases() -> Vec<Case> {
    let mut cases = vec![network(), machines()];
    cases.extend(crowds());
    cases.extend([shelf(), parts(), coverage()]);
    cases
}

fn network() -> Case {
    // Rates are for an hour: what is crooked goes back to be cut, what is poor is painted again.
    let stations = [
        Station { arrivals: 5.0, rate: 12.0, servers: 1, next: vec![0.0, 1.0, 0.0] },
        Station { arrivals: 0.0, rate: 5.0, servers: 2, next: vec![0.2, 0.0, 0.8] },
        Station { arrivals: 0.0, rate: 10.0, servers: 1, next: vec![0.0, 0.0, 0.1] },
    ];
    let lines = jackson(&stations);
    Case {
        name: "jackson",
        about: "an open network with feedback",
        model: "a Jackson network of three stations",
        file: "jackson",
        text: JACKSON,
        settings: &[("shop.jobs", "5 / 1h"), ("scenario.length", "352d")],
        replications: REPLICATIONS,
        source: "Jackson, 1957; Gross, Shortle, Thompson and Harris, 2008, section 4.2",
        covers: None,
        lines: vec![
            line("spent", 60.0 * time_inside(&stations)).within(0.03),
            line("at_cutters", lines[0].in_line()).within(0.04),
            line("at_welders", lines[1].in_line()).within(0.04),
            line("at_painters", lines[2].in_line()).within(0.04),
        ],
    }
}

fn machines() -> Case {
    let hall = machine_repair(8, 2, 0.1, 0.5);
    Case {
        name: "machine-repair",
        about: "machines and few who repair them",
        model: "8 machines and 2 repairers",
        file: "machine-repair",
        text: REPAIR,
        settings: &[("scenario.length", "1002d")],
        replications: REPLICATIONS,
        source: "Feller, 1968, XVII.7; Gross, Shortle, Thompson and Harris, 2008, section 2.8",
        covers: None,
        lines: vec![line("up", hall.running), line("wait", 60.0 * hall.wait).within(0.03), line("busy", 100.0 * hall.busy)],
    }
}

fn crowds() -> Vec<Case> {
    let day = Wave { usual: 120.0, swing: 96.0, period: 24.0 };
    let case = |model, settings, stays: Law| {
        let present = |measure, hour| line(measure, day.present(stays, hour)).within(0.03);
        Case {
            name: "mginf",
            about: "M/G/infinity with arrivals that follow the hour",
            model,
            file: "rush",
            text: RUSH,
            settings,
            replications: REPLICATIONS,
            source: "Eick, Massey and Whitt, 1993, theorem 4.1",
            covers: None,
            lines: vec![present("midnight", 0.0), present("morning", 6.0), present("noon", 12.0), present("evening", 18.0)],
        }
    };
    vec![
        case("M(t)/G/infinity, exponential stays", &[("scenario.length", "12d")], Law::Exponential(4.0)),
        case("M(t)/G/infinity, constant stays", &[("hall.stays", "4h"), ("scenario.length", "12d")], Law::Constant(4.0)),
    ]
}

fn shelf() -> Case {
    // Five a day, for two days.
    let shelf = reorder(8, 30, 10.0);
    Case {
        name: "inventory",
        about: "an (s, S) inventory with back-orders",
        model: "(8, 30) inventory",
        file: "inventory",
        text: INVENTORY,
        settings: &[("shelf.least", "8"), ("scenario.length", "10200d"), ("experiment.warm_up", "200d")],
        replications: REPLICATIONS,
        source: "Galliher, Morse and Simond, 1959; Hadley and Whitin, 1963, section 4-7",
        covers: None,
        lines: vec![line("on_hand", shelf.on_hand), line("owed", shelf.owed).within(0.04), line("filled", 100.0 * shelf.at_once)],
    }
}

fn parts() -> Case {
    // In days; 20 parts for 5,000 days.
    let parts = Replacement { shape: 2.0, scale: 40.0, age: 30.0, planned: 1.0 / 6.0, unplanned: 1.0 };
    let all = 20.0 * 5_000.0;
    Case {
        name: "renewal",
        about: "parts replaced by age: renewal reward",
        model: "20 parts replaced by age, 5,000 days",
        file: "replacement",
        text: REPLACEMENT,
        settings: &[("scenario.length", "5600d"), ("experiment.warm_up", "600d")],
        replications: REPLICATIONS,
        source: "Barlow and Proschan, 1965, section 4.2; Ross, 1996, theorem 3.6.1",
        covers: None,
        lines: vec![
            line("cost", all * parts.cost(100.0, 500.0)),
            line("failures", all * parts.failures()),
            line("working", 100.0 * parts.working()),
        ],
    }
}

fn coverage() -> Case {
    // The mean wait of the first ten customers, in minutes, of thirty systems at a time.
    let waits = first_waits(8.0, 10.0, 10);
    let truth = 60.0 * waits.iter().sum::<f64>() / 10.0;
    Case {
        name: "coverage",
        about: "how often intervals of 95 % cover the truth",
        model: "2,000 experiments of 10 replications",
        file: "mm1-first",
        text: FIRST,
        settings: &[("systems.count", "30"), ("system.customers", "10"), ("scenario.length", "1d")],
        replications: EXPERIMENTS,
        source: "Student, 1908; the interval of the share itself at 95 %: Wilson, 1927",
        covers: Some(truth),
        // From 93 to 97 %.
        lines: vec![line("wait", 95.0).called("intervals of 95 % that cover").within(2.0 / 95.0)],
    }
}
