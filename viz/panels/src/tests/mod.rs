//! The panels without a window: what is drawn where, and what comes of clicks and keys.

mod desk;
mod sample;

use crate::keys::{Does, TABLE};
use desk::Desk;
use egui::{Event, Key, Modifiers, Pos2, Rect, Vec2, pos2, vec2};
use rehearsal_stage::{Act, Choice, Layer, Show};
use sample::{DRIVER, GARAGE, HOUR, SECOND, WEATHER};

const SIZES: [[f32; 2]; 4] = [[1024.0, 640.0], [1600.0, 900.0], [1920.0, 1080.0], [3840.0, 2160.0]];

fn choice(actor: u32) -> Act {
    Act::Choose(Some(Choice { run: 0, actor }))
}

#[test]
fn nothing_is_written_outside_the_window_or_cut_off_at_its_edge() {
    for size in SIZES {
        for two in [false, true] {
            let mut desk = Desk::new(two, size);
            desk.show.act(Act::Go(40 * HOUR));
            desk.show.act(choice(DRIVER + 3));
            desk.show.finish();
            desk.frame(vec![]);
            desk.frame(vec![]);
            let window = Rect::from_min_size(Pos2::ZERO, desk.size);
            let texts = desk.texts();
            assert!(texts.len() > 60, "{}", texts.len());
            for (text, rect, clip) in texts {
                // A list that scrolls hides what is further down; nothing else may be hidden, and nothing to the sides.
                let sides = rect.intersect(Rect::from_x_y_ranges(rect.x_range(), clip.y_range()));
                if sides.height() <= 0.0 {
                    continue;
                }
                assert!(
                    window.x_range().contains(rect.left()) && rect.right() <= window.right() + 0.5,
                    "{size:?}: '{text}' {rect}"
                );
                assert!(
                    rect.left() >= clip.left() - 0.5 && rect.right() <= clip.right() + 0.5,
                    "{size:?}: '{text}' {rect} in {clip}"
                );
            }
        }
    }
}

#[test]
fn names_on_a_map_cover_neither_one_another_nor_the_corners() {
    for size in SIZES {
        let mut desk = Desk::new(true, size);
        desk.show.act(Act::Go(9 * HOUR));
        desk.frame(vec![]);
        let panes = desk.drawn.panes.clone();
        for pane in &panes {
            let on_map: Vec<(String, Rect, Rect)> = desk
                .texts()
                .into_iter()
                .filter(|(_, _, clip)| (clip.left() - pane.left()).abs() < 0.5 && (clip.width() - pane.width()).abs() < 0.5)
                .collect();
            let names = on_map.iter().filter(|(text, _, _)| text.starts_with("driver/")).count();
            assert!(names >= 3, "{size:?}: {names}");
            for (place, (text, rect, _)) in on_map.iter().enumerate() {
                for (other, behind, _) in &on_map[..place] {
                    let both = rect.shrink(0.6).intersect(behind.shrink(0.6));
                    assert!(!both.is_positive(), "{size:?}: '{text}' over '{other}'");
                }
            }
        }
        assert!(panes[0].right() <= panes[1].left() && panes.iter().all(|pane| pane.width() > 100.0));
    }
}

#[test]
fn every_key_of_the_table_does_what_it_says_and_the_help_tells_it() {
    let mut desk = Desk::new(true, SIZES[0]);
    for entry in TABLE {
        for (press, does) in entry.presses {
            let mut modifiers = Modifiers::NONE;
            modifiers.shift = press.shift == Some(true);
            (modifiers.ctrl, modifiers.command) = (press.command, press.command);
            let expected = match does {
                Does::Act(act) => vec![act(&desk.show)],
                Does::Escape => vec![Act::Choose(None)],
                Does::Search | Does::Help | Does::Left | Does::Right => vec![],
            };
            assert_eq!(desk.key(press.key, modifiers), expected, "{}", entry.shown);
            if matches!(does, Does::Search | Does::Help) {
                // Out again of what is open.
                assert_eq!(desk.key(Key::Escape, Modifiers::NONE), [], "{}", entry.shown);
                desk.key(Key::Escape, Modifiers::NONE);
            }
        }
    }
    desk.key(Key::F1, Modifiers::NONE);
    desk.frame(vec![]);
    for entry in TABLE {
        for words in [entry.shown, entry.says] {
            let texts = desk.texts();
            let found = texts.iter().find(|(text, _, _)| text == words).unwrap_or_else(|| panic!("no '{words}'"));
            assert!(found.1.bottom() <= desk.size.y && found.1.top() >= 0.0, "{words}");
            assert!(!desk.elided(words), "{words} is cut");
        }
    }
    assert!(desk.reads("Mouse") && desk.reads("Wheel, pinch"));
    desk.key(Key::Escape, Modifiers::NONE);
    assert!(!desk.reads("Wheel, pinch"));
}

