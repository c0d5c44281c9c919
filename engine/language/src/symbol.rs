//! Names as small numbers.
//!
//! A bare word of a scenario (`app`, `engine_light`, `dead`) is a [`Symbol`] once it is loaded, so that comparing two
//! names at run time is comparing two integers. Symbols are numbered in the order in which they are first met, which the
//! loading order fixes; nothing depends on their values across builds of a scenario.

use std::collections::BTreeMap;

/// A name, as its place in a [`Symbols`] table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Symbol(pub u32);

/// All names of a scenario.
#[derive(Clone, Debug, Default)]
pub struct Symbols {
    names: Vec<String>,
    places: BTreeMap<String, Symbol>,
}

impl Symbols {
    /// The symbol of `name`, made on first sight.
    pub fn intern(&mut self, name: &str) -> Symbol {
        if let Some(&symbol) = self.places.get(name) {
            return symbol;
        }
        let symbol = Symbol(u32::try_from(self.names.len()).expect("fewer than 2^32 names"));
        self.names.push(name.to_owned());
        self.places.insert(name.to_owned(), symbol);
        symbol
    }

    /// The symbol of `name`, if it was met before.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<Symbol> {
        self.places.get(name).copied()
    }

    /// All names, in the order of their symbols.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(String::as_str)
    }

    /// The name behind `symbol`; `?` for a symbol of another table.
    #[must_use]
    pub fn name(&self, symbol: Symbol) -> &str {
        self.names.get(symbol.0 as usize).map_or("?", String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_keeps_its_symbol() {
        let mut symbols = Symbols::default();
        let app = symbols.intern("app");
        let sms = symbols.intern("sms");
        assert_ne!(app, sms);
        assert_eq!(symbols.intern("app"), app);
        assert_eq!(symbols.name(sms), "sms");
        assert_eq!(symbols.find("fax"), None);
        assert_eq!(symbols.name(Symbol(9)), "?");
    }
}
