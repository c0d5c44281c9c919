//! Text on the page: the one place where words of scenarios become HTML, and numbers become words.

use crate::design::Measure;
use crate::output::number::{plain, row_decimals, signed, spread};
use crate::results::Results;
use crate::statistics::Estimate;

/// Shown where nothing was observed.
pub(super) const NOTHING: &str = "–";

/// `text` as HTML shows it, in an element or a quoted attribute.
///
/// Characters that a browser would obey rather than show, such as those that turn the direction of writing, are replaced.
pub fn safe(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => safe += "&amp;",
            '<' => safe += "&lt;",
            '>' => safe += "&gt;",
            '"' => safe += "&quot;",
            '\'' => safe += "&#39;",
            '\n' | '\t' | '\r' => safe.push(' '),
            '\u{200e}' | '\u{200f}' | '\u{061c}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}' => {
                safe.push('\u{fffd}');
            }
            letter if letter.is_control() => safe.push('\u{fffd}'),
            letter => safe.push(letter),
        }
    }
    safe
}

/// The first `letters` of `text`, with a sign where more was there.
pub(super) fn short(text: &str, letters: usize) -> String {
    match text.char_indices().nth(letters) {
        None => text.to_owned(),
        Some(_) => text.chars().take(letters.saturating_sub(1)).chain(['…']).collect(),
    }
}

/// A name as HTML, at most `letters` long; the whole of it is told where the pointer rests. Its direction of writing is its own.
pub(super) fn named(text: &str, letters: usize) -> String {
    let shown = safe(&short(text, letters));
    if text.chars().count() > letters {
        format!("<bdi title=\"{}\">{shown}</bdi>", safe(text))
    } else {
        format!("<bdi>{shown}</bdi>")
    }
}

/// A measure's label with its unit, as HTML.
pub(super) fn labelled(measure: &Measure) -> String {
    let unit = if measure.unit.is_empty() { String::new() } else { format!(" <small>{}</small>", named(&measure.unit, 40)) };
    format!("{}{unit}", named(&measure.label, 90))
}

/// As [`labelled`], for places where it is written so often that the whole name would weigh too much.
pub(super) fn labelled_briefly(measure: &Measure) -> String {
    let label = safe(&short(&measure.label, 60));
    if measure.unit.is_empty() { label } else { format!("{label} <small>{}</small>", safe(&short(&measure.unit, 30))) }
}

/// A measure's label with its unit, as plain text.
pub(super) fn labelled_plain(measure: &Measure) -> String {
    let label = short(&measure.label, 90);
    if measure.unit.is_empty() { label } else { format!("{label} ({})", short(&measure.unit, 40)) }
}

/// How many decimals suit the values of a measure, and their differences too where there are any.
pub(super) fn decimals(results: &Results, measure: usize) -> usize {
    let means = results.policies.iter().filter_map(|policy| policy.overall[measure].mean);
    let differences = results.differences.iter().filter_map(|policy| policy[measure].estimate.mean);
    row_decimals(means.chain(differences))
}

/// A mean with half of its interval, as `12.3 ± 0.4`.
pub(super) fn mean(estimate: &Estimate, decimals: usize) -> String {
    with(estimate, decimals, plain)
}

/// A difference with half of its interval, as `+12.3 ± 0.4`.
pub(super) fn difference(estimate: &Estimate, decimals: usize) -> String {
    with(estimate, decimals, signed)
}

fn with(estimate: &Estimate, decimals: usize, write: fn(f64, usize) -> String) -> String {
    match (estimate.mean, estimate.half_width()) {
        (None, _) => NOTHING.into(),
        (Some(mean), None) => write(mean, decimals),
        (Some(mean), Some(half)) => format!("{} ± {}", write(mean, decimals), spread(half, decimals)),
    }
}

/// A number for an axis: few digits, thousands and millions as `12k` and `1.2M`.
pub(super) fn tick(value: f64, step: f64) -> String {
    if value == 0.0 {
        return "0".into();
    }
    let (scale, unit) = match step.abs().max(value.abs() / 100.0) {
        large if large >= 1e9 => (1e9, "G"),
        large if large >= 1e6 => (1e6, "M"),
        large if large >= 1e3 => (1e3, "k"),
        _ => (1.0, ""),
    };
    let (value, mut step, mut decimals) = (value / scale, step / scale, 0);
    while decimals < 6 && (step - step.round()).abs() > 1e-6 * step.abs() {
        step *= 10.0;
        decimals += 1;
    }
    format!("{}{unit}", plain(value, decimals))
}

