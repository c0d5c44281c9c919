//! What is written to people, where the record of a run is asked to have it.
//!
//! It is read by nobody in the world, and its values draw nothing: with a record or without, the same happens.

use super::Request;
use crate::actors::ActorId;
use crate::error::RunError;
use crate::plan::Piece;
use crate::world::World;
use rehearsal_language::types::NONE;

impl World<'_> {
    /// Records the text of a contact, if its template has one and the record is to have it.
    pub(super) fn observe_text(&mut self, person: ActorId, request: &Request, channel: u64) -> Result<(), RunError> {
        let plan = self.common.plan;
        if self.common.observer.is_none() || !plan.contact.record_texts {
            return Ok(());
        }
        let Some(text) = plan.contact.texts.iter().find(|text| u64::from(text.name.0) == request.template) else {
            return Ok(());
        };
        let mut given = request.given(channel).to_vec();
        given.extend_from_slice(&request.with);
        given.resize(request.given(channel).len() + usize::from(text.words), NONE);
        let mut written = String::new();
        for piece in &text.pieces {
            match piece {
                Piece::Plain(plain) => written += plain,
                Piece::Value(routine, ty) => {
                    let mut words = vec![0; ty.width() as usize];
                    self.values(request.agent, *routine, &given, &[], &mut words)?;
                    let actor = |word: u64| self.name(word as u32);
                    let moment = |at: u64| plan.calendar.short(at);
                    written += &rehearsal_language::types::show(ty, &words, &plan.symbols, &actor, &moment);
                }
            }
        }
        self.observe_written((request.agent, person), request.template, written)
    }
}