#[test]
fn a_skip_goes_by_what_plays_in_five_seconds() {
    let mut desk = Desk::new(false, SIZES[1]);
    assert_eq!(desk.key(Key::ArrowRight, Modifiers::NONE), [Act::Skip(5 * 300 * SECOND as i64)]);
    desk.key(Key::ArrowUp, Modifiers::NONE);
    assert_eq!(desk.key(Key::ArrowLeft, Modifiers::NONE), [Act::Skip(-5 * 900 * SECOND as i64)]);
    assert_eq!(desk.key(Key::ArrowRight, Modifiers::SHIFT), [Act::Skip(24 * HOUR as i64)]);
}

#[test]
fn a_drag_on_the_timeline_scrubs() {
    let mut desk = Desk::new(true, SIZES[1]);
    let y = desk.size.y - 60.0;
    let (left, right) = (86.0, desk.size.x - 16.0);
    desk.frame(vec![Event::PointerMoved(pos2(200.0, y))]);
    desk.button(pos2(200.0, y), true);
    for share in [0.25f32, 0.5, 0.75] {
        let at = pos2(left + (right - left) * share, y);
        let acts = desk.frame(vec![Event::PointerMoved(at)]);
        let [Act::GoToShare(found)] = acts[..] else { panic!("{acts:?}") };
        assert!((found - f64::from(share)).abs() < 1e-3, "{found}");
    }
    desk.button(pos2(left + (right - left) * 0.75, y), false);
    assert_eq!(desk.show.playhead().at() / HOUR, 54);
}

#[test]
fn a_click_on_a_mark_chooses_it_and_on_open_ground_nobody() {
    let mut desk = Desk::new(true, SIZES[1]);
    for run in [0, 1] {
        let at = desk.mark(run, DRIVER + 9);
        assert_eq!(desk.click(at), [Act::Choose(Some(Choice { run, actor: DRIVER + 9 }))]);
        desk.frame(vec![]);
        desk.frame(vec![]);
        assert!(desk.reads("driver/10") && desk.reads("family"));
    }
    desk.seconds += 5.0;
    let corner = desk.drawn.panes[0].left_center() + vec2(4.0, 0.0);
    assert_eq!(desk.click(corner), [Act::Choose(None)]);
}

#[test]
fn two_clicks_follow_a_drag_moves_and_the_wheel_zooms_about_the_pointer() {
    let mut desk = Desk::new(true, SIZES[1]);
    let at = desk.mark(1, DRIVER + 9);
    desk.frame(vec![Event::PointerMoved(at)]);
    for pressed in [true, false, true, false] {
        desk.button(at, pressed);
    }
    assert!(desk.show.follows() && desk.show.chosen() == Some(Choice { run: 1, actor: DRIVER + 9 }));
    desk.frame(vec![]);
    assert!(desk.reads("the map follows the chosen one"));
    let from = desk.drawn.panes[0].center();
    let before = desk.show.camera().centre;
    desk.frame(vec![Event::PointerMoved(from)]);
    desk.button(from, true);
    desk.frame(vec![Event::PointerMoved(from + vec2(60.0, 0.0))]);
    desk.button(from + vec2(60.0, 0.0), false);
    let moved = (before[0] - desk.show.camera().centre[0]) / desk.show.camera().metres_per_pixel;
    assert!((moved - 60.0).abs() < 0.5 && !desk.show.follows(), "{moved}");
    let pointer = desk.drawn.panes[1].center() + vec2(50.0, 40.0);
    let inside = |desk: &Desk| {
        let point = pointer - desk.drawn.panes[1].min;
        desk.show.camera().under([f64::from(point.x), f64::from(point.y)])
    };
    let (under, scale) = (inside(&desk), desk.show.camera().metres_per_pixel);
    let wheel = Event::MouseWheel {
        unit: egui::MouseWheelUnit::Point,
        delta: vec2(0.0, 120.0),
        phase: egui::TouchPhase::Move,
        modifiers: Modifiers::NONE,
    };
    desk.frame(vec![Event::PointerMoved(pointer), wheel]);
    (0..20).for_each(|_| drop(desk.frame(vec![])));
    assert!(desk.show.camera().metres_per_pixel < scale * 0.8);
    let after = inside(&desk);
    assert!((under[0] - after[0]).abs() < 0.01 && (under[1] - after[1]).abs() < 0.01, "{under:?} {after:?}");
}

