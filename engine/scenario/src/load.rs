//! From files to a plan: read, lay out, compile until the shapes of all messages are known, check the wiring.

use crate::definitions::Definitions;
use crate::describe::Description;
use crate::fault::{At, Fault, Faults};
use crate::files::Folder;
use crate::kinds::KindCompiler;
use crate::kinds::constant_span;
use crate::live::LiveInfo;
use crate::measures::MeasureCompiler;
use crate::native::Natives;
use crate::people::Stage;
use crate::policies::{Interface, PolicyCompiler};
use crate::settings::Settings;
use crate::tables::Tables;
use crate::tree::Node;
use rehearsal_language::compile::nearest;
use rehearsal_language::program::Program;
use rehearsal_policy::engine::{Engine, Playbook};
use rehearsal_policy::mode::Mode;
use rehearsal_policy::select::Force;
use rehearsal_world::plan::{Kind, Plan, PolicyPlan};
use std::path::Path;
use std::sync::Arc;

/// Passes before shapes have to have settled.
const PASSES_MAX: usize = 12;

/// How a scenario is to be tried.
#[derive(Clone, Debug)]
pub(crate) struct Trial {
    pub(crate) replications: u32,
    pub(crate) seed: u64,
    pub(crate) warm_up: f64,
    /// Policies by number, the baseline first.
    pub(crate) policies: Vec<usize>,
}

/// How policies are tried, where that is not as they say of themselves.
#[derive(Clone, Debug, Default)]
pub struct Trying {
    /// The mode of a policy by its name; of several the last counts.
    pub modes: Vec<(String, Mode)>,
    /// The policy that decides in shadow beside the one that is tried.
    pub beside: Option<String>,
    /// Whether minds remember what only other policies read too, so that one can take another's place.
    pub remembers_all: bool,
    /// When it begins, where that is not as it says: a civil date and time.
    pub start: Option<String>,
    /// Whether the branches of policies are counted, for [`crate::Scenario::coverage`].
    pub marked: bool,
}

/// The mind of a policy.
pub(crate) struct Mind {
    /// What the policy is called.
    pub(crate) name: String,
    pub(crate) kind: u16,
    pub(crate) mode: Mode,
    pub(crate) force: Force,
    /// The kind that decides in shadow, where that is asked for.
    shadow: Option<u16>,
}

/// A loaded scenario.
pub(crate) struct Loaded {
    pub(crate) plan: Plan,
    /// What is made of its measures.
    pub(crate) judged: crate::measures::Judged,
    pub(crate) trial: Trial,
    pub(crate) example: Option<(String, String, String)>,
    /// What is no fault and yet looks like a slip.
    pub(crate) warnings: Faults,
    pub(crate) description: Description,
    /// What is real where it runs live, if it says so.
    pub(crate) live: Option<LiveInfo>,
    /// Its laws of chance.
    pub(crate) laws: Vec<crate::laws::Law>,
    /// The files that those stand in.
    pub(crate) files: Vec<crate::laws::File>,
    /// Its policies, compiled to stand alone, or why they cannot.
    pub(crate) playbooks: Vec<(String, Result<Arc<Playbook>, Faults>)>,
}

/// Loads a scenario.
pub(crate) fn load(path: &Path, settings: &[(String, String)], natives: &Natives, trying: &Trying) -> Result<Loaded, Faults> {
    load_from(&Folder::open(path)?, settings, natives, trying)
}

