//! Records as a table of Parquet: a row for each, with the same columns for all.

use std::io::Write;

use rehearsal_trace::{Fields, Level, Reader, Record, Value, What};

use super::{Cell, Sort, Table, refused};
use crate::cast::Cast;
use crate::civil::Civil;
use crate::error::ExportError;
use crate::select::{Selection, Watch, name};
use crate::value::Meaning;

const COLUMNS: [(&str, Sort); 24] = [
    ("at_ns", Sort::Whole),
    ("time", Sort::Moment),
    ("what", Sort::Text),
    ("actor", Sort::Text),
    ("kind", Sort::Text),
    ("segment", Sort::Text),
    ("other", Sort::Text),
    ("other_kind", Sort::Text),
    ("name", Sort::Text),
    ("region", Sort::Text),
    ("field", Sort::Text),
    ("value", Sort::Number),
    ("unit", Sort::Text),
    ("fields", Sort::Text),
    ("sent_ns", Sort::Whole),
    ("arrive_ns", Sort::Whole),
    ("latitude", Sort::Number),
    ("longitude", Sort::Number),
    ("to_latitude", Sort::Number),
    ("to_longitude", Sort::Number),
    ("decision", Sort::Whole),
    ("policy", Sort::Text),
    ("channel", Sort::Text),
    ("outcome", Sort::Text),
];

/// What a record has beside its time, its tag, who takes part and its name.
#[derive(Default)]
struct Rest<'r> {
    region: Option<&'r str>,
    /// The name, value and unit of the first number that it carries.
    first: Option<(&'r str, f64, Option<&'r str>)>,
    fields: Option<String>,
    sent: Option<u64>,
    arrive: Option<u64>,
    from: Option<[f64; 2]>,
    to: Option<[f64; 2]>,
    decision: Option<u64>,
    policy: Option<&'r str>,
    channel: Option<&'r str>,
    outcome: Option<&'r str>,
}

/// Writes the records that are selected, a row each; gives their number.
///
/// # Errors
/// A damaged block, a start that is no date, or the sink's error; what was written until then is no whole table.
pub(crate) fn write(
    reader: &Reader,
    out: impl Write + Send,
    selection: &Selection,
    watch: Watch<'_>,
) -> Result<u64, ExportError> {
    let cast = Cast::of(reader)?;
    let header = reader.header();
    let meaning = Meaning { cast: &cast, civil: Civil::new(&header.start)? };
    let about = [
        ("rehearsal.scenario", header.scenario.clone()),
        ("rehearsal.policy", header.policy.clone()),
        ("rehearsal.seed", header.seed.to_string()),
        ("rehearsal.replication", header.replication.to_string()),
        ("rehearsal.start", header.start.clone()),
    ];
    let mut table = Table::begin(out, &COLUMNS, &about).map_err(refused)?;
    selection.pass(reader, true, watch, |record| {
        if selection.keeps(record, &cast) { row(&mut table, &meaning, record) } else { Ok(()) }
    })?;
    table.end().map_err(refused)
}

fn row<W: Write + Send>(table: &mut Table<W>, meaning: &Meaning<'_>, record: &Record) -> Result<(), ExportError> {
    let cast = meaning.cast;
    let [one, other] = record.what.parties();
    let named = |actor: Option<u32>| actor.map(|actor| cast.name(actor)).unwrap_or_default();
    let (actor, second) = (named(one), named(other));
    let (first, alone) = (one.unwrap_or(u32::MAX), other.is_none());
    let segment = cast.get(first).and_then(|actor| actor.segment.as_deref());
    let rest = rest(meaning, &record.what);
    let [latitude, longitude] = rest.from.map_or([Cell::Missing; 2], |at| at.map(Cell::Number));
    let [to_latitude, to_longitude] = rest.to.map_or([Cell::Missing; 2], |at| at.map(Cell::Number));
    let (field, value, unit) =
        rest.first.map_or((None, Cell::Missing, None), |(field, value, unit)| (Some(field), Cell::Number(value), unit));
    let cells = [
        whole(Some(record.at)),
        Cell::Whole(meaning.civil.microseconds(record.at)),
        Cell::Text(record.what.tag()),
        Cell::Text(&actor),
        Cell::Text(one.map(|one| cast.kind(one)).unwrap_or_default()),
        text(segment),
        text((!alone).then_some(second.as_str())),
        text(other.map(|other| cast.kind(other))),
        text(name(&record.what)),
        text(rest.region),
        text(field),
        value,
        text(unit),
        text(rest.fields.as_deref()),
        whole(rest.sent),
        whole(rest.arrive),
        latitude,
        longitude,
        to_latitude,
        to_longitude,
        whole(rest.decision),
        text(rest.policy),
        text(rest.channel),
        text(rest.outcome),
    ];
    table.row(&cells).map_err(refused)
}