#[test]
fn a_search_and_enter_choose_and_show() {
    let mut desk = Desk::new(true, SIZES[0]);
    desk.key(Key::Slash, Modifiers::NONE);
    desk.frame(vec![]);
    // A letter that is a key otherwise is only typed.
    assert_eq!(desk.frame(vec![Event::Text("m".into())]), []);
    let press = |key| Event::Key { key, physical_key: None, pressed: true, repeat: false, modifiers: Modifiers::NONE };
    desk.frame(vec![press(Key::Backspace)]);
    desk.frame(vec![Event::Text("driver/12".into())]);
    desk.frame(vec![]);
    assert!(desk.reads("driver/12"));
    let acts = desk.frame(vec![press(Key::Enter)]);
    assert_eq!(acts, [Act::Show(Choice { run: 0, actor: DRIVER + 11 })]);
}

#[test]
fn a_decision_is_explained_to_whoever_chose() {
    let mut desk = Desk::new(true, SIZES[2]);
    desk.show.act(choice(DRIVER + 5));
    desk.show.act(Act::Go(20 * HOUR));
    (0..3).for_each(|_| drop(desk.frame(vec![])));
    let parts =
        ["matched", "second_light", "wear = 0.93", "wait_a_week", "priority 10, service.policy:14", "watching to contacted"];
    for words in parts.into_iter().chain(["The runs part here at"]) {
        assert!(desk.reads(words), "{words}: {:?}", desk.words());
    }
    let story = desk.place("story");
    desk.click(story);
    desk.frame(vec![]);
    for words in ["With wear 0.93 and consent yes, remind_now fired", "wait_a_week did not: its condition did not hold"] {
        assert!(desk.reads(words), "{words}: {:?}", desk.words());
    }
    // A time leads there.
    let time = desk.show.runs()[0].stage().clock().second(desk.show.runs()[0].looked().unwrap().decisions[0].at);
    let at = desk.place(&time);
    assert_eq!(desk.click(at), [Act::Go(6 * HOUR + 5 * 900 * SECOND + 6 * SECOND)]);
}

#[test]
fn a_place_tells_its_queue_and_what_cannot_be_told() {
    let mut desk = Desk::new(true, SIZES[2]);
    desk.show.act(choice(GARAGE));
    desk.show.act(Act::Go(49 * HOUR));
    (0..3).for_each(|_| drop(desk.frame(vec![])));
    for words in ["Queue and use", "bays", "2 of 3 in use, 4 wait", "2 of 3 in use, 1 waits", "cannot be told"] {
        assert!(desk.reads(words), "{words}: {:?}", desk.words());
    }
    // The same under the pointer.
    let at = desk.mark(1, GARAGE);
    desk.frame(vec![Event::PointerMoved(at)]);
    desk.frame(vec![]);
    assert!(desk.reads("garage  ·  2 of 3 in use, 1 waits"), "{:?}", desk.words());
}

#[test]
fn the_weather_stands_beside_the_hour_and_on_its_board() {
    let mut desk = Desk::new(true, SIZES[2]);
    desk.show.act(Act::Go(9 * HOUR));
    desk.show.act(choice(WEATHER));
    (0..3).for_each(|_| drop(desk.frame(vec![])));
    assert!(desk.reads("4 °C, rain 1.5 mm/h"), "{:?}", desk.words());
    for words in ["Board", "temperature", "1.5 mm/h", "weather has no place on the map"] {
        assert!(desk.reads(words), "{words}: {:?}", desk.words());
    }
}

#[test]
fn a_measure_says_what_is_better() {
    let mut desk = Desk::new(true, SIZES[2]);
    desk.show.act(Act::Go(50 * HOUR));
    desk.frame(vec![]);
    desk.frame(vec![]);
    for words in [
        "from the light to the repair",
        "h  ·  lower is better",
        "A - B  +15",
        "A worse",
        "even",
        "better in 0,",
        "worse in 1",
        "and even in 2.",
        "35 of 82 have parted by now",
    ] {
        assert!(desk.reads(words), "{words}: {:?}", desk.words());
    }
}

