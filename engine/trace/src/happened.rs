//! Where things happened: the positions of those who noted them, at that moment.

use crate::error::TraceError;
use crate::reader::Reader;
use crate::schema::What;

/// Where each of `notes` was noted, in order of time: latitude and longitude \[degrees\], `[note][event]`.
///
/// A note counts where the actor that states it has a position then. Reads all of the trace once.
///
/// # Errors
/// A damaged block.
pub fn happened(reader: &Reader, notes: &[&str]) -> Result<Vec<Vec<[f64; 2]>>, TraceError> {
    let mut found = vec![Vec::new(); notes.len()];
    let mut world = reader.state_at(0)?;
    for record in reader.records() {
        let record = record?;
        match &record.what {
            What::Move { .. } | What::Spawn { .. } | What::End { .. } => world.apply(&record),
            What::Note { actor, name, .. } => {
                let at = || world.actors.get(actor).and_then(|presence| presence.position(record.at));
                if let Some(place) = notes.iter().position(|note| note == name) {
                    found[place].extend(at());
                }
            }
            _ => {}
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;
    use crate::schema::Record;

    #[test]
    fn a_note_lies_where_its_actor_is_at_that_moment() {
        let reader = Reader::from_bytes(sample::bytes()).unwrap();
        let mut records: Vec<Record> = sample::records();
        let moving = records.iter().find_map(|record| match &record.what {
            What::Move { actor, arrive, path } if path.len() > 1 => Some((*actor, (record.at + arrive) / 2)),
            _ => None,
        });
        let (actor, half_way) = moving.unwrap();
        let expected = reader.state_at(half_way).unwrap().actors[&actor].position(half_way).unwrap();
        let note = |at| Record { at, what: What::Note { actor, name: "stranded".into(), fields: vec![] } };
        let after = records.iter().position(|record| record.at > half_way).unwrap_or(records.len());
        records.insert(after, note(half_way));
        let mut writer = crate::Writer::new(Vec::new(), &sample::header()).unwrap();
        records.iter().for_each(|record| writer.record(record).unwrap());
        let reader = Reader::from_bytes(writer.into_inner().unwrap()).unwrap();
        let found = happened(&reader, &["never", "stranded"]).unwrap();
        assert!(found[0].is_empty());
        assert_eq!(found[1], [expected]);
    }
}
