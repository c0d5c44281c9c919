//! Where it happened: a map for each policy with a dot for each event.

use std::fmt::Write;

use crate::results::Results;

use super::axis::px;
use super::marks::policy;
use super::text::{count, named, safe, short};
use super::{Happened, Places, Section};

/// Width of a map \[px\]; its height follows from the land, within bounds.
const WIDTH: f64 = 340.0;
const HEIGHTS: (f64, f64) = (160.0, 360.0);
/// Points of a road nearer than this to the last are left out \[px\].
const TOLERANCE: f64 = 1.0;
/// Roads that lie within this square are left out \[px\].
const LEAST: f64 = 1.2;

pub(super) fn section(results: &Results, places: &Places) -> Option<Section> {
    if places.happened.is_empty() {
        return None;
    }
    let view = View::of(places)?;
    // The roads are drawn once and shown in every map.
    let mut body = format!(
        "<svg width=\"0\" height=\"0\" class=\"away\" aria-hidden=\"true\"><defs><g id=\"roads\">{}</g></defs></svg>\n",
        view.roads(places)
    );
    for happened in &places.happened {
        body += &format!("<h3>{}</h3>\n<div class=\"panels\">\n", named(&happened.label, 60));
        for place in 0..results.policies.len() {
            body += &figure(results, happened, place, &view);
        }
        body += "</div>\n";
    }
    if !places.credit.is_empty() {
        body += &format!("<p class=\"credit\">{}</p>\n", safe(&places.credit));
    }
    let lead = "Each dot is one event in replication 0, where it happened under each policy: the same people and the same luck.";
    Some(Section { id: "places", title: "Where it happened".into(), lead: lead.into(), body })
}

fn figure(results: &Results, happened: &Happened, place: usize, view: &View) -> String {
    let at = happened.at.get(place).map(Vec::as_slice).unwrap_or_default();
    let times = count(at.len() as u64, "time", "times");
    let spoken = format!("{} under {}: {times}", short(&happened.label, 60), short(&results.policies[place].name, 40));
    let radius = if at.len() > 400 { 2.2 } else { 4.0 };
    let mut dots = String::new();
    for point in at {
        let (x, y) = view.place(*point);
        let _ = write!(dots, "M{} {}h0", px(x), px(y));
    }
    format!(
        "<figure><svg class=\"chart map\" viewBox=\"0 0 {WIDTH} {0}\" role=\"img\"><title>{1}</title>\
         <rect class=\"land\" width=\"{WIDTH}\" height=\"{0}\"/><use href=\"#roads\"/>\
         <path class=\"halo\" stroke-width=\"{2}\" d=\"{dots}\"/><path class=\"dots\" stroke-width=\"{3}\" d=\"{dots}\"/></svg>\
         <figcaption>{4}: {times}</figcaption></figure>\n",
        px(view.height),
        safe(&spoken),
        2.0 * radius + 2.0,
        2.0 * radius,
        policy(results, place),
    )
}

/// From latitude and longitude to a place on the map: equirectangular about the middle latitude.
struct View {
    least: [f64; 2],
    scale: [f64; 2],
    height: f64,
    /// The corner of the land within the map \[px\].
    corner: (f64, f64),
}

impl View {
    fn of(places: &Places) -> Option<View> {
        let roads = places.roads.iter().flat_map(|road| road.points.iter());
        let events = places.happened.iter().flat_map(|happened| happened.at.iter().flatten());
        let (least, most) = roads.chain(events).filter(|point| point.iter().all(|angle| angle.is_finite())).fold(
            ([f64::INFINITY; 2], [f64::NEG_INFINITY; 2]),
            |(least, most), point| {
                ([least[0].min(point[0]), least[1].min(point[1])], [most[0].max(point[0]), most[1].max(point[1])])
            },
        );
        if least[0] > most[0] {
            return None;
        }
        let narrowing = libm::cos((least[0] + most[0]).to_radians() / 2.0).max(0.01);
        let (tall, wide) = ((most[0] - least[0]).max(0.004), ((most[1] - least[1]) * narrowing).max(0.004));
        let height = ((WIDTH - 12.0) * tall / wide + 12.0).clamp(HEIGHTS.0, HEIGHTS.1);
        let scale = ((WIDTH - 12.0) / wide).min((height - 12.0) / tall);
        let corner = ((WIDTH - scale * wide) / 2.0, (height - scale * tall) / 2.0);
        Some(View { least, scale: [scale, scale * narrowing], height, corner })
    }

    fn place(&self, [lat, lon]: [f64; 2]) -> (f64, f64) {
        (
            self.corner.0 + (lon - self.least[1]) * self.scale[1],
            self.height - self.corner.1 - (lat - self.least[0]) * self.scale[0],
        )
    }

    /// A path for each class of road, in tenths of pixels from point to point.
    fn roads(&self, places: &Places) -> String {
        let mut paths = [String::new(), String::new()];
        for road in &places.roads {
            let path = &mut paths[usize::from(road.main)];
            let points: Vec<(f64, f64)> = road.points.iter().map(|point| self.place(*point)).collect();
            let reach = |of: fn(&(f64, f64)) -> f64| {
                let (low, high) =
                    points.iter().map(of).fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), at| (low.min(at), high.max(at)));
                high - low
            };
            if !road.main && reach(|point| point.0) < LEAST && reach(|point| point.1) < LEAST {
                continue;
            }
            let mut last: Option<(i64, i64)> = None;
            for (at, (x, y)) in points.iter().enumerate() {
                let (x, y) = ((x * 10.0).round() as i64, (y * 10.0).round() as i64);
                match last {
                    None => {
                        let _ = write!(path, "M{x} {y}");
                    }
                    Some((a, b)) => {
                        let near = ((x - a).abs().max((y - b).abs()) as f64) < TOLERANCE * 10.0;
                        if near && at + 1 < points.len() {
                            continue;
                        }
                        let _ = write!(path, "l{} {}", x - a, y - b);
                    }
                }
                last = Some((x, y));
            }
        }
        let [minor, main] = paths;
        format!("<g transform=\"scale(.1)\"><path class=\"road\" d=\"{minor}\"/><path class=\"road main\" d=\"{main}\"/></g>")
    }
}
