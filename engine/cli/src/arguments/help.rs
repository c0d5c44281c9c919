//! The help that teaches: what stands below the options of each command.

pub(super) const EXAMPLES: &str = "\
Examples:
  rehearsal check scenarios/broken-down-car
      Is the scenario sound? Names every fault with its file and line.
  rehearsal run scenarios/broken-down-car
      Try every policy and compare: which is better, by how much, how sure, and for whom.
  rehearsal run scenarios/broken-down-car --set dealer.loaners=8
      What if every dealer had eight loaners?
  rehearsal run scenarios/broken-down-car --trace day.trace
  rehearsal replay day.trace --actor driver/17
      What happened to this driver, step by step?
  rehearsal explain day.trace --actor driver/17
      Why did the policy do what it did to this driver?

Exit codes: 0 done; 1 a fault of this program, files that `fmt --check` would change, or gaps that
`coverage --fail-on-gaps` found; 2 a fault of what it was given; 3 a check of `gate` or `validate`
failed; 4 nothing could be checked; 130 stopped by Ctrl-C.";

pub(super) const RUN_EXAMPLES: &str = "\
Examples:
  rehearsal run scenarios/broken-down-car --policy reactive --policy proactive
      Two policies; the first is the baseline that the other is compared to.
  rehearsal run scenarios/broken-down-car --replications 100 --jobs 8
      More replications make intervals narrower; threads change no digit.
  rehearsal run scenarios/broken-down-car --precision light_to_fixed=5 --resume runs.kept
      Go on until the difference in hours is known to 5 h; after Ctrl-C the same command goes on.
  rehearsal run scenarios/broken-down-car --format json > result.json
      For programs; csv for spreadsheets.
  rehearsal run scenarios/broken-down-car --export runs.csv --export runs.json
      Every single run as a table, and beside the result as JSON; .parquet and .sqlite in builds with them.
  rehearsal run scenarios/broken-down-car --report car.html
      A page to show and to print: the answer, by how much, how sure, for whom, and where.
  rehearsal run scenarios/broken-down-car --replications 1 --trace '{policy}.trace'
      Record the first replication under every policy.";

pub(super) const GATE_HELP: &str = "\
Examples:
  rehearsal gate scenarios/broken-down-car --save-baseline baseline.json
      Keep today's results, once, where everything is as it should be.
  rehearsal gate scenarios/broken-down-car --baseline baseline.json
      Is anything worse by more than 5 %? Nothing that has not changed can differ: the luck is the same.
  rehearsal gate scenarios/broken-down-car --baseline baseline.json --tolerance 10% --tolerance breakdowns=0.5
      Other limits: a share for all, an amount for one.
  rehearsal gate scenarios/broken-down-car --baseline baseline.json --format junit > gate.xml
      For continuous integration; github for annotations.

A measure fails where its difference from the baseline, paired by replication, is certainly worse than is
allowed; it passes where it certainly is not; else it is inconclusive. An Expect({ ... }) of the scenario is
checked with or without a baseline.

Exit codes: 0 passed; 1 a fault of this program; 2 a fault of what it was given; 3 a check failed; 4 nothing
was checked, or it could not be compared.";

pub(super) const SELECT_EXAMPLES: &str = "\
Examples:
  rehearsal select scenarios/broken-down-car --measure breakdowns --indifference 1
      Which policy has the fewest breakdowns, if less than 1 in 1000 cars does not matter?
  rehearsal select scenarios/broken-down-car --measure satisfaction --indifference 0.05 --confidence 99% --format json
      For programs, schema rehearsal.select/1.

Policies that are clearly worse leave the race early (Kim and Nelson, 2001); the rest run on until one is left.";

pub(super) const STEADY_EXAMPLES: &str = "\
Examples:
  rehearsal steady scenarios/research/mmc.ron
      How long until the queue has forgotten that it began empty? Is warm_up long enough?
  rehearsal steady scenarios/research/mmc.ron --svg courses.svg
      The courses as a picture.
  rehearsal steady scenarios/research/mmc.ron --replications 1 --set scenario.length=2000d
      One long run; intervals from batch means.";