#[test]
fn a_filter_is_put_on_and_taken_off_by_clicks() {
    let mut desk = Desk::new(true, SIZES[2]);
    let at = desk.place("commuter");
    let acts = desk.click(at);
    let [Act::Filter(filter)] = &acts[..] else { panic!("{acts:?}") };
    assert_eq!(filter.segments.iter().collect::<Vec<_>>(), ["commuter"]);
    desk.frame(vec![]);
    assert!(desk.reads("68 hidden by the filter"));
    let all = desk.place("show all");
    desk.click(all);
    assert!(desk.show.filter().is_open());
}

#[test]
fn a_bookmark_leads_to_its_moment_and_chooses_whom_it_concerns() {
    let mut desk = Desk::new(false, SIZES[2]);
    let at = desk.place("broke_down");
    assert_eq!(desk.click(at), [choice(DRIVER + 3), Act::Go(30 * HOUR)]);
    // The tick of the same moment on the timeline, found by the pointer.
    let desk_size = desk.size;
    let (left, right) = (86.0, desk_size.x - 16.0);
    let x = left + (right - left) * 30.0 / 72.0;
    let row = desk.place("bookmarks").y;
    desk.frame(vec![Event::PointerMoved(pos2(x, row))]);
    desk.frame(vec![]);
    assert!(desk.reads("driver/4  ·  Tue 3 Nov 06:00:00"));
    assert_eq!(desk.click(pos2(x, row)), [Act::Go(30 * HOUR)]);
}

#[test]
fn a_pass_under_way_and_a_notice_are_told() {
    let mut desk = Desk::with(sample::unread(true), SIZES[1]);
    desk.show.work(300);
    desk.show.notify("there is no further bookmark");
    desk.frame(vec![]);
    assert!(desk.texts().iter().any(|(text, _, _)| text.starts_with("reading ") && text.ends_with(" records")));
    assert!(desk.reads("there is no further bookmark"));
}

#[test]
fn light_and_dark_draw_the_same_words() {
    let mut desk = Desk::new(true, SIZES[1]);
    let words = |desk: &Desk| desk.texts().into_iter().map(|(text, _, _)| text).collect::<Vec<_>>();
    let light = words(&desk);
    desk.show.act(Act::Theme);
    desk.frame(vec![]);
    desk.frame(vec![]);
    assert_eq!(words(&desk), light);
    assert_eq!(desk.context.global_style().visuals.panel_fill, crate::Look::of(true).panel);
}

#[test]
fn a_chart_tells_the_figures_under_the_pointer_and_a_click_goes_there() {
    let mut desk = Desk::new(true, SIZES[2]);
    desk.show.act(Act::Go(50 * HOUR));
    desk.frame(vec![]);
    // The first chart lies under its heading and its figures; its curve begins at the left edge of the panel.
    let heading = desk.place("from the light to the repair");
    let left = desk.drawn.panes[1].right() + 12.0;
    let width = desk.size.x - 12.0 - 46.0 - left;
    let at = pos2(left + width * 20.0 / 72.0 + 1.0, heading.y + 60.0);
    desk.frame(vec![Event::PointerMoved(at)]);
    desk.frame(vec![]);
    assert!(desk.reads("A 32   B 26  h") && desk.reads("Mon 2 Nov 20:"), "{:?}", desk.words());
    let acts = desk.click(at);
    let [Act::Go(moment)] = acts[..] else { panic!("{acts:?}") };
    assert_eq!(moment / HOUR, 20);
}

#[test]
fn a_click_on_a_button_does_not_take_the_keys_away() {
    let mut desk = Desk::new(true, SIZES[1]);
    let at = desk.place("crowd");
    assert_eq!(desk.click(at), [Act::Turn(Layer::Crowd)]);
    assert_eq!(desk.key(Key::Space, Modifiers::NONE), [Act::Toggle]);
    assert_eq!(desk.key(Key::ArrowDown, Modifiers::NONE), [Act::Slower]);
}

