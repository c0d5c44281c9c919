//! Shows how to write a kind in Rust: heat pumps among households and a service desk in RON.

use rehearsal_kernel::distribution::weibull;
use rehearsal_scenario::native::{
    Actor, Alarm, Bool, Declared, Field, Fixed, Heard, Hears, Luck, NativeActor, NativeKind, Notes, Number, Span, Tells,
    Temperature, Time,
};
use rehearsal_scenario::{Natives, RunError, Scenario};
use std::path::Path;

/// The time in which a room loses all but 1/e of its warmth [s].
const COOLING_S: f64 = 40.0 * 3600.0;
/// How much warmer than outside a room would get if the pump never stopped [°C].
const LIFT: f64 = 35.0;
/// How far a room may be from what is wanted [°C].
const BAND: f64 = 0.5;
const POWER_KW: f64 = 1.8;

pub(crate) struct HeatPump {
    home: Fixed<Actor>,
    outside: Fixed<Temperature>,
    room: Field<Temperature>,
    wanted: Field<Temperature>,
    heating: Field<Bool>,
    broken: Field<Bool>,
    used: Field<Number>,
    left: Field<Span>, // running time until it fails
    since: Field<Time>,
    set: Hears<Temperature>,
    repaired: Hears<()>,
    pump_failed: Tells<()>,
    failed: Notes<()>,
    back: Notes<Temperature>,
    switch: Alarm,
    failure: Alarm,
    lifetime: Luck,
}

impl HeatPump {
    pub(crate) fn new(kind: &mut Declared<'_>) -> HeatPump {
        HeatPump {
            home: kind.fixed("home", Actor),
            outside: kind.fixed("outside", Temperature),
            room: kind.field("room", Temperature),
            wanted: kind.field("wanted", Temperature),
            heating: kind.field("heating", Bool),
            broken: kind.field("broken", Bool),
            used: kind.field("used", Number),
            left: kind.field("left", Span),
            since: kind.field("since", Time),
            set: kind.hears("set", ("wanted", Temperature)),
            repaired: kind.hears("repaired", ()),
            pump_failed: kind.tells("pump_failed", ()),
            failed: kind.notes("failed", ()),
            back: kind.notes("back", ("room", Temperature)),
            switch: kind.alarm("switch"),
            failure: kind.alarm("failure"),
            lifetime: kind.luck("lifetime"),
        }
    }

    /// Where the room's temperature is heading.
    fn aim(&self, pump: &NativeActor<'_>) -> f64 {
        pump.get(self.outside) + if pump.get(self.heating) { LIFT } else { 0.0 }
    }

    /// Brings room, electricity and wear up to the present.
    fn catch_up(&self, pump: &mut NativeActor<'_>) {
        let now = pump.now();
        let passed_s = pump.get(self.since).map_or(0.0, |since| now.since(since).as_seconds());
        let (aim, room) = (self.aim(pump), pump.get(self.room));
        pump.set(self.room, aim + (room - aim) * libm::exp(-passed_s / COOLING_S));
        pump.set(self.since, Some(now));
        if pump.get(self.heating) {
            let (used, left) = (pump.get(self.used), pump.get(self.left));
            pump.set(self.used, used + POWER_KW * passed_s / 3600.0);
            pump.set(self.left, (left - passed_s).max(0.0));
        }
    }

    /// Heats or not, until the room has got to the edge of the band, or the pump fails.
    fn run(&self, heating: bool, pump: &mut NativeActor<'_>) -> Result<(), RunError> {
        pump.set(self.heating, heating && !pump.get(self.broken));
        pump.stop_alarm(self.failure);
        pump.stop_alarm(self.switch);
        let edge = pump.get(self.wanted) + if pump.get(self.heating) { BAND } else { -BAND };
        let (aim, room) = (self.aim(pump), pump.get(self.room));
        let turns = (room - aim) / (edge - aim);
        if turns >= 1.0 && !pump.get(self.broken) {
            pump.set_alarm(self.switch, COOLING_S * libm::log(turns))?;
        }
        if pump.get(self.heating) {
            pump.set_alarm(self.failure, pump.get(self.left))?;
        }
        Ok(())
    }

    fn new_compressor(&self, pump: &mut NativeActor<'_>) {
        let lifetime_s = weibull(&mut pump.chance(self.lifetime), 1.5, 2000.0 * 3600.0);
        pump.set(self.left, lifetime_s);
    }
}

impl NativeKind for HeatPump {
    fn begin(&self, pump: &mut NativeActor<'_>) -> Result<(), RunError> {
        self.new_compressor(pump);
        self.catch_up(pump);
        self.run(false, pump)
    }

    fn hear(&self, heard: &Heard<'_>, pump: &mut NativeActor<'_>) -> Result<(), RunError> {
        self.catch_up(pump);
        if let Some(wanted) = heard.read(self.set) {
            pump.set(self.wanted, wanted);
        } else if heard.is(self.repaired) {
            pump.set(self.broken, false);
            self.new_compressor(pump);
            pump.note(self.back, pump.get(self.room))?;
        }
        self.run(pump.get(self.room) < pump.get(self.wanted), pump)
    }

    fn ring(&self, alarm: Alarm, pump: &mut NativeActor<'_>) -> Result<(), RunError> {
        self.catch_up(pump);
        if alarm == self.failure {
            pump.set(self.broken, true);
            pump.note(self.failed, ())?;
            pump.tell(pump.get(self.home), self.pump_failed, ())?;
        }
        self.run(!pump.get(self.heating), pump)
    }
}

/// The scenario with its pumps.
pub(crate) fn heat_pumps(settings: &[(String, String)]) -> Result<Scenario, Box<dyn std::error::Error>> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/native_kind.ron");
    let natives = Natives::new().with("heat_pump", HeatPump::new);
    Ok(Scenario::load_with(&file, settings, &natives)?)
}

/// What came out of one run, a line for each measure.
pub(crate) fn report(scenario: &Scenario) -> Result<String, RunError> {
    let outcome = scenario.rehearse(0, scenario.seed(), 0, None)?;
    let line = |(measure, value): (rehearsal_scenario::MeasureInfo, &Option<f64>)| match value {
        Some(value) => format!("{:<28} {value:.1} {}\n", measure.label, measure.unit),
        None => format!("{:<28} never\n", measure.label),
    };
    Ok(scenario.measures().into_iter().zip(&outcome.overall).map(line).collect())
}

#[allow(clippy::print_stdout, reason = "an example prints")]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    print!("{}", report(&heat_pumps(&[])?)?);
    Ok(())
}
