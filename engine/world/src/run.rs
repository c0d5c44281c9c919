//! One run from its first moment to its last.

use crate::actors::{Drawing, Store};
use crate::contact::Outreach;
use crate::error::RunError;
use crate::jobs::Jobs;
use crate::measures::{Measures, Outcome};
use crate::payloads::Payloads;
use crate::plan::{Plan, PolicyPlan};
use crate::replication::Replication;
use crate::tally::Tally;
use crate::travel::Travel;
use crate::world::{Common, Ready, World};
use rehearsal_kernel::stream::StreamKey;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::Path;
use std::sync::Arc;

/// Which run of a plan.
#[derive(Clone, Copy, Debug, Default)]
pub struct Run<'a> {
    /// The policy's number; none means the world by itself.
    pub policy: Option<usize>,
    /// The seed of the experiment.
    pub seed: u64,
    /// Which replication.
    pub replication: u64,
    /// The policy that decides beside it in shadow; the plan has to have been made with its shadow.
    pub beside: Option<usize>,
    /// Where to record it.
    pub trace: Option<&'a Path>,
    /// Whether events that no rule answered are recorded too.
    pub explained: bool,
    /// Into how many stretches of time of equal length the course of each measure is cut, where single values and courses
    /// are to be observed; at least 1.
    pub stretches: Option<usize>,
    /// Whether it runs beside reality: twins hear what is reported of them, and nothing happens to them by itself.
    pub live: bool,
}

/// What a run may leave to the next of the same plan: ways across the map that are known. It changes no result.
#[derive(Debug, Default)]
pub struct Scratch {
    travel: Option<Travel>,
}

/// Runs `plan` once.
///
/// The same plan, policy, seed and replication give the same outcome, byte for byte.
///
/// # Errors
/// A [`RunError`] with its place in the scenario, or where the trace could not be written.
pub fn run(plan: &Plan, run: &Run<'_>, scratch: &mut Scratch) -> Result<Outcome, RunError> {
    through(plan, run, scratch, false).map(|(outcome, _)| outcome)
}

/// As [`run`], with how often each part of the policy was used.
///
/// # Errors
/// As [`run`].
pub fn counted(plan: &Plan, run: &Run<'_>, scratch: &mut Scratch) -> Result<(Outcome, Tally), RunError> {
    through(plan, run, scratch, true)
}

fn through(plan: &Plan, run: &Run<'_>, scratch: &mut Scratch, counts: bool) -> Result<(Outcome, Tally), RunError> {
    let travel = scratch.travel.take().or_else(|| plan.roads.clone().map(Travel::new));
    let mut replication = Replication::start_with(plan, run, travel, counts)?;
    replication.run_through()?;
    let outcome = replication.close()?;
    let tally = replication.tally();
    scratch.travel = replication.into_travel();
    Ok((outcome, tally))
}

impl<'p> World<'p> {
    /// A world of `plan` with nobody in it yet.
    pub(crate) fn new(plan: &'p Plan, policy: Option<&'p PolicyPlan>, root: StreamKey) -> World<'p> {
        let common = Common {
            plan,
            policy,
            now: 0,
            jobs: Jobs::default(),
            ready: Ready::default(),
            groups: Vec::new(),
            measures: Measures::new(plan),
            observer: None,
            trouble: None,
            attended: true,
        };
        World {
            common,
            beside: None,
            stores: plan.kinds.iter().map(Store::new).collect(),
            payloads: Payloads::default(),
            travel: None,
            driving: 0,
            relations: Arc::new([]),
            touched: Vec::new(),
            listeners: Arc::new(vec![Vec::new(); plan.kinds.len()]),
            pool_of: BTreeMap::new(),
            root,
            frames: Vec::new(),
            shorts: plan.short.of(plan),
            registers: plan.short.of(plan).registers(),
            depth: 0,
            drawing: Drawing::default(),
            minds: Vec::new(),
            decisions: 0,
            outreach: Outreach::default(),
            asides: 0,
            overheard: 0,
            tally: None,
            agendas: BTreeMap::new(),
            refused_inside: false,
            held: 0,
            taken: Vec::new(),
            wishes: VecDeque::new(),
            ahead: false,
            live: false,
            enrolled: BTreeSet::new(),
            absent: BTreeSet::new(),
        }
    }
}
