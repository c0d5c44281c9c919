//! Laws fitted to what was seen: as text and as JSON (schema `rehearsal.calibrate/1`). Pictures are in `law_picture.rs`.

use comfy_table::{Cell, CellAlignment, ContentArrangement, Table, TableStyle};
use serde_json::{Value, json};

use super::human::{Look, NOTHING, count, printable};
use super::number::{decimals_for, plain, short};
use super::table::{Tone, wrapped};
use crate::fit::{Fitness, Fitted, Likeness};

/// Below this probability something is said to speak against a law.
const DOUBT: f64 = 0.05;

/// A rival has to be better by so much of Akaike's criterion to be named in the verdict.
const CLEARLY: f64 = 6.0;

/// What was found of all laws of a scenario.
#[derive(Debug, Clone, PartialEq)]
pub struct Calibration {
    /// The scenario's name.
    pub scenario: String,
    /// What was looked at, as people named it.
    pub sources: Vec<String>,
    /// The seed of the samples that are drawn again.
    pub seed: u64,
    /// Laws of which fewer whole values were seen are left as they are.
    pub least: usize,
    /// The laws, in the order of the scenario's files.
    pub laws: Vec<Calibrated>,
    /// What changes in the files, as a unified diff; empty where nothing does.
    pub diff: String,
}

/// What was found of a law.
#[derive(Debug, Clone, PartialEq)]
pub struct Calibrated {
    /// Its name in the scenario, as `car/healthy/after0`.
    pub path: String,
    /// Where it stands, as `family.ron:14`.
    pub place: String,
    /// As written.
    pub text: String,
    /// Its family, as `weibull`.
    pub family: String,
    /// The unit of its values in base units, as `s`; empty for plain numbers.
    pub unit: String,
    /// How many values were seen, those that were cut off among them.
    pub n: usize,
    /// How many were cut off.
    pub cut_off: usize,
    /// The fit, or why there is none.
    pub found: Result<Found, String>,
}

/// A law with other numbers.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// The fit.
    pub fitted: Fitted,
    /// The parameters, as written and as they would be written.
    pub parameters: Vec<Changed>,
    /// What was seen, held against the law as written.
    pub likeness: Likeness,
    /// How well the fitted law fits; `None` where that cannot be told.
    pub fitness: Option<Fitness>,
    /// Other families on the same values, or why they cannot be fitted; none where none were tried.
    pub rivals: Vec<(String, Result<Fitted, String>)>,
}

/// A parameter as text.
#[derive(Debug, Clone, PartialEq)]
pub struct Changed {
    /// What it is, as `shape`; `rate` for a source.
    pub name: String,
    /// Where its number stands.
    pub place: String,
    /// As written.
    pub before: String,
    /// As fitted.
    pub after: String,
    /// The interval of 95 %, in the same form.
    pub interval: Option<(String, String)>,
}

impl Found {
    /// The rival with the least of Akaike's criterion that is clearly better.
    fn better(&self) -> Option<(&str, f64)> {
        let gain = |(name, fitted): &'_ (String, Result<Fitted, String>)| {
            let gain = self.fitted.aic() - fitted.as_ref().ok()?.aic();
            (gain > CLEARLY).then(|| (name.clone(), gain))
        };
        let best = self.rivals.iter().filter_map(gain).max_by(|a, b| a.1.total_cmp(&b.1))?;
        self.rivals.iter().find(|(name, _)| *name == best.0).map(|(name, _)| (name.as_str(), best.1))
    }

    /// One word for programs: `poor`, `changed` or `agrees`.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self.fitness {
            Some(fitness) if fitness.p < DOUBT => "poor",
            _ if self.likeness.p < DOUBT => "changed",
            _ => "agrees",
        }
    }

    /// The verdict in a sentence.
    #[must_use]
    pub fn verdict(&self) -> String {
        let family = self.fitted.family.name();
        let written = if self.likeness.p < DOUBT {
            format!("what was seen speaks against the numbers as written (p {})", probability(self.likeness.p))
        } else {
            format!("what was seen agrees with the numbers as written (p {})", probability(self.likeness.p))
        };
        let better = self.better().map(|(name, gain)| format!("; {name} fits better, by {} of AIC", plain(gain, 1)));
        let better = better.unwrap_or_default();
        match self.fitness {
            Some(fitness) if fitness.p < DOUBT => {
                let advice = if self.rivals.is_empty() { "; see others by --families" } else { "" };
                format!("no {family} law fits well (p {}); {written}{better}{advice}", probability(fitness.p))
            }
            _ => format!("{written}{better}"),
        }
    }

    fn tone(&self) -> Tone {
        match self.word() {
            "poor" => Tone::Bad,
            "changed" => Tone::Bold,
            _ => Tone::Good,
        }
    }
}