fn rest<'r>(meaning: &Meaning<'_>, what: &'r What) -> Rest<'r> {
    let carried = |fields: &'r Fields| Rest { first: first(fields), fields: object(meaning, fields), ..Rest::default() };
    match what {
        What::State { region, .. } => Rest { region: Some(region), ..Rest::default() },
        What::Message { sent, fields, .. } => Rest { sent: Some(*sent), ..carried(fields) },
        What::Note { fields, .. } => carried(fields),
        What::Move { arrive, path, .. } => {
            let [from, to] = [path.first(), path.last()].map(|point| point.map(|point| [point.lat, point.lon]));
            Rest { arrive: Some(*arrive), from, to, ..Rest::default() }
        }
        What::Spawn { actor, .. } => Rest { from: actor.at, ..Rest::default() },
        What::End { .. } => Rest::default(),
        What::Decision(decision) => Rest {
            decision: Some(decision.id),
            policy: Some(&decision.policy),
            outcome: Some(&decision.mode),
            ..carried(&decision.read)
        },
        What::Undecided(undecided) => Rest { policy: Some(&undecided.policy), outcome: Some(&undecided.mode), ..Rest::default() },
        What::Contact(contact) => Rest {
            first: Some(("cost", contact.cost, None)),
            decision: contact.decision,
            channel: contact.channel.as_deref(),
            outcome: Some(&contact.outcome),
            ..Rest::default()
        },
        What::Figures { values } => Rest { fields: Some(serde_json::json!({ "values": values }).to_string()), ..Rest::default() },
        What::Level { level, .. } => numbers(level),
        What::Board { values, .. } => carried(values),
        What::Written { text, .. } => Rest { fields: Some(serde_json::json!({ "text": text }).to_string()), ..Rest::default() },
    }
}

/// How many wait is the value; the rest stands beside it.
fn numbers<'r>(level: &Level) -> Rest<'r> {
    let first = Some(("waiting", f64::from(level.waiting), None));
    Rest { first, fields: serde_json::to_string(level).ok(), ..Rest::default() }
}

/// The first number that fields hold.
fn first(fields: &Fields) -> Option<(&str, f64, Option<&str>)> {
    fields.iter().find_map(|(name, value)| match value {
        Value::Int(value) => Some((name.as_str(), *value as f64, None)),
        Value::Number(value) => Some((name.as_str(), *value, None)),
        Value::Quantity(value, unit) => Some((name.as_str(), *value, Some(unit.as_str()))),
        _ => None,
    })
}

fn object(meaning: &Meaning<'_>, fields: &Fields) -> Option<String> {
    (!fields.is_empty()).then(|| serde_json::Value::from(meaning.object(fields)).to_string())
}

fn text(text: Option<&str>) -> Cell<'_> {
    text.map_or(Cell::Missing, Cell::Text)
}

fn whole(value: Option<u64>) -> Cell<'static> {
    value.map_or(Cell::Missing, |value| i64::try_from(value).map_or(Cell::Missing, Cell::Whole))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::{SECOND, reader, records};
    use parquet::file::reader::{FileReader, SerializedFileReader};
    use parquet::record::{Row, RowAccessor};

    fn table(selection: &Selection) -> Vec<Row> {
        let file = tempfile::tempfile().unwrap();
        let rows = write(&reader(), &file, selection, &mut |_, _| {}).unwrap();
        let file = SerializedFileReader::new(file).unwrap();
        let read: Vec<Row> = file.get_row_iter(None).unwrap().map(Result::unwrap).collect();
        assert_eq!(read.len() as u64, rows);
        read
    }

    #[test]
    fn each_record_is_a_row_with_its_time_tag_and_name() {
        let read = table(&Selection { texts: true, ..Selection::default() });
        let records = records();
        assert_eq!(read.len(), records.len());
        for (row, record) in read.iter().zip(&records) {
            assert_eq!(row.get_long(0).unwrap() as u64, record.at);
            assert_eq!(row.get_string(2).unwrap(), record.what.tag());
            assert_eq!(row.get_string(8).ok().map(String::as_str), name(&record.what));
        }
        let start = 1_793_577_630_000_000_i64;
        assert_eq!(read[0].get_timestamp_micros(1).unwrap(), start);
        let telemetry = read.iter().find(|row| row.get_string(2).unwrap() == "message").unwrap();
        let texts = [3, 4, 6, 7, 8, 10, 12].map(|column| telemetry.get_string(column).unwrap().as_str());
        assert_eq!(texts, ["car/1", "car", "service/1", "service policy", "telemetry", "coolant", "°C"]);
        assert_eq!((telemetry.get_double(11).unwrap(), telemetry.get_long(14).unwrap() as u64), (93.5, 12 * SECOND));
        assert_eq!(telemetry.get_string(13).unwrap(), "{\"coolant [°C]\":93.5}");
    }

    #[test]
    fn texts_stay_out_unless_they_are_asked_for() {
        let shown = |texts: bool| {
            let read = table(&Selection { texts, ..Selection::default() });
            read.iter().filter(|row| row.get_string(13).is_ok_and(|fields| fields.contains("Anna"))).count()
        };
        assert_eq!((shown(false), shown(true)), (0, 1));
    }
}