/// A length of time in its largest sensible units.
pub(super) fn span(seconds: f64) -> String {
    for (length, one, many) in [(86_400.0, "day", "days"), (3_600.0, "hour", "hours"), (60.0, "minute", "minutes")] {
        let units = seconds / length;
        if units >= 2.0 || (units >= 1.0 && (units - 1.0).abs() < 1e-9) {
            let rounded = (units * 10.0).round() / 10.0;
            let words = if rounded == 1.0 { one } else { many };
            return format!("{} {words}", if rounded.fract() == 0.0 { format!("{rounded:.0}") } else { format!("{rounded:.1}") });
        }
    }
    format!("{seconds:.0} s")
}

/// A beginning such as `2026-11-02T00:00:00.000` as people write it; midnight goes without saying.
pub(super) fn begin(text: &str) -> String {
    let (date, time) = text.split_once(['T', ' ']).unwrap_or((text, ""));
    let minutes: String = time.chars().take(5).collect();
    if minutes.is_empty() || minutes == "00:00" { safe(date) } else { safe(&format!("{date} {minutes}")) }
}

/// A count in words: `1 policy`, `3 policies`.
pub(super) fn count(n: u64, one: &str, many: &str) -> String {
    format!("{} {}", grouped(n), if n == 1 { one } else { many })
}

/// A whole number with its thousands apart.
pub(super) fn grouped(n: u64) -> String {
    plain(n as f64, 0)
}

/// A part of the page that opens, for those who want the numbers.
pub(super) fn behind(words: &str, body: &str) -> String {
    format!("<details><summary>{words}</summary>\n<div class=\"wide\">{body}</div></details>\n")
}

/// A table as HTML; cells are HTML already. The first cell of a row heads it.
pub(super) fn table(head: &[String], rows: &[Vec<String>]) -> String {
    let mut text = String::from("<table class=\"numbers\"><thead><tr>");
    for cell in head {
        text += &format!("<th scope=\"col\">{cell}");
    }
    text += "</thead><tbody>";
    for row in rows {
        text += "\n<tr>";
        for (place, cell) in row.iter().enumerate() {
            text += if place == 0 { "<th scope=\"row\">" } else { "<td>" };
            text += cell;
        }
    }
    text + "</tbody></table>"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_breaks_out_or_turns_around() {
        assert_eq!(safe("<script>alert('x')</script>"), "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;");
        assert_eq!(safe("a\" onload=\"b & c\n"), "a&quot; onload=&quot;b &amp; c ");
        assert_eq!(safe("a\u{202e}b\u{2066}\u{0}"), "a\u{fffd}b\u{fffd}\u{fffd}");
    }

    #[test]
    fn long_names_are_cut_and_told_in_full() {
        assert_eq!((short("abcdef", 6).as_str(), short("abcdefg", 6).as_str()), ("abcdef", "abcde…"));
        assert_eq!(named("ab<", 9), "<bdi>ab&lt;</bdi>");
        assert_eq!(named("abc\"def", 4), "<bdi title=\"abc&quot;def\">abc…</bdi>");
    }

    #[test]
    fn axis_numbers_are_short() {
        assert_eq!([tick(0.25, 0.05), tick(12.0, 2.0), tick(2.5, 2.5), tick(-3.0, 1.0)], ["0.25", "12", "2.5", "−3"]);
        assert_eq!([tick(12_000.0, 2_000.0), tick(1_500_000.0, 500_000.0), tick(2e6, 1e6)], ["12k", "1,500k", "2M"]);
    }

    #[test]
    fn spans_are_in_units_that_fit() {
        assert_eq!([span(3_628_800.0), span(86_400.0), span(5_400.0), span(30.0)], ["42 days", "1 day", "90 minutes", "30 s"]);
        assert_eq!(span(363_117.0), "4.2 days");
        assert_eq!(
            [begin("2026-11-02T00:00:00.000"), begin("2026-11-02 08:30"), begin("x")],
            ["2026-11-02", "2026-11-02 08:30", "x"]
        );
    }
}
