//! Queues: one server or several, the first customers, limited lines, any law of service, those who go away, priorities.

use rehearsal_experiment::theory::Law;
use rehearsal_experiment::theory::loss::{erlang_a, erlang_b, limited};
use rehearsal_experiment::theory::priorities::{Class, cobham, interrupting};
use rehearsal_experiment::theory::queues::{Line as Queue, first_waits, pollaczek_khinchine};

use super::{Case, Line, REPLICATIONS, line};

const MMC: &str = include_str!("../../../../../../scenarios/research/mmc.ron");
const FIRST: &str = include_str!("../../../../../../scenarios/research/mm1-first.ron");
const MMCK: &str = include_str!("../../../../../../scenarios/research/mmck.ron");
const MG1: &str = include_str!("../../../../../../scenarios/research/mg1.ron");
const LOSS: &str = include_str!("../../../../../../scenarios/research/loss.ron");
const ERLANG_A: &str = include_str!("../../../../../../scenarios/research/erlang-a.ron");
const PRIORITY: &str = include_str!("../../../../../../scenarios/research/priority.ron");

/// All of them. Rates are for an hour where nothing else is said; what is shown in minutes is 60 times as much.
pub(super) fn cases() -> Vec<Case> {
    let mut cases = vec![one_server(), first_customers(), several_servers(), call_centre(), limited_line()];
    cases.extend(any_service());
    cases.extend(lost_calls());
    cases.push(impatient());
    cases.extend(priorities());
    cases
}

fn one_server() -> Case {
    let queue = Queue { arrivals: 7.0, rate: 10.0, servers: 1 };
    Case {
        name: "mm1",
        about: "M/M/1: mean and tail",
        model: "M/M/1, load 0.7",
        file: "mmc",
        text: MMC,
        settings: &[
            ("system.servers", "1"),
            ("system.arrivals", "7 / 1h"),
            ("system.long", "30min"),
            ("scenario.length", "402d"),
        ],
        replications: REPLICATIONS,
        source: "Erlang, 1917; Kleinrock, 1975, chapter 3",
        covers: None,
        lines: waits(queue, "waited more than 30 min", 0.5),
    }
}

/// The figures of an M/M/c queue, with the chance to wait longer than so many hours.
fn waits(queue: Queue, long: &'static str, hours: f64) -> Vec<Line> {
    vec![
        line("wait", 60.0 * queue.wait()).within(0.03),
        line("delayed", 100.0 * queue.delayed()),
        line("long_wait", 100.0 * queue.waits_beyond(hours)).called(long).within(0.04),
        line("in_line", queue.in_line()).within(0.03),
        line("busy", 100.0 * queue.load()),
    ]
}

fn first_customers() -> Case {
    let waits = first_waits(8.0, 10.0, 25);
    let wait = |measure, number: usize| line(measure, 60.0 * waits[number - 1]).within(0.04);
    Case {
        name: "mm1-first",
        about: "M/M/1 from an empty start: its first customers",
        model: "M/M/1 from an empty start, load 0.8",
        file: "mm1-first",
        text: FIRST,
        settings: &[("systems.count", "2500")],
        replications: REPLICATIONS,
        source: "the chain embedded at arrivals, Kendall, 1953; the same by Spitzer, 1956",
        covers: None,
        lines: vec![wait("second", 2), wait("fifth", 5), wait("tenth", 10), wait("last", 25)],
    }
}

fn several_servers() -> Case {
    Case {
        name: "mmc",
        about: "M/M/c",
        model: "M/M/3, load 0.8",
        file: "mmc",
        text: MMC,
        settings: &[("scenario.length", "302d")],
        replications: REPLICATIONS,
        source: "Erlang, 1917; Gross, Shortle, Thompson and Harris, 2008, section 2.3",
        covers: None,
        lines: waits(Queue { arrivals: 24.0, rate: 10.0, servers: 3 }, "waited more than 10 min", 1.0 / 6.0),
    }
}

fn call_centre() -> Case {
    let queue = Queue { arrivals: 50.0, rate: 6.25, servers: 10 };
    Case {
        name: "erlang-c",
        about: "Erlang C: a call centre of 10 agents",
        model: "Erlang C, 8 erlang on 10 agents",
        file: "mmc",
        text: MMC,
        settings: &[
            ("system.servers", "10"),
            ("system.arrivals", "50 / 1h"),
            ("system.service", "9.6min"),
            ("system.long", "20s"),
            ("scenario.length", "122d"),
        ],
        replications: REPLICATIONS,
        source: "Erlang, 1917; Cooper, 1981, chapter 3",
        covers: None,
        lines: vec![
            line("wait", 60.0 * queue.wait()).within(0.05),
            line("delayed", 100.0 * queue.delayed()).within(0.03),
            line("long_wait", 100.0 * queue.waits_beyond(20.0 / 3600.0)).called("waited more than 20 s").within(0.03),
        ],
    }
}