/// Loads a scenario from where its files lie.
pub(crate) fn load_from(
    folder: &Folder,
    settings: &[(String, String)],
    natives: &Natives,
    trying: &Trying,
) -> Result<Loaded, Faults> {
    let mut tables = Tables { marked: trying.marked, remembers_all: trying.remembers_all, ..Tables::default() };
    tables.environment(None, Default::default());
    tables.stand(0, 0);
    let mut settings = Settings::new(settings);
    let definitions = folder.read(&mut tables, &mut settings);
    if definitions.incomplete {
        // What else is wrong would mostly be that names of the part that is missing are unknown.
        return Err(tables.finish());
    }
    let Some(scenario) = definitions.scenario.clone() else {
        if tables.faults.is_empty() {
            tables.faults.add(Fault::general("no file holds a Scenario(...): its title, start, length and groups"));
        }
        return Err(tables.finish());
    };
    if !tables.read_params(&scenario) {
        // The same: most of a scenario hangs on them.
        return Err(tables.finish());
    }
    tables.read_data(&definitions, &scenario, &folder.root);
    tables.lay_out(&definitions);
    tables.meet(natives);
    tables.read_twins(&definitions);
    tables.name_groups(&scenario);
    tables.name_relations(&scenario);
    tables.needs_interface(&definitions);
    let interface = tables.read_interface(&definitions);
    let stage = tables.stage(&scenario, &folder.root, trying.start.as_deref());
    tables.calendar = stage.as_ref().map(|stage| stage.calendar.clone());
    let trial = tables.trial(&definitions);
    if tables.incomplete {
        // The same: kinds lack what a part that could not be read would give them.
        return Err(tables.finish());
    }
    tables.declare_contacts(&definitions);
    tables.check_trying(&definitions, trying);
    let minds = tables.minds(&definitions, interface.as_ref(), trying);
    let bare: Vec<u16> = minds.iter().map(|mind| tables.kinds[mind.kind as usize].words).collect();
    tables.read_tables(&definitions);
    let mut build = Build { definitions: &definitions, scenario: &scenario, interface, minds, stage };
    let mut plan = build.run(&mut tables, &folder.name, &trial);
    let live = tables.live_info(&definitions);
    tables.find_certain_faults(&definitions, &scenario);
    if let Some(plan) = plan.as_mut().filter(|_| tables.faults.is_empty() && tables.syntax.is_empty()) {
        tables.bind(plan, natives);
    }
    match plan {
        Some(plan) if tables.faults.is_empty() && tables.syntax.is_empty() => {
            let example = crate::settings::example(&definitions.kinds)
                .map(|(path, value, at)| (path, value, tables.sources.files[at.source as usize].0.clone()));
            let warnings = tables.warn(&definitions);
            let mut description = tables.describe(&plan, &definitions, build.interface.as_ref(), &trial);
            let mut playbooks = Vec::new();
            for (mind, words) in build.minds.iter().zip(bare) {
                let interface = build.interface.as_ref().expect("minds come of an interface");
                playbooks.push((mind.name.clone(), tables.playbook(interface, mind, words).map(Arc::new)));
            }
            for policy in &mut description.policies {
                let book = playbooks.iter().find(|(name, _)| *name == policy.name).and_then(|(_, book)| book.as_ref().ok());
                policy.profile_bytes = book.map(|book| Engine::new(book.clone()).bytes_per_profile());
            }
            let (laws, files) = (tables.laws(&definitions), tables.law_files());
            let judged = std::mem::take(&mut tables.judged);
            Ok(Loaded { judged, laws, files, plan, trial, example, warnings, description, live, playbooks })
        }
        _ => Err(tables.finish()),
    }
}

impl Tables {
    /// All faults with the files they stand in.
    fn finish(&mut self) -> Faults {
        for fault in std::mem::take(&mut self.syntax) {
            self.faults.add(fault);
        }
        std::mem::take(&mut self.faults).finish(std::mem::take(&mut self.sources))
    }

    /// Adds a mind for each policy; gives their kinds.
    fn minds(&mut self, definitions: &Definitions, interface: Option<&Interface>, trying: &Trying) -> Vec<Mind> {
        let Some(interface) = interface else { return Vec::new() };
        let types = self.remembered_types(interface).into_iter();
        let remembered: Vec<_> = types.zip(&interface.features).map(|((name, ty), feature)| (name, ty, *feature)).collect();
        let mut minds = Vec::new();
        for policy in &definitions.policies {
            let args = self.arguments(
                &policy.2,
                &["!name", "!initial", "!states", "params", "patterns", "rules", "mode", "from", "until", "tables"],
            );
            let force = args.as_ref().map(|args| self.force(args.get("from"), args.get("until"))).unwrap_or_default();
            let written = args.as_ref().map(|args| self.mode(args.get("mode"))).unwrap_or_default();
            let asked = trying.modes.iter().rev().find(|(name, _)| *name == policy.0);
            let mode = asked.map_or(written, |(_, mode)| *mode);
            let kind = self.add_mind(policy, interface.about, &interface.knows, &remembered, false);
            minds.push(Mind { name: policy.0.clone(), kind, mode, force, shadow: None });
        }
        // Behind those that act, so that what acts is the same with and without them.
        for (mind, policy) in minds.iter_mut().zip(&definitions.policies) {
            if mind.mode == Mode::Shadow || trying.beside.as_ref() == Some(&mind.name) {
                let shadow = self.add_mind(policy, interface.about, &interface.knows, &remembered, true);
                mind.shadow = Some(shadow);
            }
        }
        minds
    }

