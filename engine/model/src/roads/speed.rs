//! What the tags of an OSM way mean to a car: class, speed, direction, access.
//!
//! Only rules that hold everywhere; not the traffic law of one country.
//!
//! # Source
//! Default speeds and the share of the posted limit follow the car profile of
//! GraphHopper (`CarAverageSpeedParser`): averages over a way, junctions
//! included.

/// Share of a posted limit that is driven on average over a way.
pub const LIMIT_SHARE: f64 = 0.9;

/// Speeds outside this range are taken for typing errors \[km/h\].
const SANE_KMH: std::ops::RangeInclusive<f64> = 5.0..=160.0;

/// The class of a drivable way, the value of its `highway` tag.
///
/// A `_link` way has the class of the road it leads to, at a lower speed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RoadClass {
    /// `motorway`: 100 km/h, its links 70.
    Motorway,
    /// `trunk`: 70 km/h, its links 65.
    Trunk,
    /// `primary`: 65 km/h, its links 60.
    Primary,
    /// `secondary`: 60 km/h, its links 50.
    Secondary,
    /// `tertiary`: 50 km/h, its links 40.
    Tertiary,
    /// `unclassified` and `road`: 30 km/h.
    Unclassified,
    /// `residential`: 30 km/h.
    Residential,
    /// `living_street`: 6 km/h.
    LivingStreet,
    /// `service`, drives and car parks: 20 km/h.
    Service,
}

impl std::fmt::Display for RoadClass {
    /// The class as OpenStreetMap names it.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Motorway => "motorway",
            Self::Trunk => "trunk",
            Self::Primary => "primary",
            Self::Secondary => "secondary",
            Self::Tertiary => "tertiary",
            Self::Unclassified => "unclassified",
            Self::Residential => "residential",
            Self::LivingStreet => "living_street",
            Self::Service => "service",
        })
    }
}

impl RoadClass {
    /// Class and default speed \[km/h\] of a `highway` value; `None`: no cars.
    pub(super) fn of(highway: &str) -> Option<(Self, f64)> {
        Some(match highway {
            "motorway" => (Self::Motorway, 100.0),
            "motorway_link" => (Self::Motorway, 70.0),
            "trunk" => (Self::Trunk, 70.0),
            "trunk_link" => (Self::Trunk, 65.0),
            "primary" => (Self::Primary, 65.0),
            "primary_link" => (Self::Primary, 60.0),
            "secondary" => (Self::Secondary, 60.0),
            "secondary_link" => (Self::Secondary, 50.0),
            "tertiary" => (Self::Tertiary, 50.0),
            "tertiary_link" => (Self::Tertiary, 40.0),
            "unclassified" | "road" => (Self::Unclassified, 30.0),
            "residential" => (Self::Residential, 30.0),
            "living_street" => (Self::LivingStreet, 6.0),
            "service" => (Self::Service, 20.0),
            _ => return None,
        })
    }

    /// Whether people can live along a way of this class.
    pub fn has_homes(self) -> bool {
        matches!(self, Self::Residential | Self::LivingStreet | Self::Unclassified | Self::Tertiary)
    }
}

/// The directions in which a way may be driven, along its node order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Direction {
    Both,
    Forward,
    Backward,
}

/// What the tags of a drivable way say.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Drivable {
    pub(super) class: RoadClass,
    pub(super) direction: Direction,
    /// Free-flow speed \[m/s\].
    pub(super) speed_m_per_s: f64,
}

/// The tags of one way that matter here, as found.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct WayTags<'a> {
    highway: Option<&'a str>,
    max_speed: Option<&'a str>,
    oneway: Option<&'a str>,
    junction: Option<&'a str>,
    area: Option<&'a str>,
    access: Option<&'a str>,
    vehicle: Option<&'a str>,
    motor_vehicle: Option<&'a str>,
    motorcar: Option<&'a str>,
}

impl<'a> WayTags<'a> {
    /// Takes note of one tag, if it is one that matters.
    pub(super) fn note(&mut self, key: &str, value: &'a str) {
        let slot = match key {
            "highway" => &mut self.highway,
            "maxspeed" => &mut self.max_speed,
            "oneway" => &mut self.oneway,
            "junction" => &mut self.junction,
            "area" => &mut self.area,
            "access" => &mut self.access,
            "vehicle" => &mut self.vehicle,
            "motor_vehicle" => &mut self.motor_vehicle,
            "motorcar" => &mut self.motorcar,
            _ => return,
        };
        *slot = Some(value);
    }

    /// Whether there is a `highway` tag at all.
    pub(super) fn is_highway(&self) -> bool {
        self.highway.is_some()
    }

    /// The way as a car sees it; `None` where no car may drive.
    pub(super) fn drivable(&self) -> Option<Drivable> {
        let (class, default_kmh) = RoadClass::of(self.highway?)?;
        if self.area == Some("yes") || !self.open_to_cars() {
            return None;
        }
        let kmh = match self.max_speed.and_then(limit_kmh) {
            Some(limit) => limit * LIMIT_SHARE,
            None => default_kmh,
        };
        Some(Drivable { class, direction: self.direction(), speed_m_per_s: kmh / 3.6 })
    }

