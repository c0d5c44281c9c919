//! What is pending, as it was read: each event has to be one that this world can take.

use crate::actors::{actor, kind_of};
use crate::packet::Event;
use crate::payloads::Payloads;
use crate::plan::HolderPlan;
use crate::world::{World, system};

/// Whether each event is one that `world` can take. The error says which is not.
pub(crate) fn check_pending<'e>(world: &World<'_>, pending: impl Iterator<Item = &'e Event>) -> Result<(), String> {
    for event in pending {
        if !world.takes(event) {
            let number = event.message.number();
            return Err(format!("message {number} is on its way to actor {:#x}, who cannot take it", event.target));
        }
    }
    Ok(())
}

impl World<'_> {
    fn takes(&self, event: &Event) -> bool {
        let (plan, [first, second, _]) = (self.common.plan, event.message.args());
        if !self.exists(event.target) || !self.exists(event.sender) {
            return false;
        }
        let kind = &plan.kinds[kind_of(event.target) as usize];
        let owns = |fits: fn(&HolderPlan) -> bool| kind.holders.get(first as usize).is_some_and(|holder| fits(&holder.what));
        match event.message.number() {
            system::TIMER => (first as usize) < kind.timers.len(),
            system::ALARM => kind.native.as_ref().is_some_and(|code| (first as usize) < code.alarms.len()),
            system::BELL => kind.patterns.get(first as usize).is_some_and(|looked| looked.bell.is_some()),
            system::RESUME | system::BEGIN => true,
            system::REQUEST | system::GRANT | system::WITHDRAW => self.is_holder(second),
            system::RELEASE => self.is_holder(first) && (second == 0 || actor(second).is_some_and(|unit| self.exists(unit))),
            system::QUESTION | system::REPLY => self.payloads.has(first),
            system::RETRY => actor(second).is_some_and(|person| self.exists(person)),
            system::SHIFT => owns(|holder| matches!(holder, HolderPlan::Resource { .. } | HolderPlan::Stock { .. })),
            system::DELIVERY => owns(|holder| matches!(holder, HolderPlan::Stock { .. })),
            message => {
                let message = message.checked_sub(system::FIRST).and_then(|message| plan.messages.get(usize::from(message)));
                message.is_some_and(|message| usize::from(message.words) <= Payloads::INLINE || self.payloads.has(first))
            }
        }
    }
}