#[test]
fn no_window_is_too_small_and_no_run_too_bare() {
    let header = rehearsal_trace::Header { start: "2026-11-02 00:00".into(), ..rehearsal_trace::Header::default() };
    let mut writer = rehearsal_trace::Writer::new(Vec::new(), &header).unwrap();
    let what = rehearsal_trace::What::State { actor: 7, region: "day".into(), state: "home".into() };
    writer.record(&rehearsal_trace::Record { at: 0, what }).unwrap();
    let bare = rehearsal_stage::Stage::from_bytes(writer.into_inner().unwrap(), "bare.trace").unwrap();
    for size in [[1.0, 1.0], [90.0, 700.0], [260.0, 180.0], [700.0, 90.0], [1024.0, 640.0]] {
        for (show, actor) in [(sample::show(true), DRIVER), (Show::new(std::slice::from_ref(&bare)).unwrap(), 7)] {
            let mut desk = Desk::with(show, size);
            desk.show.finish();
            desk.show.act(choice(actor));
            desk.show.notify(
                "a sentence that is long enough to be wider than what there is of a map in a window as small as this one",
            );
            for at in [pos2(0.5, 0.5), (Vec2::from(size) / 2.0).to_pos2(), pos2(size[0] - 1.0, size[1] - 30.0)] {
                desk.frame(vec![Event::PointerMoved(at)]);
                desk.button(at, true);
                desk.frame(vec![Event::PointerMoved(at + vec2(9.0, 3.0))]);
                desk.button(at, false);
            }
            desk.key(Key::F1, Modifiers::NONE);
            desk.frame(vec![]);
            assert!(desk.drawn.panes.iter().all(|pane| pane.is_finite() && pane.is_positive()));
        }
    }
}

#[test]
fn panels_fold_and_what_is_on_the_map_stays_where_it_is_asked_for() {
    let mut desk = Desk::new(true, SIZES[1]);
    let wide = |desk: &Desk| desk.drawn.panes.iter().map(|pane| pane.width()).sum::<f32>();
    let before = wide(&desk);
    desk.key(Key::CloseBracket, Modifiers::NONE);
    let without_right = wide(&desk);
    assert!(without_right > before + 300.0 && !desk.reads("lower is better"));
    desk.key(Key::OpenBracket, Modifiers::NONE);
    assert!(wide(&desk) > without_right + 200.0 && !desk.reads("Who is shown"));
    desk.key(Key::OpenBracket, Modifiers::NONE);
    desk.key(Key::CloseBracket, Modifiers::NONE);
    assert_eq!(wide(&desk), before);
    // The edge of a panel is dragged.
    let edge = pos2(desk.drawn.panes[1].right(), 300.0);
    desk.frame(vec![Event::PointerMoved(edge)]);
    desk.button(edge, true);
    desk.frame(vec![Event::PointerMoved(edge - vec2(80.0, 0.0))]);
    desk.button(edge - vec2(80.0, 0.0), false);
    desk.frame(vec![]);
    assert!((before - wide(&desk) - 80.0).abs() < 6.0, "{} {}", before, wide(&desk));
    // A legend is folded by a click on it.
    let legend = desk.place("garage");
    assert_eq!(desk.click(legend), []);
    desk.frame(vec![]);
    assert!(desk.reads("legend"));
}

#[test]
fn a_field_that_is_typed_into_keeps_its_keys_until_it_is_left() {
    let mut desk = Desk::new(false, SIZES[1]);
    let at = desk.place("a part of the name");
    desk.click(at);
    assert_eq!(desk.key(Key::M, Modifiers::NONE), []);
    let acts = desk.frame(vec![Event::Text("m".into())]);
    let [Act::Filter(filter)] = &acts[..] else { panic!("{acts:?}") };
    assert_eq!(filter.name, "m");
    // Out of the field; the next one lets go whom was chosen.
    assert_eq!(desk.key(Key::Escape, Modifiers::NONE), []);
    assert_eq!(desk.key(Key::M, Modifiers::NONE), [Act::Turn(Layer::Messages)]);
    assert_eq!(desk.key(Key::Escape, Modifiers::NONE), [Act::Choose(None)]);
}

#[test]
fn a_speed_and_a_moment_are_told_in_words() {
    let mut desk = Desk::new(true, SIZES[0]);
    desk.show.act(Act::Go(8 * HOUR + 15 * 60 * SECOND));
    desk.show.act(Act::Faster);
    desk.frame(vec![]);
    assert!(desk.reads("Mon 2 Nov 08:15:00") && desk.reads("a quarter of an hour a second"), "{:?}", desk.words());
}