    /// Faults where a policy is asked for that there is not.
    fn check_trying(&mut self, definitions: &Definitions, trying: &Trying) {
        let names: Vec<&str> = definitions.policies.iter().map(|(name, ..)| name.as_str()).collect();
        let modes = trying.modes.iter().map(|(name, mode)| (name, format!("--mode {name}={}", mode.word())));
        let beside = trying.beside.iter().map(|name| (name, format!("--beside {name}")));
        for (name, asked) in modes.chain(beside).filter(|(name, _)| !names.contains(&name.as_str())) {
            let help = match nearest(name, names.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None if names.is_empty() => "this scenario has no policies".into(),
                None => format!("there is {}", names.join(", ")),
            };
            self.faults.add(Fault::general(format!("{asked}: no policy is called `{name}`")).help(help));
        }
    }

    fn trial(&mut self, definitions: &Definitions) -> Trial {
        let all: Vec<String> = definitions.policies.iter().map(|(name, ..)| name.clone()).collect();
        let mut trial = Trial { replications: 10, seed: 1, warm_up: 0.0, policies: (0..all.len()).collect() };
        let Some(node) = &definitions.experiment else { return trial };
        let Some(args) = self.arguments(node, &["policies", "baseline", "replications", "seed", "warm_up"]) else { return trial };
        let find = |tables: &mut Tables, node: &Node| {
            let name = node.as_text().unwrap_or("").to_owned();
            let found = all.iter().position(|have| *have == name);
            if found.is_none() {
                tables.unknown(node.at, "policy", &name, all.iter().map(String::as_str));
            }
            found
        };
        if let Some(list) = args.get("policies") {
            trial.policies = list.items().iter().filter_map(|node| find(self, node)).collect();
        }
        if let Some(baseline) = args.get("baseline")
            && let Some(found) = find(self, baseline)
        {
            trial.policies.retain(|policy| *policy != found);
            trial.policies.insert(0, found);
        }
        if let Some(node) = args.get("replications").cloned()
            && let Some(found) = self.plain_number(&node, "the number of replications")
        {
            if !(1.0..=1e6).contains(&found) || found.fract() != 0.0 {
                self.fault(node.at, format!("{found} replications: it is a whole number from 1 to 1000000"));
            }
            trial.replications = found as u32;
        }
        if let Some(node) = args.get("seed").cloned()
            && let Some(found) = self.plain_number(&node, "the seed")
        {
            trial.seed = found as u64;
        }
        if let Some(node) = args.get("warm_up").cloned() {
            trial.warm_up = constant_span(self, &node, 0).unwrap_or(0.0);
        }
        trial
    }
}

/// What stays the same over the passes of compilation.
struct Build<'a> {
    definitions: &'a Definitions,
    scenario: &'a Node,
    interface: Option<Interface>,
    minds: Vec<Mind>,
    stage: Option<Stage>,
}

