//! The weather of a scene, from the board of an actor that is nowhere.
//!
//! The convention: whoever has no place and shows `light`, `rain` or `raining` on its board is the sky, as `weather` and
//! `recorded_weather` of the library do. Of several the one of the least number is. It may show `temperature` and `sun` too.

use rehearsal_trace::{Presence, Snapshot, Value};

/// What the weather is, as far as a board says.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Sky {
    /// The actor.
    pub actor: u32,
    /// How much it rains \[mm an hour\], where that is shown.
    pub rain: Option<f64>,
    /// Whether it rains; where only `rain` is shown, whether that is above 0.
    pub raining: Option<bool>,
    /// Whether it is day.
    pub light: Option<bool>,
    /// The temperature \[°C\].
    pub temperature: Option<f64>,
    /// The sine of the sun's height above the horizon, from -1 to 1.
    pub sun: Option<f64>,
}

impl Sky {
    /// The sky of a world. Costs a look at every actor.
    pub(crate) fn of(world: &Snapshot) -> Option<Sky> {
        let mut nowhere =
            world.actors.iter().filter(|(_, presence)| !presence.board.is_empty() && presence.position(world.at).is_none());
        nowhere.find_map(|(&actor, presence)| Sky::shown(actor, presence))
    }

    fn shown(actor: u32, presence: &Presence) -> Option<Sky> {
        let number = |name: &str| match presence.on_board(name)? {
            Value::Int(value) => Some(*value as f64),
            Value::Number(value) | Value::Quantity(value, _) => Some(*value).filter(|value| value.is_finite()),
            _ => None,
        };
        let flag = |name: &str| match presence.on_board(name)? {
            Value::Bool(value) => Some(*value),
            _ => None,
        };
        let (rain, light) = (number("rain"), flag("light"));
        let raining = flag("raining").or(rain.map(|rain| rain > 0.0));
        let (temperature, sun) = (number("temperature"), number("sun"));
        (raining.is_some() || light.is_some()).then_some(Sky { actor, rain, raining, light, temperature, sun })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::{self, DESK, POLICY, SKY};
    use crate::{Cursor, Filter, Scene, Stage};
    use rehearsal_trace::{Fields, Record, What};

    fn sky(boards: Vec<(u32, Fields)>) -> Option<Sky> {
        let boards = boards.into_iter().map(|(actor, values)| Record { at: 5, what: What::Board { actor, values } });
        let state = What::State { actor: 11, region: "walk".into(), state: "home".into() };
        let records: Vec<Record> = [Record { at: 0, what: state }].into_iter().chain(boards).collect();
        let stage = Stage::from_bytes(sample::written(&sample::header(), &records), "sky.trace").unwrap();
        let mut cursor = Cursor::new(&stage).unwrap();
        cursor.go(10, 0).unwrap();
        Scene::of(&cursor, &Filter::default()).sky
    }

    fn shows(values: &[(&str, Value)]) -> Fields {
        values.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect()
    }

    #[test]
    fn the_sky_is_whoever_is_nowhere_and_shows_the_weather() {
        let wet = shows(&[
            ("temperature", Value::Quantity(7.5, "°C".into())),
            ("rain", Value::Number(2.5)),
            ("raining", Value::Bool(true)),
            ("light", Value::Bool(false)),
            ("sun", Value::Number(-0.25)),
        ]);
        let full = Sky {
            actor: SKY,
            rain: Some(2.5),
            raining: Some(true),
            light: Some(false),
            temperature: Some(7.5),
            sun: Some(-0.25),
        };
        assert_eq!(sky(vec![(SKY, wet.clone())]), Some(full));
        // Whoever stands somewhere shows the weather of a room.
        assert_eq!(sky(vec![(DESK, wet.clone())]), None);
        // A board that says nothing of it is passed over.
        let wear = shows(&[("temperature", Value::Number(90.0)), ("rain", Value::Text("much".into()))]);
        assert_eq!(sky(vec![(POLICY, wear.clone())]), None);
        assert_eq!(sky(vec![(POLICY, wear), (SKY, wet)]), Some(full));
        assert_eq!(sky(vec![]), None);
    }

    #[test]
    fn it_rains_where_more_than_nothing_falls() {
        let raining = |rain: f64| sky(vec![(SKY, shows(&[("rain", Value::Number(rain))]))]).and_then(|sky| sky.raining);
        assert_eq!([0.0, 0.1, f64::NAN].map(raining), [Some(false), Some(true), None]);
    }
}
