//! The company's outcome beside its customers': who gains by a policy, and at whose cost.

use crate::design::{Better, Pair};
use crate::results::{Balance, Results};

use super::Section;
use super::axis::px;
use super::marks::{class, legend, policy, shape};
use super::text::{behind, decimals, difference, labelled_briefly, named, safe, short, table};

/// Width and height of a picture \[px\].
const SIZE: (f64, f64) = (340.0, 250.0);

pub(super) fn section(results: &Results) -> Option<Section> {
    if results.policies.len() < 2 || results.pairs.is_empty() {
        return None;
    }
    let lead = "What is won on one side may be lost on the other. To the right the company gains, upwards its customers do; \
                crosses are 95 % intervals, and the middle is the baseline.";
    let panels: String = results.pairs.iter().map(|pair| panel(results, pair)).collect();
    let body = format!(
        "{}<div class=\"panels\">\n{panels}</div>\n{}",
        legend(results, 1),
        behind("The numbers behind it", &numbers(results))
    );
    Some(Section { id: "balance", title: "The company and its customers".into(), lead: lead.into(), body })
}

/// The better side is the positive one.
fn sign(better: Better) -> f64 {
    if better == Better::Lower { -1.0 } else { 1.0 }
}

fn panel(results: &Results, pair: &Pair) -> String {
    let (width, height) = SIZE;
    let bound = |measure: usize| {
        let ends = results.differences.iter().flat_map(|row| {
            let estimate = &row[measure].estimate;
            let (low, high) = estimate.interval.unzip();
            [estimate.mean, low, high].into_iter().flatten().map(f64::abs)
        });
        ends.filter(|end| end.is_finite()).fold(0.0, f64::max)
    };
    let of = |measure: usize, middle: f64, reach: f64| {
        let (bound, sign) = (bound(measure), sign(results.measures[measure].better));
        move |value: f64| if bound > 0.0 { middle + reach * sign * value / bound } else { middle }
    };
    let x = of(pair.company, width / 2.0, width * 0.42);
    let up = of(pair.customer, 0.0, height * 0.38);
    let y = |value: f64| height / 2.0 - up(value);
    let title = format!("{}: company and customers", short(&pair.label, 60));
    let mut svg = format!(
        "<svg class=\"chart\" viewBox=\"0 0 {width} {height}\" role=\"img\"><title>{0}</title>\
         <rect class=\"good\" x=\"{1}\" y=\"0\" width=\"{1}\" height=\"{2}\"/><rect class=\"bad\" x=\"0\" y=\"{2}\" width=\"{1}\" height=\"{2}\"/>\
         <path class=\"zero\" d=\"M{1} 0V{height}M0 {2}H{width}\"/>",
        safe(&title),
        width / 2.0,
        height / 2.0
    );
    for (words, at, line, anchor) in [
        ("both gain", width - 8.0, 16.0, "end"),
        ("only customers gain", 8.0, 16.0, "start"),
        ("only the company gains", width - 8.0, height - 8.0, "end"),
        ("both lose", 8.0, height - 8.0, "start"),
    ] {
        svg += &format!("<text x=\"{at}\" y=\"{line}\" text-anchor=\"{anchor}\">{words}</text>");
    }
    let mut words = String::new();
    for (place, row) in results.differences.iter().enumerate() {
        let (company, customer) = (&row[pair.company].estimate, &row[pair.customer].estimate);
        let balance = results.balance(place, pair);
        words +=
            &format!("<li>{}: <span class=\"v {}\">{}</span></li>", policy(results, place + 1), tone(balance), balance.words());
        let (Some(across), Some(upwards)) = (company.mean, customer.mean) else { continue };
        let class = class(place + 1);
        if let Some((low, high)) = company.interval {
            svg += &format!("<path class=\"whisker {class}\" d=\"M{} {1}H{2}\"/>", px(x(low)), px(y(upwards)), px(x(high)));
        }
        if let Some((low, high)) = customer.interval {
            svg += &format!("<path class=\"whisker {class}\" d=\"M{} {}V{}\"/>", px(x(across)), px(y(low)), px(y(high)));
        }
        svg += &format!(
            "<path class=\"at {class}\" transform=\"translate({} {}) scale(1.25)\" d=\"{}\"/>",
            px(x(across)),
            px(y(upwards)),
            shape(place + 1)
        );
    }
    let (company, customer) = (&results.measures[pair.company], &results.measures[pair.customer]);
    format!(
        "<figure><h3>{}</h3>{svg}</svg><figcaption>→ company: {}<br>↑ customers: {}</figcaption><ul class=\"said\">{words}</ul></figure>\n",
        named(&pair.label, 60),
        named(&company.label, 90),
        named(&customer.label, 90),
    )
}

fn tone(balance: Balance) -> &'static str {
    match balance {
        Balance::BothGain | Balance::OneGains => "better",
        Balance::Loss => "worse",
        Balance::Undecided => "undecided",
        Balance::CompanyAtCustomersCost | Balance::CustomersAtCompanysCost => "differs",
    }
}

fn numbers(results: &Results) -> String {
    let head = ["Pair", "Policy", "Company", "Customers", "Who gains"].map(String::from);
    let mut rows = Vec::new();
    for pair in &results.pairs {
        for (place, row) in results.differences.iter().enumerate() {
            let side = |m: usize| {
                format!("{}: {}", labelled_briefly(&results.measures[m]), difference(&row[m].estimate, decimals(results, m)))
            };
            let words = results.balance(place, pair).words().to_owned();
            rows.push(vec![named(&pair.label, 60), policy(results, place + 1), side(pair.company), side(pair.customer), words]);
        }
    }
    table(&head, &rows)
}