impl Build<'_> {
    fn run(&mut self, tables: &mut Tables, name: &str, trial: &Trial) -> Option<Plan> {
        let (faults, faulty, incomplete) = (tables.faults.clone(), tables.faulty.clone(), tables.incomplete);
        let words: Vec<u16> = tables.kinds.iter().map(|kind| kind.words).collect();
        for pass in 0..PASSES_MAX {
            (tables.faults, tables.faulty, tables.incomplete) = (faults.clone(), faulty.clone(), incomplete);
            for (kind, words) in tables.kinds.iter_mut().zip(&words) {
                kind.words = *words;
                kind.sites.clear();
            }
            tables.reset();
            let plan = self.pass(tables, name, trial);
            let types = self.interface.as_ref().map(|interface| tables.remembered_types(interface)).unwrap_or_default();
            let mut changed = tables.messages.settle();
            changed |= tables.notes.settle();
            changed |= tables.questions.settle();
            changed |= tables.texts.settle();
            changed |= tables.settle_silence();
            for kind in self.minds.iter().flat_map(|mind| [Some(mind.kind), mind.shadow]).flatten() {
                for field in &mut tables.kinds[kind as usize].fields {
                    if let Some((_, ty)) = types.iter().find(|(name, _)| *name == field.name)
                        && field.ty != *ty
                    {
                        field.ty = ty.clone();
                        changed = true;
                    }
                }
            }
            if tables.final_pass {
                if !tables.incomplete {
                    self.wiring(tables);
                }
                return plan;
            }
            // When nothing changed any more, one last pass reports what is still wrong.
            tables.final_pass = !changed || pass + 2 == PASSES_MAX;
        }
        None
    }

    fn pass(&self, tables: &mut Tables, name: &str, trial: &Trial) -> Option<Plan> {
        let mut program = Program::default();
        let mut contact = tables.compile_contacts(&mut program, self.definitions);
        let decisions = tables.compile_tables(&mut program);
        let common = tables.kinds[0].sites.clone();
        for kind in &mut tables.kinds {
            kind.sites = common.clone();
        }
        let mut kinds = vec![Kind { name: "nobody".into(), ..Kind::default() }];
        for number in 1..=self.definitions.kinds.len() as u16 {
            let compiler =
                KindCompiler { tables, program: &mut program, kind: number, out: Kind::default(), sources: Vec::new() };
            kinds.push(compiler.run());
        }
        let mut policies: Vec<PolicyPlan> = Vec::new();
        if let Some(interface) = &self.interface {
            for mind in &self.minds {
                let (kind, plan) = mind_of(tables, &mut program, interface, mind, mind.kind);
                kinds.push(kind);
                policies.push(PolicyPlan { mode: mind.mode, shadow: mind.shadow, ..plan });
            }
            for (mind, shadow) in self.minds.iter().filter_map(|mind| Some((mind, mind.shadow?))) {
                kinds.push(mind_of(tables, &mut program, interface, mind, shadow).0);
            }
            for mind in &self.minds {
                for note in ["contacted", "contact_refused", "contact_deferred"] {
                    if let Some(note) = tables.notes.find(note) {
                        tables.stated.insert((note, mind.kind));
                    }
                }
            }
        }
        tables.compile_texts(&mut program, self.definitions, &mut contact);
        let roads = self.stage.as_ref().and_then(|stage| stage.roads.clone());
        let groups = tables.compile_groups(&mut program, self.scenario, roads.as_ref());
        let relations = tables.compile_relations();
        let person = self.definitions.segments.as_ref().and_then(|node| self.person(tables, node));
        let mut compiler = MeasureCompiler { tables, program: &mut program, person, firsts: Vec::new() };
        let segments = compiler.segments(self.definitions);
        for (number, kind) in kinds.iter_mut().enumerate() {
            kind.person = compiler.person_of(number as u16, None);
        }
        let measures = compiler.run(self.definitions);
        let names = segments.as_ref().map(|segments| segments.names.as_slice()).unwrap_or_default();
        let names: Vec<String> = names.iter().map(|name| compiler.tables.symbols.name(*name).to_owned()).collect();
        let judged = compiler.judged(self.definitions, &measures, &names);
        tables.aim_rehearsals(&measures);
        tables.judged = judged;
        for (number, kind) in kinds.iter_mut().enumerate() {
            let info = &tables.kinds[number];
            kind.sites = info.sites.iter().map(|site| rehearsal_kernel::Purpose::new(*site)).collect();
            kind.words = info.words;
            let marks = tables.recorded.marks.iter().filter(|(at, _)| usize::from(*at) == number);
            kind.marks = marks.map(|(_, mark)| mark.clone()).collect();
            kind.awaited = vec![false; tables.messages.known.len()];
            for (_, message) in tables.awaited.iter().filter(|(kind, _)| *kind == number as u16) {
                kind.awaited[*message as usize] = true;
            }
        }
        let stage = self.stage.as_ref()?;
        Some(Plan {
            name: name.to_owned(),
            title: stage.title.clone(),
            length: (stage.length * 1e9) as u64,
            warm_up: (trial.warm_up * 1e9) as u64,
            latency: (stage.latency * 1e9) as u64,
            calendar: stage.calendar.clone(),
            program,
            symbols: tables.symbols.clone(),
            kinds,
            effects: std::mem::take(&mut tables.effects),
            messages: tables.messages.known.clone(),
            notes: tables.notes.known.clone(),
            questions: tables.questions.known.clone(),
            functions: std::mem::take(&mut tables.functions),
            groups,
            relations,
            claims: std::mem::take(&mut tables.claims),
            inboxes: std::mem::take(&mut tables.inboxes),
            waited: tables.waited,
            togethers: std::mem::take(&mut tables.togethers),
            tables: decisions,
            contact,
            policies,
            measures,
            segments,
            roads,
            traffic: stage.traffic.clone(),
            road_capacity: stage.road_capacity,
            sources: tables.sources.files.clone(),
            limits: Default::default(),
            fingerprint: Default::default(),
            short: Default::default(),
        })
    }

    fn person(&self, tables: &mut Tables, node: &Node) -> Option<u16> {
        let of = node.get("of")?;
        let name = of.as_text()?.to_owned();
        let found = tables.kind_ids.get(&name).copied();
        if found.is_none() {
            let names: Vec<String> = tables.kind_ids.keys().cloned().collect();
            tables.unknown(of.at, "kind", &name, names.iter().map(String::as_str));
        }
        found
    }

    /// Dead wiring: what is told and never heard, or awaited and never told.
    fn wiring(&self, tables: &mut Tables) {
        tables.heard_by_natives();
        let told: Vec<(u16, At)> = tables.told.iter().map(|(id, at)| (*id, *at)).collect();
        let heard: Vec<(u16, At)> = tables.heard.iter().map(|(id, at)| (*id, *at)).collect();
        let name = |tables: &Tables, id: u16| tables.messages.known[id as usize].name.clone();
        let names = |tables: &Tables, list: &[(u16, At)]| list.iter().map(|(id, _)| name(tables, *id)).collect::<Vec<_>>();
        let (told_names, heard_names) = (names(tables, &told), names(tables, &heard));
        for (id, at) in told.iter().filter(|(id, _)| !heard.iter().any(|(other, _)| other == id)) {
            // What a shared file alone tells, a story need not hear.
            if tables.shared.contains(&at.source) {
                continue;
            }
            let own = name(tables, *id);
            let near = near(&own, &heard_names, &told_names);
            let help = near.map_or_else(|| "add an `on` for it, or remove it".into(), |near| format!("did you mean `{near}`?"));
            tables.faults.add(Fault::new(*at, format!("message `{own}` is told, but nobody hears it")).help(help));
        }
        let builtin = ["contacted", "refused", "deferred", "undone", "not_undone"];
        for (id, at) in heard.iter().filter(|(id, _)| !told.iter().any(|(other, _)| other == id)) {
            let own = name(tables, *id);
            let known = tables.messages.is_declared(*id) || tables.told_in_vain.contains(id);
            if builtin.contains(&own.as_str()) || known {
                continue;
            }
            let near = near(&own, &told_names, &heard_names);
            let help = near.map_or_else(|| "add a Tell for it, or remove it".into(), |near| format!("did you mean `{near}`?"));
            tables.faults.add(Fault::new(*at, format!("message `{own}` is awaited, but nobody tells it")).help(help));
        }
    }
}