    /// The most specific access tag decides, as the OSM access scheme says.
    fn open_to_cars(&self) -> bool {
        let said = self.motorcar.or(self.motor_vehicle).or(self.vehicle).or(self.access);
        !matches!(said, Some("no" | "private" | "agricultural" | "forestry" | "emergency" | "military"))
    }

    fn direction(&self) -> Direction {
        match self.oneway {
            Some("yes" | "true" | "1") => Direction::Forward,
            Some("-1" | "reverse") => Direction::Backward,
            Some("no" | "false" | "0") => Direction::Both,
            _ if self.highway == Some("motorway") => Direction::Forward,
            _ if matches!(self.junction, Some("roundabout" | "circular")) => Direction::Forward,
            _ => Direction::Both,
        }
    }
}

/// Reads a `maxspeed` value \[km/h\]; `None` if it says nothing usable.
///
/// Understands `50`, `50 km/h`, `30 mph`, `none`, `walk`, zones such as
/// `AD:urban` or `DE:zone30`, and takes the first of a list.
pub(super) fn limit_kmh(value: &str) -> Option<f64> {
    let first = value.split(';').next()?.trim().to_ascii_lowercase();
    let kmh = match first.as_str() {
        "none" => 130.0,
        "walk" => 6.0,
        text => match text.split_once(':') {
            Some((_, zone)) => zone_kmh(zone)?,
            None => measured_kmh(text)?,
        },
    };
    SANE_KMH.contains(&kmh).then_some(kmh)
}

fn zone_kmh(zone: &str) -> Option<f64> {
    Some(match zone {
        "living_street" | "walk" => 6.0,
        "urban" => 50.0,
        "rural" => 90.0,
        "trunk" => 110.0,
        "motorway" => 120.0,
        _ => {
            let number = zone.strip_prefix("zone").unwrap_or(zone);
            return number.trim_start_matches(':').parse().ok();
        }
    })
}

fn measured_kmh(text: &str) -> Option<f64> {
    let split = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(split);
    let factor = match unit.trim() {
        "" | "km/h" | "kmh" | "kph" => 1.0,
        "mph" => 1.609_344,
        "knots" => 1.852,
        _ => return None,
    };
    Some(number.parse::<f64>().ok()? * factor)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn way(tags: &[(&str, &'static str)]) -> Option<Drivable> {
        let mut noted = WayTags::default();
        for (key, value) in tags {
            noted.note(key, value);
        }
        noted.drivable()
    }

    #[test]
    fn max_speeds_are_read_in_every_common_form() {
        for (text, kmh) in [
            ("50", 50.0),
            (" 50 km/h", 50.0),
            ("30 mph", 48.28032),
            ("30mph", 48.28032),
            ("AD:urban", 50.0),
            ("ES:rural", 90.0),
            ("DE:zone30", 30.0),
            ("DE:zone:20", 20.0),
            ("none", 130.0),
            ("60;40", 60.0),
        ] {
            let read = limit_kmh(text).unwrap_or_else(|| panic!("{text} should be read"));
            assert!((read - kmh).abs() < 1e-9, "{text}: {read}");
        }
        for text in ["", "signals", "fast", "50 furlongs", "0", "5000", "-5", "..", "x:"] {
            assert_eq!(limit_kmh(text), None, "{text}");
        }
    }

    #[test]
    fn a_posted_limit_beats_the_class() {
        let plain = way(&[("highway", "primary")]).expect("drivable");
        assert!((plain.speed_m_per_s - 65.0 / 3.6).abs() < 1e-9);
        let posted = way(&[("highway", "primary"), ("maxspeed", "90")]).expect("drivable");
        assert!((posted.speed_m_per_s - 81.0 / 3.6).abs() < 1e-9);
    }

    #[test]
    fn direction_is_tagged_or_implied() {
        let of = |tags: &[(&str, &'static str)]| way(tags).expect("drivable").direction;
        assert_eq!(of(&[("highway", "primary")]), Direction::Both);
        assert_eq!(of(&[("highway", "motorway")]), Direction::Forward);
        assert_eq!(of(&[("highway", "motorway"), ("oneway", "no")]), Direction::Both);
        assert_eq!(of(&[("highway", "primary"), ("oneway", "-1")]), Direction::Backward);
        assert_eq!(of(&[("highway", "tertiary"), ("junction", "roundabout")]), Direction::Forward);
    }

    #[test]
    fn closed_ways_are_left_out() {
        assert_eq!(way(&[("highway", "footway")]), None);
        assert_eq!(way(&[("highway", "service"), ("access", "private")]), None);
        assert_eq!(way(&[("highway", "service"), ("motor_vehicle", "no")]), None);
        assert_eq!(way(&[("highway", "service"), ("area", "yes")]), None);
        let opened = [("highway", "service"), ("access", "no"), ("motorcar", "yes")];
        assert!(way(&opened).is_some());
    }
}