fn probability(p: f64) -> String {
    if p < 0.001 { "< 0.001".into() } else { plain(p, if p < 0.1 { 3 } else { 2 }) }
}

/// What was found, as text.
pub fn calibration(found: &Calibration, look: &Look) -> String {
    let fitted: Vec<(&Calibrated, &Found)> =
        found.laws.iter().filter_map(|law| law.found.as_ref().ok().map(|found| (law, found))).collect();
    let sources = found.sources.iter().map(|name| printable(name)).collect::<Vec<_>>().join(", ");
    let laws = count(found.laws.len() as u64, "law of chance", "laws of chance");
    let title = format!("{}: {} of {laws} fitted to {sources}", printable(&found.scenario), fitted.len());
    let mut text = format!("{}\n", Tone::Bold.paint(&wrapped(&title, look.width, ""), look.color));
    for (law, found) in &fitted {
        text += &format!("\n{}", one(law, found, look));
    }
    text += &left_alone(found, look);
    let say = |line: &str| format!("{}\n", wrapped(line, look.width, ""));
    if !fitted.is_empty() {
        text += "\n";
        text += &say(
            "Numbers are the most likely ones; what was cut off counts as longer than was seen. Distance: the largest between the \
             fitted law and the curve of Kaplan and Meier, from 0 to 1; its p is how often a sample of the fitted law is as far from it.",
        );
    }
    text
}

/// A law that was fitted.
fn one(law: &Calibrated, found: &Found, look: &Look) -> String {
    let head = format!("{}   {}   at {}", printable(&law.path), printable(&law.text), printable(&law.place));
    let mut text = format!("{}\n", Tone::Bold.paint(&wrapped(&head, look.width, "    "), look.color));
    let rows = found.parameters.iter().map(|parameter| {
        let interval = parameter.interval.as_ref().map_or_else(|| NOTHING.to_owned(), |(low, high)| format!("{low} to {high}"));
        [parameter.name.clone(), parameter.before.clone(), parameter.after.clone(), interval]
    });
    text += &table(["", "written", "fitted", "95 % interval"], rows.collect(), look);
    let seen = if law.cut_off == 0 { "none cut off".into() } else { format!("{} of them cut off", plain(law.cut_off as f64, 0)) };
    let likelihood = |value: f64| if value.is_finite() { plain(value, decimals_for(1.0, 2)) } else { "impossible".into() };
    let numbers = format!(
        "  {} seen, {seen}; log-likelihood {} (as written {}), AIC {}",
        plain(law.n as f64, 0),
        likelihood(found.fitted.log_likelihood),
        likelihood(found.likeness.log_likelihood),
        likelihood(found.fitted.aic()),
    );
    let distance = found.fitness.map(|fitness| format!("; distance {} (p {})", short(fitness.distance), probability(fitness.p)));
    text += &format!("{}\n", wrapped(&(numbers + &distance.unwrap_or_default()), look.width, "  "));
    if !found.rivals.is_empty() {
        text += &rivals(law, found, look);
    }
    let verdict = wrapped(&format!("  {}", found.verdict()), look.width, "  ");
    text + &format!("{}\n", found.tone().paint(&verdict, look.color))
}