/// Compiles a mind as a kind.
fn mind_of(tables: &mut Tables, program: &mut Program, interface: &Interface, mind: &Mind, kind: u16) -> (Kind, PolicyPlan) {
    let kinds = KindCompiler { tables, program, kind, out: Kind::default(), sources: Vec::new() };
    PolicyCompiler { kinds, interface, force: mind.force, patterns: Vec::new() }.run(&mind.name)
}

/// The nearest of `names` to a name; one that is not among the `paired` ones where there is such a one.
fn near<'n>(name: &str, names: &'n [String], paired: &[String]) -> Option<&'n str> {
    let loose = names.iter().filter(|other| !paired.contains(other)).map(String::as_str);
    nearest(name, loose).or_else(|| nearest(name, names.iter().map(String::as_str)))
}

impl Tables {
    /// Forgets what the last pass compiled.
    fn reset(&mut self) {
        self.standing.truncate(1);
        self.functions.clear();
        self.effects.clear();
        self.aims.clear();
        self.claims.clear();
        self.inboxes.clear();
        self.togethers.clear();
        self.waited = false;
        self.told_in_vain.clear();
        self.heard_in_shared.clear();
        self.told.clear();
        self.heard.clear();
        self.awaited.clear();
        self.asked.clear();
        self.recorded = Default::default();
    }
}