pub(super) const CHECK_HELP: &str = "\
A fault is what keeps the scenario from running; exit code 2. A warning is what looks like a slip: a
state that nothing leads to, a definition that nothing uses. It is told, and changes no exit code.";

pub(super) const DESCRIBE_EXAMPLES: &str = "\
Examples:
  rehearsal describe scenarios/broken-down-car
      Groups, kinds with their states, messages, policies, what --set can change, measures.
  rehearsal describe scenarios/broken-down-car --svg car.svg
      The kinds with their statecharts, and the messages between them.
  rehearsal describe scenarios/broken-down-car --format json > car.json
      For programs, schema rehearsal.describe/1.";

pub(super) const NEW_EXAMPLES: &str = "\
Examples:
  rehearsal new my-story
      People, a service, an interface, two policies, measures, and a README that says what to try.
  rehearsal new scenarios/line --template queue
      The smallest story: a desk and a line.";

pub(super) const FMT_EXAMPLES: &str = "\
Examples:
  rehearsal fmt scenarios/broken-down-car
      All files of the folder; names those that it changed.
  rehearsal fmt --check scenarios
      Changes nothing; names what it would change, and ends with exit code 1 if there is any.
  rehearsal fmt - < dealer.ron
      From standard input to standard output, for editors.

Every comment is kept, and formatting twice changes nothing. A file with faults is left as it is.";

pub(super) const REPLAY_EXAMPLES: &str = "\
Examples:
  rehearsal replay day.trace
      What it is, who is in it, and who has the most to tell.
  rehearsal replay day.trace --actor driver/17
      The story of one driver, with every decision and why it was made.
  rehearsal replay day.trace --map noon.svg --at '2026-11-05 12:00'
      Where everyone is at that moment.
  rehearsal replay day.trace --format ndjson --from 36h --to 40h | jq .
      Four hours of records, a line each.
  rehearsal replay car.twin
      The journal of a twin again, in virtual time: it ends in the same digest.
  rehearsal replay car.twin --policy reactive
      What the other policy would have done on this real day, and where the two part.

Times: since the start, as `36h` or `1d 8h 30min`; or as the calendar says, as `2026-11-05 08:30`,
or `5 Nov 08:30` as in a story.";

pub(super) const VIEW_EXAMPLES: &str = "\
Examples:
  rehearsal view reactive.trace proactive.trace
      Two policies side by side, on the same people and the same luck. Press ? for keys and mouse.
  rehearsal view day.trace --at '5 Nov 08:15' --choose driver/17
      Begin at a moment, with somebody in the middle of the map.
  rehearsal view day.trace --screenshot morning.png --at 08:15 --size 1024x640 --dark
      A picture of a moment; needs no display.
  rehearsal view a.trace b.trace --video morning.mp4 --from 07:30 --to 09:00 --speed 10min
      A film of ten minutes a second, through ffmpeg; .apng needs nothing.

The window is a program of its own beside this one, which is built by
`cargo build --release --package rehearsal-view`. Pictures and films need a graphics driver: of a
card, or software Vulkan (on Debian and Ubuntu: mesa-vulkan-drivers).";

pub(super) const EXPORT_EXAMPLES: &str = "\
Examples:
  rehearsal export day.trace --out day.ocel.json --leave-out telemetry
      An object-centric event log, for process mining with pm4py and others.
  rehearsal export day.trace --out day.perfetto.json --actor driver/17 --actor car/17
      Two actors on a timeline: open ui.perfetto.dev and drop the file on it.
  rehearsal export day.trace --out trucks.geojson --kind tow_truck --what move
      Where the tow trucks drove, for QGIS, kepler.gl or geopandas.
  rehearsal export day.trace --to geojson --out - --name stranded --from 36h --to-time 40h | jq .features
      Where cars broke down in four hours.

Names of files that end in .ocel.json, .chrome.json, .perfetto.json, .geojson or .parquet say which
format is meant. Times are those of `rehearsal replay`.";

