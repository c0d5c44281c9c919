//! What a request comes to before anything is drawn: the runs, the moment, whom it is about.

use crate::fault::Fault;
use crate::live::Live;
use crate::scenery::Lots;
use rehearsal_panels::Panels;
use rehearsal_request::Request;
use rehearsal_stage::{Act, Choice, Show, Stage};
use rehearsal_trace::moment;

/// Frames until panels and panes have found their sizes.
const SETTLED: u32 = 3;

/// What is shown, and what a person has open.
pub(crate) struct View {
    pub(crate) show: Show,
    pub(crate) panels: Panels,
    /// The areas of the map: the same in both runs.
    pub(crate) lots: Lots,
    /// The map without panels.
    pub(crate) bare: bool,
    /// The feed that is attached.
    pub(crate) live: Option<Live>,
    /// Frames that were drawn.
    frames: u32,
    /// How wide the map is to be \[m\], until it is.
    pub(crate) span: Option<f64>,
}

impl View {
    /// Opens what is asked for.
    pub(crate) fn open(request: &Request) -> Result<View, Fault> {
        let (live, stages) = match &request.live {
            Some(address) => {
                let (live, stage) = Live::attach(address)?;
                (Some(live), vec![stage])
            }
            None => (None, request.traces.iter().map(Stage::open).collect::<Result<Vec<Stage>, _>>()?),
        };
        let mut show = Show::new(&stages)?;
        show.act(Act::Pace(request.speed / 1_000_000_000));
        if request.dark {
            show.act(Act::Theme);
        }
        if live.is_some() {
            show.act(Act::Go(u64::MAX));
        }
        let span = request.span.map(|km| km * 1_000.0);
        let mut view =
            View { show, panels: Panels::default(), bare: request.bare, lots: Lots::of(&stages[0]), live, frames: 0, span };
        if let Some(text) = &request.at {
            let at = view.moment("--at", text)?;
            view.show.act(Act::Go(at));
        }
        if let Some(name) = &request.choose {
            view.choose(name)?;
        }
        Ok(view)
    }

    /// Takes the size of a pane \[points\], and once that has settled the part of the map that was asked for.
    pub(crate) fn resize(&mut self, width: f32, height: f32) {
        self.show.resize([f64::from(width), f64::from(height)]);
        self.frames = self.frames.saturating_add(1);
        if let Some(span) = self.span.take_if(|_| self.frames >= SETTLED) {
            if let Some(chosen) = self.show.chosen() {
                self.show.act(Act::Show(chosen));
            }
            self.show.act(Act::Span(span));
        }
    }

    /// A moment of the run, as people write it.
    pub(crate) fn moment(&self, option: &'static str, text: &str) -> Result<u64, Fault> {
        let stage = self.show.runs()[0].stage();
        let at = moment::parse(text, &stage.header().start)?;
        let end = self.show.playhead().end();
        if at > end {
            return Err(Fault::Late { option, text: text.into(), end: stage.clock().minute(end) });
        }
        Ok(at)
    }

    /// Chooses somebody who is in one of the runs; who is spawned in it counts.
    fn choose(&mut self, name: &str) -> Result<(), Fault> {
        for run in 0..self.show.runs().len() {
            let stage = self.show.runs()[run].stage();
            if stage.named(name).is_none() {
                stage.meet_all()?;
            }
            if let Some(actor) = stage.named(name) {
                self.show.act(Act::Choose(Some(Choice { run, actor })));
                return Ok(());
            }
        }
        let stage = self.show.runs()[0].stage();
        let near = rehearsal_stage::Search::new(stage).find(name, 1).into_iter().next();
        let hint = near.map_or_else(String::new, |found| format!("; {} is", found.name));
        Err(Fault::Nobody { path: stage.path().into(), name: name.into(), hint })
    }
}