/// Other families on the same values, the best first.
fn rivals(law: &Calibrated, found: &Found, look: &Look) -> String {
    let mut all: Vec<(&str, f64, String)> = vec![("", found.fitted.aic(), law_text(&found.fitted, &law.unit))];
    let mut refused = String::new();
    for (name, rival) in &found.rivals {
        match rival {
            Ok(rival) => all.push((name.as_str(), rival.aic(), law_text(rival, &law.unit))),
            Err(why) => refused += &format!("{}\n", wrapped(&format!("    {name}: {why}"), look.width, "      ")),
        }
    }
    all.sort_by(|a, b| a.1.total_cmp(&b.1));
    let least = all[0].1;
    let row = |(name, aic, text): &(&str, f64, String)| {
        let mark = if name.is_empty() { "as written" } else { "" };
        [format!("  {text}"), plain(*aic, 1), format!("+{}", plain(aic - least, 1)), mark.into()]
    };
    table(["  family", "AIC", "worse by", ""], all.iter().map(row).collect(), look) + &refused
}

/// A fitted law as a scenario might write it.
fn law_text(fitted: &Fitted, unit: &str) -> String {
    let bare = ["shape", "sigma", "stages", "a", "b", "probability"];
    let value = |parameter: &crate::fit::Estimated| match bare.contains(&parameter.name) {
        true => short(parameter.value),
        false => amount(parameter.value, unit),
    };
    let values: Vec<String> = fitted.parameters.iter().map(value).collect();
    format!("{}({})", fitted.family.name(), values.join(", "))
}

/// A value in a unit that suits it.
fn amount(value: f64, unit: &str) -> String {
    let size = value.abs();
    match unit {
        "" => short(value),
        "s" if size >= 2.0 * 86_400.0 => format!("{}d", short(value / 86_400.0)),
        "s" if size >= 2.0 * 3_600.0 => format!("{}h", short(value / 3_600.0)),
        "s" if size >= 120.0 => format!("{}min", short(value / 60.0)),
        "s" => format!("{}s", short(value)),
        unit => format!("{} {unit}", short(value)),
    }
}

