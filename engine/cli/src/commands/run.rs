//! `rehearsal run`: policies tried on a scenario and compared.

use std::io::Write;
use std::path::{Path, PathBuf};

use rehearsal_experiment::{Design, Rehearsal, Results, output};
use rehearsal_scenario::Trying;

use super::report::Report;
use crate::arguments::{ResultFormat, RunArguments};
use crate::conduct::{Asked, conduct, stopped};
use crate::failure::Failure;
use crate::names::{nearest, quoted};
use crate::progress::say;
use crate::scenario::{ExampleSetting, Loaded};
use crate::terminal;

/// What stands for a policy's name in the name of a trace.
const POLICY: &str = "{policy}";

/// Stretches of time into which courses are cut where nobody looks at them.
const STRETCHES: usize = 1;

/// Runs the experiment that the arguments describe and writes its result.
pub(crate) fn run(arguments: &RunArguments, out: &mut dyn Write) -> Result<(), Failure> {
    terminal::choose_color(arguments.color);
    // What cannot be written is told before the runs, not after them.
    for file in &arguments.exports {
        rehearsal_export::ResultFormat::of(file)?.available()?;
        rehearsal_export::check_place(file)?;
    }
    let trying = Trying { modes: arguments.modes.clone(), beside: arguments.beside.clone(), ..Trying::default() };
    let mut scenario = Loaded::load_trying(&arguments.scenario, &arguments.settings, &trying)?;
    let policies = chosen(&arguments.policies, scenario.policies())?;
    let traces = traces(arguments.trace.as_deref(), &policies, scenario.policies());
    for (policy, file) in &traces {
        scenario.record(*policy, file.clone());
    }
    let report = arguments.report.as_deref().map(|file| Report::begin(file, &mut scenario, &policies, &traces)).transpose()?;
    if arguments.texts {
        scenario.record_texts();
    }
    if arguments.explain_all {
        scenario.explain_all();
    }
    let design = Design {
        policies,
        replications: arguments.replications.unwrap_or_else(|| scenario.replications()),
        seed: arguments.seed.unwrap_or_else(|| scenario.seed()),
        jobs: arguments.jobs.unwrap_or_else(cores),
    };
    let asked = Asked {
        precision: &arguments.precision,
        most: arguments.max_replications,
        resume: arguments.resume.as_deref(),
        stretches: report.as_ref().map(Report::stretches).or(arguments.quantiles.then_some(STRETCHES)),
    };
    let mut results = conduct(&scenario, &design, &asked)?;
    if let Some(report) = report {
        report.write(&results, &scenario, arguments)?;
        if !arguments.quantiles {
            results.forget_detail();
        }
    }
    for (policy, file) in &traces {
        let name = &scenario.policies()[*policy];
        say(&format!("recorded replication 0 under {name} in {}", file.display()));
    }
    for file in &arguments.exports {
        rehearsal_export::write_results(&results, file)?;
        say(&format!("wrote every single run to {}", file.display()));
    }
    write(&results, arguments.format, out)?;
    if arguments.format == ResultFormat::Human {
        let recorded = traces.first().map(|(_, file)| file.as_path());
        writeln!(out, "\n{}", go_on(arguments, recorded, scenario.example_setting()))?;
    }
    out.flush()?;
    stopped(&results, arguments.resume.as_deref())
}

/// The indices of the policies named, all where none is.
pub(super) fn chosen(names: &[String], known: &[String]) -> Result<Vec<usize>, Failure> {
    if names.is_empty() {
        return Ok((0..known.len()).collect());
    }
    let index = |name: &String| {
        known.iter().position(|policy| policy == name).ok_or_else(|| {
            let hint = nearest(name, known.iter().map(String::as_str));
            Failure::Input(format!("no policy is called `{name}`; {hint}"))
        })
    };
    names.iter().map(index).collect()
}

/// Which policies are recorded, and where.
fn traces(file: Option<&Path>, policies: &[usize], names: &[String]) -> Vec<(usize, PathBuf)> {
    let Some(file) = file else {
        return Vec::new();
    };
    match file.to_str().filter(|text| text.contains(POLICY)) {
        Some(text) => policies.iter().map(|&p| (p, PathBuf::from(text.replace(POLICY, &file_part(&names[p]))))).collect(),
        None => policies.first().map(|&p| (p, file.to_owned())).into_iter().collect(),
    }
}

/// A policy's name as a part of a file's name: it must not lead into another folder.
fn file_part(name: &str) -> String {
    let plain = |c: char| {
        if c.is_alphanumeric() || c == '-' { c } else { '_' }
    };
    name.chars().map(plain).collect()
}

pub(super) fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

fn write(results: &Results, format: ResultFormat, out: &mut dyn Write) -> Result<(), Failure> {
    let text = match format {
        ResultFormat::Json => output::json(results),
        ResultFormat::Csv => output::csv(results),
        ResultFormat::Human => {
            let look = output::Look { width: terminal::width_out(), color: terminal::colors_out() };
            output::human(results, &look)
        }
    };
    Ok(out.write_all(text.as_bytes())?)
}

/// How to see what happened, and how to try something else.
fn go_on(arguments: &RunArguments, recorded: Option<&Path>, example: Option<ExampleSetting>) -> String {
    let folder = quoted(&arguments.scenario.to_string_lossy());
    let replay = |file: &str| format!("rehearsal replay {}", quoted(file));
    let see = match recorded {
        Some(file) => replay(&file.to_string_lossy()),
        None => format!("{} --replications 1 --trace day.trace && {}", same(arguments, &folder), replay("day.trace")),
    };
    let change = match example {
        Some(ExampleSetting { path, value, file }) => {
            let single = arguments.scenario.is_file();
            let file = if single { arguments.scenario.clone() } else { arguments.scenario.join(file) };
            let file = quoted(&file.to_string_lossy());
            format!("edit {file}, or rehearsal run {folder} --set {}", quoted(&format!("{path}={value}")))
        }
        None if arguments.scenario.is_file() => format!("edit {folder}"),
        None => format!("edit the files in {folder}"),
    };
    format!("See it:    {see}\nChange it: {change}")
}