fn limited_line() -> Case {
    let queue = limited(20.0, 10.0, 2, 3);
    Case {
        name: "mmck",
        about: "M/M/c/K: a line of limited length",
        model: "M/M/2/5, load offered 1",
        file: "mmck",
        text: MMCK,
        settings: &[("scenario.length", "62d")],
        replications: REPLICATIONS,
        source: "Gross, Shortle, Thompson and Harris, 2008, section 2.5",
        covers: None,
        lines: vec![
            line("lost", 100.0 * queue.lost),
            line("wait", 60.0 * queue.in_line / (20.0 * (1.0 - queue.lost))).within(0.03),
            line("in_line", queue.in_line).within(0.03),
            line("busy", 100.0 * queue.busy),
        ],
    }
}

fn any_service() -> Vec<Case> {
    let case = |model, settings, service: Law, widest| {
        // Arrivals are 0.1 a minute.
        let wait = pollaczek_khinchine(0.1, service);
        Case {
            name: "mg1",
            about: "M/G/1 with three laws of service",
            model,
            file: "mg1",
            text: MG1,
            settings,
            replications: REPLICATIONS,
            source: "Pollaczek, 1930; Khinchine, 1932",
            covers: None,
            lines: vec![
                line("wait", wait).within(widest),
                line("in_line", 0.1 * wait).within(widest),
                line("busy", 10.0 * service.mean()),
            ],
        }
    };
    let stages = Law::Erlang { stages: 4, mean: 6.0 };
    vec![
        case("M/G/1, constant service", &[("system.needs", "6min")], Law::Constant(6.0), 0.03),
        case("M/G/1, service in four stages", &[("system.needs", "erlang(4, 6min)")], stages, 0.03),
        case("M/G/1, log-normal service", &[], Law::LogNormal { median: 6.0, sigma: 0.7 }, 0.04),
    ]
}

fn lost_calls() -> Vec<Case> {
    let case = |model, settings, talk: Law| {
        // Calls are 160 an hour, talks in minutes.
        let offered = 160.0 / 60.0 * talk.mean();
        let lost = erlang_b(offered, 10);
        Case {
            name: "erlang-b",
            about: "Erlang B with three laws of service",
            model,
            file: "loss",
            text: LOSS,
            settings,
            replications: REPLICATIONS,
            source: "Erlang, 1917; for any law Sevastyanov, 1957",
            covers: None,
            lines: vec![line("lost", 100.0 * lost), line("busy", 10.0 * offered * (1.0 - lost))],
        }
    };
    let log_normal = Law::LogNormal { median: 2.0, sigma: 0.9 };
    vec![
        case("Erlang B, exponential talks", &[("scenario.length", "22d")], Law::Exponential(3.0)),
        case("Erlang B, constant talks", &[("exchange.talk", "3min"), ("scenario.length", "22d")], Law::Constant(3.0)),
        case("Erlang B, log-normal talks", &[("exchange.talk", "lognormal(2min, 0.9)"), ("scenario.length", "22d")], log_normal),
    ]
}

fn impatient() -> Case {
    let desk = erlang_a(110.0, 10.0, 15.0, 10);
    Case {
        name: "erlang-a",
        about: "Erlang A: callers who hang up",
        model: "Erlang A, 11 erlang on 10 agents",
        file: "erlang-a",
        text: ERLANG_A,
        settings: &[("scenario.length", "22d")],
        replications: REPLICATIONS,
        source: "Palm, 1957; Mandelbaum and Zeltyn, 2007",
        covers: None,
        lines: vec![
            line("abandoned", 100.0 * desk.lost),
            line("answered_at_once", 100.0 * desk.at_once),
            line("hold", 3600.0 * desk.in_line / 110.0).within(0.03),
            line("busy", 100.0 * desk.busy),
        ],
    }
}

fn priorities() -> Vec<Case> {
    // In minutes.
    let class = |hourly: f64, mean| Class { arrivals: hourly / 60.0, service: Law::Exponential(mean) };
    let classes = [class(2.0, 3.0), class(3.0, 8.0), class(1.5, 9.0)];
    // The last ones wait long and vary much.
    let lines = |measures: [&'static str; 3], times: Vec<f64>| {
        measures.into_iter().zip(times).map(|(measure, time)| line(measure, time).within(0.05)).collect()
    };
    let case = |model, settings, source, lines| Case {
        name: "priority",
        about: "priorities, that wait for each other or interrupt",
        model,
        file: "priority",
        text: PRIORITY,
        settings,
        replications: REPLICATIONS,
        source,
        covers: None,
        lines,
    };
    vec![
        case(
            "M/G/1 with three priorities",
            &[("scenario.length", "402d")],
            "Cobham, 1954",
            lines(["first_waits", "second_waits", "third_waits"], cobham(&classes)),
        ),
        case(
            "M/G/1 with three priorities that interrupt",
            &[("system.server.discipline", "Preemptive"), ("scenario.length", "402d")],
            "White and Christie, 1958",
            lines(["first_spend", "second_spend", "third_spend"], interrupting(&classes)),
        ),
    ]
}