fn table(head: [&str; 4], rows: Vec<[String; 4]>, look: &Look) -> String {
    let mut table = Table::new();
    table.load_style(TableStyle::new()).force_no_tty();
    table.set_content_arrangement(ContentArrangement::Disabled);
    table.add_row(head.map(|cell| Cell::new(Tone::Dim.paint(cell, look.color))));
    rows.into_iter().for_each(|row| {
        table.add_row(row);
    });
    for (index, column) in table.column_iter_mut().enumerate() {
        column.set_padding((2, 0));
        if index > 0 {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table.to_string().lines().map(|line| format!("{}\n", line.trim_end())).collect()
}

/// Laws that were left as they are, those of one reason together.
fn left_alone(found: &Calibration, look: &Look) -> String {
    let mut reasons: Vec<(&str, Vec<&str>)> = Vec::new();
    for law in &found.laws {
        let Err(why) = &law.found else { continue };
        match reasons.iter_mut().find(|(reason, _)| reason == why) {
            Some((_, laws)) => laws.push(&law.path),
            None => reasons.push((why, vec![&law.path])),
        }
    }
    if reasons.is_empty() {
        return String::new();
    }
    let all: usize = reasons.iter().map(|(_, laws)| laws.len()).sum();
    let head = format!("Not fitted, and left as they are: {all}");
    let mut text = format!("\n{}\n", Tone::Bold.paint(&head, look.color));
    for (reason, laws) in reasons {
        let laws = laws.iter().map(|path| printable(path)).collect::<Vec<_>>().join(", ");
        text += &format!("{}\n", wrapped(&format!("  not fitted: {}", printable(reason)), look.width, "    "));
        text += &format!("{}\n", Tone::Dim.paint(&wrapped(&format!("      {laws}"), look.width, "      "), look.color));
    }
    text
}

/// What was found, as JSON; values are in base units.
pub fn calibration_json(found: &Calibration) -> String {
    let document = json!({
        "schema": "rehearsal.calibrate/1",
        "scenario": found.scenario,
        "sources": found.sources,
        "seed": found.seed,
        "least": found.least,
        "laws": found.laws.iter().map(law_json).collect::<Vec<_>>(),
        "diff": found.diff,
    });
    format!("{document:#}\n")
}

/// A number with seven significant digits: the last ones of logarithms differ between platforms.
fn number(value: f64) -> Value {
    format!("{value:.6e}").parse::<f64>().ok().filter(|value| value.is_finite()).map_or(Value::Null, Value::from)
}

fn fitted_json(fitted: &Fitted) -> Value {
    let parameter = |parameter: &crate::fit::Estimated| {
        json!({
            "name": parameter.name,
            "value": number(parameter.value),
            "error": parameter.error.map(number),
            "ci": parameter.interval.map(|(low, high)| [number(low), number(high)]),
        })
    };
    json!({
        "family": fitted.family.name(),
        "parameters": fitted.parameters.iter().map(parameter).collect::<Vec<_>>(),
        "log_likelihood": number(fitted.log_likelihood),
        "aic": number(fitted.aic()),
    })
}

fn law_json(law: &Calibrated) -> Value {
    let mut value = json!({
        "path": law.path,
        "place": law.place,
        "law": law.text,
        "family": law.family,
        "unit": law.unit,
        "n": law.n,
        "cut_off": law.cut_off,
        "fitted": law.found.is_ok(),
    });
    match &law.found {
        Err(why) => value["why"] = json!(why),
        Ok(found) => {
            let written = found.parameters.iter().map(|parameter| {
                json!({
                    "name": parameter.name,
                    "place": parameter.place,
                    "before": parameter.before,
                    "after": parameter.after,
                    "ci": parameter.interval.as_ref().map(|(low, high)| [low, high]),
                })
            });
            let rival = |(name, rival): &(String, Result<Fitted, String>)| match rival {
                Ok(rival) => fitted_json(rival),
                Err(why) => json!({ "family": name, "why": why }),
            };
            value["numbers"] = written.collect();
            value["fit"] = fitted_json(&found.fitted);
            value["log_likelihood_written"] = number(found.likeness.log_likelihood);
            value["p_written"] = number(found.likeness.p);
            value["distance"] = found.fitness.map_or(Value::Null, |fitness| number(fitness.distance));
            value["p_fit"] = found.fitness.map_or(Value::Null, |fitness| number(fitness.p));
            value["verdict"] = json!(found.word());
            value["rivals"] = found.rivals.iter().map(rival).collect();
        }
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fit::{Family, Seen, fit, fitness, likeness};
    use crate::output::{LawPicture, law_picture};
    use crate::synthetic::Draws;
    use expect_test::expect;

    fn sample() -> Vec<Seen> {
        let mut luck = Draws::new(3);
        let value = |at: usize| {
            let value = -600.0 * libm::log(luck.uniform());
            if at.is_multiple_of(4) && value > 500.0 { Seen::cut_off(500.0) } else { Seen::whole(value) }
        };
        (0..200).map(value).collect()
    }

    fn found() -> Calibration {
        let sample = sample();
        let fitted = fit(Family::Exponential, &sample).unwrap();
        let after = format!("{:.2}min", fitted.values()[0] / 60.0);
        let changed = Changed {
            name: "mean".into(),
            place: "desk.ron:3".into(),
            before: "6min".into(),
            after,
            interval: Some(("8.5min".into(), "11.6min".into())),
        };
        let rivals = vec![
            ("weibull".to_owned(), fit(Family::Weibull, &sample).map_err(|error| error.to_string())),
            ("lognormal".to_owned(), Err("1 of 200 values cannot come of a law of this family".to_owned())),
        ];
        let fit = Found {
            likeness: likeness(&fitted, &[360.0], &sample),
            fitness: fitness(&fitted, &sample, 1),
            fitted,
            parameters: vec![changed],
            rivals,
        };
        let law = |path: &str, found: Result<Found, String>| Calibrated {
            path: path.into(),
            place: "desk.ron:9".into(),
            text: "exponential(talk)".into(),
            family: "exponential".into(),
            unit: "s".into(),
            n: 200,
            cut_off: sample.iter().filter(|seen| seen.cut_off).count(),
            found,
        };
        let wear = || Err("depends on `wear`".to_owned());
        Calibration {
            scenario: "desk".into(),
            sources: vec!["day.trace".into()],
            seed: 1,
            least: 20,
            laws: vec![law("caller/talks/delay0", Ok(fit)), law("car/a/after0", wear()), law("car/b/after0", wear())],
            diff: String::new(),
        }
    }

    #[test]
    fn a_fit_is_told() {
        expect![[r#"
            desk: 1 of 3 laws of chance fitted to day.trace

            caller/talks/delay0   exponential(talk)   at desk.ron:9
                    written    fitted      95 % interval
              mean     6min  10.07min  8.5min to 11.6min
              200 seen, 22 of them cut off; log-likelihood −1,317.9 (as written −1,346.4), AIC
              2,637.7; distance 0.0507 (p 0.54)
                family                      AIC  worse by
                exponential(10.1min)    2,637.7      +0.0  as written
                weibull(1.06, 10.2min)  2,638.9      +1.1
                lognormal: 1 of 200 values cannot come of a law of this family
              what was seen speaks against the numbers as written (p < 0.001)

            Not fitted, and left as they are: 2
              not fitted: depends on `wear`
                  car/a/after0, car/b/after0

            Numbers are the most likely ones; what was cut off counts as longer than was seen.
            Distance: the largest between the fitted law and the curve of Kaplan and Meier, from 0 to
            1; its p is how often a sample of the fitted law is as far from it.
        "#]]
        .assert_eq(&calibration(&found(), &Look { width: 90, color: false }));
    }

    #[test]
    fn a_fit_is_told_to_programs() {
        let json: Value = serde_json::from_str(&calibration_json(&found())).unwrap();
        let law = &json["laws"][0];
        assert_eq!((&json["schema"], &law["verdict"]), (&"rehearsal.calibrate/1".into(), &"changed".into()));
        assert_eq!(law["fit"]["parameters"][0]["ci"].as_array().map(Vec::len), Some(2));
        assert_eq!((&json["laws"][1]["why"], &json["laws"][1]["fitted"]), (&"depends on `wear`".into(), &false.into()));
        let odd = number(f64::NEG_INFINITY);
        assert_eq!((odd, number(0.123_456_789)), (Value::Null, json!(0.123_456_8)));
    }

    #[test]
    fn pictures_hold_numbers_for_any_family() {
        let samples = [
            (Family::Exponential, vec![3.0, 40.0, 50_000.0]),
            (Family::Normal, vec![-3.0, 5.0, 0.0]),
            (Family::Poisson, vec![0.0, 3.0, 2.0, 2.0]),
            (Family::Chance, vec![0.0, 1.0, 1.0]),
            (Family::Uniform, vec![1e-9, 2e-9]),
        ];
        for (family, values) in samples {
            let sample: Vec<Seen> = values.into_iter().map(Seen::whole).collect();
            let fitted = fit(family, &sample).unwrap();
            let svg = law_picture(&LawPicture {
                title: "a <b> & \"c\"",
                before: "x",
                after: "y",
                verdict: "it is so",
                unit: "s",
                written: &fitted.values(),
                fitted: &fitted,
                sample: &sample,
            });
            assert!(svg.starts_with("<svg") && svg.ends_with("</svg>\n") && svg.contains("a &lt;b&gt; &amp; &quot;c&quot;"));
            assert!(!svg.contains("NaN") && !svg.contains("inf"), "{family:?}: {svg}");
        }
    }
}