pub(super) const DECIDE_HELP: &str = "\
Examples:
  rehearsal decide scenarios/broken-down-car/policies/proactive.ron --profiles cars.ndjson --events day.ndjson
      Decisions as CloudEvents, a line each, on standard output.
  rehearsal decide scenarios/broken-down-car --policy proactive --state cars.state --events - < now.ndjson
      Goes on where the last call ended; the file is made by the first.
  rehearsal decide scenarios/broken-down-car --policy proactive --beside chatty --profiles cars.ndjson --events day.ndjson
      Two policies on one stream: a line wherever they do different things.

A profile is a line such as {\"id\": \"car/17\", \"owner\": \"driver/17\", \"channel\": \"app\"}. An event is a CloudEvent
of version 1.0: its `type` is the event's name, its `subject` the profile, its `data` what it carries.
A line that cannot be used is told with its number and put aside; the rest goes on.";

pub(super) const LIVE_HELP: &str = "\
Examples:
  rehearsal live scenarios/broken-down-car --policy proactive --data car.twin --events morning.ndjson
      Hears the events of a file, at the moments at which they happened, and stops when they end.
  rehearsal live scenarios/broken-down-car --policy proactive --data car.twin --listen 127.0.0.1:7070
      Hears events over HTTP, in real time: POST /events. A 200 means that they are on disk.
  rehearsal live scenarios/broken-down-car --mode proactive=shadow --policy proactive --data car.twin
      Decides, and does nothing.

An event is a CloudEvent of version 1.0: its `type` is a report of the scenario's Live(...), its `subject` the twin,
such as car/17, its `data` what is reported. What cannot be used is put aside in DIR/aside, with the reason.
The same command with the same --data goes on where the last one ended, however it ended.";

pub(super) const JOURNAL_EXAMPLES: &str = "\
Examples:
  rehearsal journal check car.twin
      Is it whole? Names the file, the place and the entry of any damage.
  rehearsal journal salvage car.twin saved
      All up to the first damage, as a journal that can be opened.";

pub(super) const FORK_EXAMPLES: &str = "\
Examples:
  rehearsal fork car.twin --policy reactive --policy proactive --for 2d --futures 200
      What the next two days come to under each, from where the twin stands.
  rehearsal fork car.twin --for 12h --at 2026-11-03T08:30:00Z --measure calls
      The same from a moment that has passed.
  rehearsal fork http://127.0.0.1:7070 --for 2d
      From a twin at work. A token, where one is asked for, stands in REHEARSAL_TOKEN.";

pub(super) const EXPLAIN_EXAMPLES: &str = "\
Examples:
  rehearsal explain day.trace
      How often each rule fired, why the others did not, and what was missing.
  rehearsal explain day.trace --actor car/17
      Every decision about this car: its cause, the rules that lost, what it did and what came of it.
  rehearsal explain day.trace --actor driver/17 --at '5 Nov 08:30'
      The decision that stood at that moment, of those that led to a contact with this driver.
  rehearsal explain day.trace --decision 481 --format json
      One decision as data, schema rehearsal.explain/1.
  rehearsal run scenarios/broken-down-car --policy reactive --beside proactive --trace two.trace
  rehearsal explain two.trace --parted
      Where two policies part that saw the same events.

Events that no rule answered are there where the run was recorded with `--explain-all`.";

pub(super) const COVERAGE_EXAMPLES: &str = "\
Examples:
  rehearsal coverage scenarios/broken-down-car
      What of each policy was never used, with its file and line.
  rehearsal coverage scenarios/broken-down-car --policy proactive --replications 20 --fail-on-gaps
      For a test: exit code 1 where anything was never used.
  rehearsal coverage scenarios/broken-down-car --format json
      Every part with its count, schema rehearsal.coverage/1.";

pub(super) const VALIDATE_EXAMPLES: &str = "\
Examples:
  rehearsal validate
      All models against theory: what it says, what was measured, how sure that is, and a verdict.
  rehearsal validate --only mg1 --only erlang-b --seed 7
      Two of them, with other luck. `--list` names them all.
  rehearsal validate --table expectations.ron
      Your scenarios against what you know of them, as in
      [Check(scenario: \"shop.ron\", set: { \"shop.clerks\": 2 }, measure: wait, is: \"1.8min\", within: \"2%\")]
  rehearsal validate --format json > validation.json
      For programs, schema rehearsal.validate/1.

Exit codes: 0 all rows pass; 2 a fault of what was given; 3 a row fails; 4 nothing was run.";

pub(super) const COMPLETIONS_EXAMPLES: &str = "\
Examples:
  rehearsal completions bash > ~/.local/share/bash-completion/completions/rehearsal
  rehearsal completions fish > ~/.config/fish/completions/rehearsal.fish";

pub(super) const SWEEP_EXAMPLES: &str = "\
Examples:
  rehearsal sweep scenarios/broken-down-car --vary dealer.loaners=0..8 --steps 5 --out loaners.csv
      Five numbers of loaner cars; all figures in a file, the best on standard output.
  rehearsal sweep scenarios/research/mmc.ron --vary system.servers=3,4,5 --vary system.service=3min..7min --plot mmc.svg
      A grid of two factors, drawn as a map.
  rehearsal sweep scenarios/broken-down-car --vary dealer.loaners=0..8 --vary scenario.latency=1s..60s --design lhs --points 40
      Forty points of a Latin hypercube. Quote a range with a logarithmic scale: 'scenario.latency=1s..60s log'.

Values: 2..10 are whole numbers, 2.0..10.0 and 2min..10min all between; a,b,c are these. Stopped at any moment,
the same command with the same --out goes on where it was.";

pub(super) const SENSITIVITY_EXAMPLES: &str = "\
Examples:
  rehearsal sensitivity scenarios/research/mmc.ron --vary system.servers=3..6 --vary system.service=3min..7min --points 128
      Sobol' indices: which share of the variance each factor explains, alone and with others.
  rehearsal sensitivity scenarios/broken-down-car --method morris --vary dealer.loaners=0..8 --vary proactive.readings=3..20 --vary desk.staff=2..8
      Effects of Morris, which take few points: for finding the few factors that matter among many.

Points: --points x (factors + 2) for Sobol' indices, --points x (factors + 1) for Morris.";

pub(super) const OPTIMIZE_EXAMPLES: &str = "\
Examples:
  rehearsal optimize scenarios/research/newsvendor.ron --vary stand.order=50..150 --minimize cost
      The order that costs least, how sure that is, and which others cannot be told apart from it.
  rehearsal optimize scenarios/broken-down-car --policy proactive --vary dealer.loaners=0..12 --minimize cost_to_serve --subject 'light_to_fixed <= 96'
      The cheapest number of loaner cars at which repairs take at most 96 hours, and what one gives for what.
  rehearsal optimize scenarios/research/newsvendor.ron --vary stand.order=50..150 --maximize sold --budget 30 --out search.csv --plot search.svg
      Thirty points; stopped at any moment, the same command goes on where it was.";

pub(super) const CALIBRATE_EXAMPLES: &str = "\
Examples:
  rehearsal run scenarios/research/machine-repair.ron --set machine.runs=8h --trace seen.trace
  rehearsal calibrate scenarios/research/machine-repair.ron --from seen.trace
      What was seen against what is written: a fit for each law, and the lines that would change.
  rehearsal calibrate scenarios/research/machine-repair.ron --from seen.trace --write
      Puts the numbers into the scenario; comments and all else stay.
  rehearsal calibrate scenarios/broken-down-car --from mon.trace tue.trace --out scenarios/fitted
      Several records together; the scenario stays as it is, and a changed copy is made.
  rehearsal calibrate scenarios/broken-down-car --from workshop.csv --families --pictures pictures
      Values of your own; other families beside the one that is written; a picture of each law.
  rehearsal calibrate scenarios/broken-down-car --from workshop.csv --law repair/working
      Only the laws of one state.
  rehearsal calibrate scenarios/broken-down-car --from workshop.csv --format json > fit.json
      For programs, schema rehearsal.calibrate/1.

A table has columns `what,value` and perhaps `censored`: a law's path, and a value with its unit, as in
  repair/working/delay0,48min,
  car/leaking/after0,31d,true
or a column for each law, as `car/leaking/after0 [d]`, where 31+ is a time that went on beyond 31 d.
A trace tells of timers that end states, of delays between two things that it records, and of
sources; every other law of chance is named with the reason.

Exit codes: 0 done; 2 a fault of what it was given; 4 no law could be fitted.";
