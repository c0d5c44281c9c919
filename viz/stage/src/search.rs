//! Finding actors by name, as somebody types.

use crate::stage::Stage;

/// How well a name fits what was typed, the best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rank {
    /// It is the name.
    Exact,
    /// The name begins with it.
    Prefix,
    /// A word of the name, or a number in it, begins with it.
    Word,
    /// The name holds it.
    Within,
    /// Its letters occur in the name, in this order.
    Subsequence,
}

/// Somebody found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The actor.
    pub actor: u32,
    /// Its name.
    pub name: String,
    /// How well it fits.
    pub rank: Rank,
}

/// The names of a run, ready to be searched.
pub struct Search {
    /// By number: the actor, its name, and its name in lower case.
    names: Vec<(u32, String, String)>,
}

impl Search {
    /// Over the actors of a run that are known now: see [`Stage::actors`].
    #[must_use]
    pub fn new(stage: &Stage) -> Search {
        let name =
            |(&id, actor): (&u32, &std::sync::Arc<rehearsal_trace::Actor>)| (id, actor.name.clone(), actor.name.to_lowercase());
        Search { names: stage.actors().iter().map(name).collect() }
    }

    /// The best `limit` of those whose name fits, in whatever case: by rank, then the shorter name, then the lower number.
    ///
    /// Costs one look at every name. An empty text finds nobody.
    #[must_use]
    pub fn find(&self, text: &str, limit: usize) -> Vec<Found> {
        let text = text.trim().to_lowercase();
        if text.is_empty() {
            return Vec::new();
        }
        let fit = |(place, (_, _, lower)): (usize, &(u32, String, String))| Some((rank(lower, &text)?, lower.len(), place));
        let mut fitting: Vec<(Rank, usize, usize)> = self.names.iter().enumerate().filter_map(fit).collect();
        if fitting.len() > limit && limit > 0 {
            fitting.select_nth_unstable(limit - 1);
        }
        fitting.truncate(limit);
        fitting.sort_unstable();
        let found = |(rank, _, place): (Rank, usize, usize)| {
            let (actor, name, _) = &self.names[place];
            Found { actor: *actor, name: name.clone(), rank }
        };
        fitting.into_iter().map(found).collect()
    }
}

fn rank(name: &str, text: &str) -> Option<Rank> {
    if name == text {
        return Some(Rank::Exact);
    }
    if name.starts_with(text) {
        return Some(Rank::Prefix);
    }
    let mut within = false;
    for (at, _) in name.match_indices(text) {
        within = true;
        let before = name[..at].chars().next_back();
        if before.is_some_and(|letter| !letter.is_alphanumeric()) {
            return Some(Rank::Word);
        }
    }
    if within {
        return Some(Rank::Within);
    }
    let mut letters = name.chars();
    let subsequence = text.chars().filter(|letter| !letter.is_whitespace()).all(|wanted| letters.any(|letter| letter == wanted));
    subsequence.then_some(Rank::Subsequence)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    fn names(found: &[Found]) -> Vec<&str> {
        found.iter().map(|found| found.name.as_str()).collect()
    }

    #[test]
    fn the_best_fit_comes_first() {
        let search = Search::new(&sample::stage(1));
        assert_eq!(names(&search.find("walker/2", 10)), ["walker/2", "walker/20", "walker/12"]);
        assert_eq!(search.find("WALKER/2", 1)[0].rank, Rank::Exact);
        let twelve = search.find("12", 3);
        assert_eq!((names(&twelve)[0], twelve[0].rank), ("walker/12", Rank::Word));
        assert_eq!(search.find("alk", 1)[0].rank, Rank::Within);
        let wk7 = search.find("wk7", 4);
        assert_eq!((names(&wk7)[0], wk7[0].rank), ("walker/7", Rank::Subsequence));
        assert!(search.find("zebra", 4).is_empty() && search.find(" ", 4).is_empty() && search.find("w", 0).is_empty());
    }

    #[test]
    fn a_limit_cuts_the_end_and_nothing_else() {
        let search = Search::new(&sample::stage(1));
        let all = search.find("er", 10_000);
        assert!(all.len() >= 20 && all.is_sorted_by_key(|found| (found.rank, found.name.len())));
        for limit in 0..=all.len() {
            assert_eq!(search.find("er", limit), all[..limit]);
        }
    }
}
