//! How single values are spread: who waits long, which a mean hides.

use crate::output::number::row_decimals;
use crate::results::Results;
use crate::spread::{Distribution, Spread};

use super::Section;
use super::axis::{Axis, below, px};
use super::marks::{class, dash, legend_of_lines, policy, shape};
use super::text::{behind, grouped, labelled, labelled_plain, mean, safe, short, table, tick};

/// Bars of a picture.
const BARS: usize = 32;
/// Width of a picture and height of its plot \[px\].
const SIZE: (f64, f64) = (340.0, 118.0);
/// Values between these shares are shown in full; those beyond join the outermost bars.
const SHOWN: (f64, f64) = (0.002, 0.99);

pub(super) fn section(results: &Results) -> Option<Section> {
    let measures: Vec<usize> =
        (0..results.measures.len()).filter(|m| everyone(results, *m).iter().any(|found| found.is_some())).collect();
    if measures.is_empty() {
        return None;
    }
    let lead = "The single values of all replications together: the higher the line, the more often. Below, each policy from the \
                value that half do not exceed (filled) over the one that 90 % do not (hollow) to 99 % (bar). Values beyond the picture \
                count at its edge.";
    let panels: String = measures.iter().map(|m| panel(results, *m)).collect();
    let numbers = behind(
        if results.segments.is_empty() { "The numbers behind it" } else { "The numbers behind it, by segment" },
        &numbers(results, &measures),
    );
    let body = format!("{}<div class=\"panels\">\n{panels}</div>\n{numbers}", legend_of_lines(results));
    Some(Section { id: "spreads", title: "Not only the mean".into(), lead: lead.into(), body })
}

/// The distribution of everyone's values under each policy, where there is one.
fn everyone(results: &Results, measure: usize) -> Vec<Option<&Distribution>> {
    let of = |policy: &'_ crate::PolicyResults| -> Option<usize> {
        policy
            .observed
            .get(measure)
            .and_then(|seen| seen.distributions.first())
            .filter(|found| found.spread.total() > 0)
            .map(|_| 0)
    };
    results.policies.iter().map(|policy| of(policy).map(|first| &policy.observed[measure].distributions[first])).collect()
}

/// The share of the values that lies in each of the bars between two ends.
fn shares(spread: &Spread, low: f64, high: f64) -> [f64; BARS] {
    let mut shares = [0.0; BARS];
    for (value, count) in spread.counts() {
        let place = ((value as f64 / 1e6 - low) / (high - low) * BARS as f64).floor().clamp(0.0, BARS as f64 - 1.0);
        shares[place as usize] += count as f64 / spread.total() as f64;
    }
    shares
}

fn panel(results: &Results, m: usize) -> String {
    let found = everyone(results, m);
    let measure = &results.measures[m];
    let known = || found.iter().enumerate().filter_map(|(place, found)| Some((place, (*found)?)));
    let ends = known().flat_map(|(_, found)| [SHOWN.0, SHOWN.1].into_iter().filter_map(|share| found.spread.quantile(share)));
    let (width, plot) = SIZE;
    let Some(x) = Axis::of(ends, 8.0, width - 8.0).map(Axis::with_zero) else { return String::new() };
    let bars: Vec<(usize, [f64; BARS])> =
        known().map(|(place, found)| (place, shares(&found.spread, x.low(), x.high()))).collect();
    let most = bars.iter().flat_map(|(_, shares)| shares.iter().copied()).fold(0.0, f64::max);
    let y = |share: f64| plot - (plot - 16.0) * share / most;
    let height = plot + 24.0 + 13.0 * bars.len() as f64 + 4.0;
    let title = format!("How single values of {} are spread", labelled_plain(measure));
    let mut svg = format!("<svg class=\"chart\" viewBox=\"0 0 {width} {height}\" role=\"img\"><title>{0}</title>", safe(&title));
    let peak = format!("{} %", tick((most * 1000.0).round() / 10.0, 0.1));
    svg += &format!(
        "<path class=\"grid\" d=\"M8 {0}H{1}\"/><text class=\"dim\" x=\"{1}\" y=\"{2}\" text-anchor=\"end\">{peak} of the values</text>",
        px(y(most)),
        width - 8.0,
        px(y(most) - 4.0)
    );
    svg += &format!("<path class=\"axis\" d=\"M8 {plot}H{}\"/>", width - 8.0);
    svg += &below(&x, &x.ticks(5), plot + 15.0);
    let edge = |at: usize| 8.0 + (width - 16.0) * at as f64 / BARS as f64;
    // The baseline below, so that no other line hides behind it.
    for (place, shares) in &bars {
        let mut line = format!("M{} {plot}", px(edge(0)));
        for (at, share) in shares.iter().enumerate() {
            line += &format!("V{}H{}", px(y(*share)), px(edge(at + 1)));
        }
        line += &format!("V{plot}");
        svg += &format!("<path class=\"line {}\" d=\"{line}\"{}/>", class(*place), dash(*place));
    }
    for (row, (place, found)) in known().enumerate() {
        let at = plot + 30.0 + 13.0 * row as f64;
        let [half, most, nearly] = [0, 1, 2].map(|quantile| found.quantiles.get(quantile).and_then(|q| q.estimate.mean));
        let (Some(half), Some(most), Some(nearly)) = (half, most, nearly) else { continue };
        let class = class(place);
        svg += &format!(
            "<path class=\"whisker {class}\" d=\"M{} {at}H{}M{1} {2}v8\"/>",
            px(x.place(half)),
            px(x.place(nearly)),
            at - 4.0
        );
        svg += &format!(
            "<path class=\"at hollow {class}\" transform=\"translate({} {at})\" d=\"{}\"/>",
            px(x.place(most)),
            shape(place)
        );
        svg +=
            &format!("<path class=\"at {class}\" transform=\"translate({} {at})\" d=\"{}\"/>", px(x.place(half)), shape(place));
    }
    format!("<figure><h3>{}</h3>{svg}</svg></figure>\n", labelled(measure))
}

fn numbers(results: &Results, measures: &[usize]) -> String {
    let head = ["Policy", "Segment", "Values", "Half do not exceed", "90 %", "99 %"].map(String::from);
    let mut text = String::new();
    for &m in measures {
        let mut rows = Vec::new();
        for (place, observed) in results.policies.iter().enumerate() {
            let found = observed.observed.get(m).map(|seen| seen.distributions.as_slice()).unwrap_or_default();
            let values = found.iter().flat_map(|found| found.quantiles.iter().filter_map(|quantile| quantile.estimate.mean));
            let decimals = row_decimals(values);
            for (column, found) in found.iter().enumerate() {
                let segment = match column.checked_sub(1).and_then(|at| results.segments.get(at)) {
                    Some(name) => safe(&short(name, 28)),
                    None => "everyone".into(),
                };
                let mut row = vec![policy(results, place), segment, grouped(found.spread.total())];
                row.extend(found.quantiles.iter().map(|quantile| mean(&quantile.estimate, decimals)));
                rows.push(row);
            }
        }
        text += &format!("<h3>{}</h3>\n{}", labelled(&results.measures[m]), table(&head, &rows));
    }
    text
}