/// The command of this run as far as it decides what happens in a replication of its first policy.
fn same(arguments: &RunArguments, folder: &str) -> String {
    let mut command = format!("rehearsal run {folder}");
    if let Some(policy) = arguments.policies.first() {
        command += &format!(" --policy {}", quoted(policy));
    }
    if let Some(seed) = arguments.seed {
        command += &format!(" --seed {seed}");
    }
    for (path, value) in &arguments.settings {
        command += &format!(" --set {}", quoted(&format!("{path}={value}")));
    }
    for (policy, mode) in &arguments.modes {
        command += &format!(" --mode {}", quoted(&format!("{policy}={}", mode.word())));
    }
    command
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::arguments::{Arguments, Command};
    use crate::conduct::watch;
    use clap::Parser;
    use expect_test::expect;
    use rehearsal_experiment::{Better, Conduct, Measure, Sample};

    fn arguments(words: &[&str]) -> RunArguments {
        let words = ["rehearsal", "run"].iter().chain(words);
        match Arguments::try_parse_from(words).unwrap().command {
            Command::Run(arguments) => arguments,
            other => panic!("{other:?}"),
        }
    }

    fn policies() -> Vec<String> {
        ["wait_for_the_call", "act_first"].map(String::from).to_vec()
    }

    /// Two policies that differ by 2 in their only measure.
    struct Two {
        measures: Vec<Measure>,
        policies: Vec<String>,
    }

    impl Rehearsal for Two {
        type Error = std::fmt::Error;

        fn name(&self) -> &str {
            "two"
        }

        fn measures(&self) -> &[Measure] {
            &self.measures
        }

        fn segments(&self) -> &[String] {
            &[]
        }

        fn policies(&self) -> &[String] {
            &self.policies
        }

        fn run(&self, policy: usize, _seed: u64, replication: u64) -> Result<Sample, Self::Error> {
            let value = 2.0 * policy as f64 + (replication % 3) as f64;
            Ok(Sample { overall: vec![Some(value)], segments: vec![vec![]], events: 1 })
        }
    }

    #[test]
    fn each_format_is_written_whole() {
        let measure = Measure { name: "wait".into(), label: "Wait".into(), unit: "h".into(), better: Better::Lower };
        let model = Two { measures: vec![measure], policies: policies() };
        let design = Design { policies: vec![0, 1], replications: 4, seed: 1, jobs: 2 };
        let results = watch(&model, &design, &Conduct::default()).unwrap();
        let written = |format| {
            let mut out = Vec::new();
            write(&results, format, &mut out).unwrap();
            String::from_utf8(out).unwrap()
        };
        assert_eq!(written(ResultFormat::Json), output::json(&results));
        assert_eq!(written(ResultFormat::Csv).lines().count(), 3);
        assert!(written(ResultFormat::Human).contains("worse"));
    }

    #[test]
    fn policies_are_chosen_by_name_in_the_order_given() {
        let named = |names: &[&str]| {
            let names: Vec<String> = names.iter().map(|name| name.to_string()).collect();
            chosen(&names, &policies()).map_err(|failure| failure.to_string())
        };
        assert_eq!(named(&[]), Ok(vec![0, 1]));
        assert_eq!(named(&["act_first", "wait_for_the_call"]), Ok(vec![1, 0]));
        let unknown = named(&["act_frist"]).unwrap_err();
        assert!(unknown.contains("no policy is called `act_frist`; did you mean `act_first`?"), "{unknown}");
    }

    #[test]
    fn one_policy_is_recorded_or_each_in_its_own_file() {
        let files = |name: &str| {
            let found = traces(Some(Path::new(name)), &[1, 0], &policies());
            found.iter().map(|(p, file)| format!("{p} {}", file.display())).collect::<Vec<_>>()
        };
        assert_eq!(files("day.trace"), ["1 day.trace"]);
        assert_eq!(files("{policy}.trace"), ["1 act_first.trace", "0 wait_for_the_call.trace"]);
        assert!(traces(None, &[0], &policies()).is_empty());
        let outside = traces(Some(Path::new("{policy}")), &[0], &["../../etc".into()]);
        assert_eq!(outside[0].1, Path::new("______etc"));
    }

    #[test]
    fn the_end_says_how_to_go_on() {
        let example = || {
            let (path, value, file) = ("garage.loaners".into(), "8".into(), "garage.ron".into());
            Some(ExampleSetting { path, value, file })
        };
        let plain = arguments(&["scenarios/x"]);
        expect![[r"
            See it:    rehearsal run scenarios/x --replications 1 --trace day.trace && rehearsal replay day.trace
            Change it: edit scenarios/x/garage.ron, or rehearsal run scenarios/x --set garage.loaners=8"]]
        .assert_eq(&go_on(&plain, None, example()));
        let words = ["my scenario", "--policy", "b", "--policy", "a", "--seed", "7", "--set", "a=1 h"];
        expect![[r"
            See it:    rehearsal run 'my scenario' --policy b --seed 7 --set 'a=1 h' --replications 1 --trace day.trace && rehearsal replay day.trace
            Change it: edit the files in 'my scenario'"]]
        .assert_eq(&go_on(&arguments(&words), None, None));
        let recorded = go_on(&plain, Some(Path::new("a b.trace")), None);
        assert!(recorded.starts_with("See it:    rehearsal replay 'a b.trace'\n"));
    }
}
