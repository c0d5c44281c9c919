//! Decision tables that nothing is looked up in, and words of tables and of steps done together that have no effect.

use crate::fault::Fault;
use crate::tables::Tables;
use rehearsal_policy::table::Hit;

impl Tables {
    /// Adds what of tables and of steps done together comes to nothing.
    pub(super) fn idle_tables(&self, found: &mut Vec<Fault>) {
        for (number, table) in self.decisions.iter().enumerate() {
            if !self.recorded.looked_in.contains(&number) {
                let fault = Fault::new(table.at, format!("nothing is looked up in table `{}`", table.name));
                found.push(fault.help(format!("use it by LookUp(in: {}, ...), or remove it", table.name)));
            }
            let ranked = table.rows.iter().filter_map(|row| row.priority).filter(|_| table.hit != Hit::Priority);
            for (_, at) in ranked {
                let fault =
                    Fault::new(at, format!("a priority has no effect here: the hit of table `{}` is another", table.name));
                found.push(fault.help("say hit: priority, or remove it"));
            }
        }
        for at in &self.recorded.vain_else {
            let fault = Fault::new(*at, "this `else` is never done: the table always gives something");
            found.push(fault.help("remove it"));
        }
        for at in &self.recorded.loose {
            let fault = Fault::new(*at, "none of the steps of this Together(...) says how it is undone");
            found.push(fault.help("give their procedures an `undo`, or write the steps without Together"));
        }
    }
}
