//! What an event does, worked out once for each sort of event: what it feeds, which patterns look at it, what is looked at.

use super::layout::Layout;
use super::playbook::{FeaturePlan, Fed, Number, PatternPlan, Playbook};
use super::view::{Check, Places, Show, View};
use crate::feature::Feature;

/// What an event does, worked out ahead.
#[derive(Clone, Debug, Default)]
pub(super) struct Heard {
    /// Words that it carries.
    pub(super) words: usize,
    /// Whether no program and no pattern takes part.
    pub(super) plain: bool,
    /// The features that it feeds, by number.
    pub(super) feeds: Vec<Feed>,
    /// The patterns that look at it, by number, with the comparisons of each of their steps.
    pub(super) sought: Vec<(u16, StepChecks)>,
    /// What steps and rules look at besides it.
    pub(super) shows: Vec<Show>,
    /// Those of them that are no feature which it feeds and which lies in the row as it is.
    pub(super) others: Vec<Show>,
}

/// A feature that an event feeds.
#[derive(Clone, Debug)]
pub(super) struct Feed {
    pub(super) number: u16,
    /// First word of its state in a row.
    pub(super) first: usize,
    pub(super) words: usize,
    pub(super) feature: Feature,
    /// Its test; `None` where that is a program.
    pub(super) checks: Option<Vec<Check>>,
    /// What its test looks at besides the event.
    pub(super) shows: Vec<Show>,
    /// Where rules look at it, if it lies in the row as it is.
    pub(super) shown: Option<u16>,
    pub(super) value: Option<Number>,
}

impl Feed {
    /// Whether its test and its value take no program.
    fn is_plain(&self) -> bool {
        self.checks.is_some() && self.value.is_none_or(|number| matches!(number.fed, Fed::Word(_)))
    }
}

/// The comparisons of each step of a pattern; `None` where a test is a program.
pub(super) type StepChecks = Vec<Option<Vec<Check>>>;

impl Heard {
    pub(super) fn of(book: &Playbook, layout: &Layout, places: &Places, event: u16) -> Heard {
        let feeds = book.features.iter().enumerate().filter(|(_, plan)| plan.event == event);
        let feed = |(number, plan): (usize, &FeaturePlan)| {
            let mut shows = Vec::new();
            let checks = places.checks(layout, book, &plan.test, None, &mut shows);
            let (feature, words) = (plan.feature, plan.feature.words() as usize);
            let (number, first) = (number as u16, layout.features[number]);
            Feed { number, first, words, feature, checks, shows, shown: None, value: plan.value }
        };
        let words = book.events[event as usize].words as usize;
        let mut heard = Heard { words, feeds: feeds.map(feed).collect(), ..Heard::default() };
        let looks = |plan: &PatternPlan| plan.steps.iter().any(|step| step.event == event);
        for (number, plan) in book.patterns.iter().enumerate().filter(|(_, plan)| looks(plan)) {
            let shows = &mut heard.shows;
            let checks = plan.steps.iter().map(|step| places.checks(layout, book, &step.test, None, shows)).collect();
            heard.sought.push((number as u16, checks));
        }
        heard.plain = heard.sought.is_empty() && heard.feeds.iter().all(Feed::is_plain);
        heard
    }

    /// All that is looked at is known now.
    pub(super) fn settle(&mut self) {
        let Heard { feeds, shows, others, .. } = self;
        others.clone_from(shows);
        for feed in feeds {
            let own = others.iter().position(|show| matches!(show, Show::Word { word, .. } if *word as usize == feed.first));
            if let Some(Show::Word { view, .. }) = own.map(|own| others.remove(own)) {
                feed.shown = Some(view);
            }
        }
    }
}

/// Writes what conditions look at into a lane of the view.
#[inline(always)]
pub(super) fn put(view: &mut View, lane: usize, show: Show, row: &[u64], (book, layout, now): (&Playbook, &Layout, u64)) {
    match show {
        Show::Word { word, view: to } => view.set(to, lane, row[word as usize]),
        Show::Feature { number, view: to } => {
            let feature = book.features[number as usize].feature;
            let first = layout.features[number as usize];
            view.set(to, lane, feature.value(&row[first..first + feature.words() as usize], now));
        }
        Show::Known { number, view: to } => view.set(to, lane, layout.known(row, number as usize, 0)),
    }
}
