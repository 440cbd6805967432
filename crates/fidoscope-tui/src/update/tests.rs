use chrono::{DateTime, TimeDelta, Utc};
use fidoscope_report::{Cell, Table};
use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::{Effect, Msg, update};
use crate::{Content, Dashboard, Overlay, PanelData, PanelId, PanelRequest, Start, State};

const YAML: &str = "
name: NAME
title: Page
window: 6h
refresh: 30s
panels:
  - {title: A, source: a, view: table, at: {column: 0, row: 0, width: 6, height: 1}}
  - {title: B, query: select 1, view: table, at: {column: 6, row: 0, width: 6, height: 1}}
";

fn state() -> State {
    let page = |name| Dashboard::parse(&YAML.replace("NAME", name), "x.yaml", &[]).unwrap();
    State::new("store".into(), vec![page("one"), page("two")], 0)
}

fn at(seconds: i64) -> DateTime<Utc> {
    "2026-08-05T00:00:00Z".parse::<DateTime<Utc>>().unwrap() + TimeDelta::seconds(seconds)
}

fn requests(effects: Vec<Effect>) -> Vec<PanelRequest> {
    let request = |effect| match effect {
        Effect::Load(request) => Some(request),
        Effect::Redraw | Effect::Quit => None,
    };
    effects.into_iter().filter_map(request).collect()
}

fn key(c: char) -> Msg {
    Msg::Key(KeyEvent::new(KeyCode::Char(c), KeyModifiers::NONE))
}

fn rows(count: i64) -> Result<PanelData, String> {
    let mut table = Table::with_columns(&["n"]);
    table.rows = (0..count).map(|n| vec![Cell::Integer(n)]).collect();
    Ok(PanelData::Table(table))
}

fn answer(state: &mut State, number: u64, result: Result<PanelData, String>) {
    let id = PanelId { page: 0, panel: 0 };
    assert_eq!(update(state, Msg::Loaded { id, number, result }), []);
}

fn content(state: &State) -> &Content {
    &state.panel(PanelId { page: 0, panel: 0 }).unwrap().content
}

/// Presses the keys, and shows what can be seen of the state.
#[track_caller]
fn check(keys: &str, expected: &str) {
    let mut state = state();
    update(&mut state, Msg::Tick(at(0)));
    answer(&mut state, 1, rows(5));
    let quit = keys
        .chars()
        .any(|c| update(&mut state, key(c)).contains(&Effect::Quit));
    let focus = state.focused();
    let panel = state.panel(focus).unwrap();
    let found = format!(
        "page {} panel {} row {} {} overlays {}{}{}",
        focus.page,
        focus.panel,
        panel.selected,
        state.period().brief(),
        state.overlays.len(),
        if state.frozen { " frozen" } else { "" },
        if quit { " quit" } else { "" }
    );
    assert_eq!(found, expected);
}

#[test]
fn keys_move_through_pages_panels_and_rows() {
    check("", "page 0 panel 0 row 0 last 6 h overlays 0");
    check("jj", "page 0 panel 0 row 2 last 6 h overlays 0");
    check("jjk", "page 0 panel 0 row 1 last 6 h overlays 0");
    check("jjjjjjjjj", "page 0 panel 0 row 4 last 6 h overlays 0");
    check("Gg", "page 0 panel 0 row 0 last 6 h overlays 0");
    check("l", "page 0 panel 1 row 0 last 6 h overlays 0");
    check("ll", "page 0 panel 0 row 0 last 6 h overlays 0");
    check("h", "page 0 panel 1 row 0 last 6 h overlays 0");
    check("2", "page 1 panel 0 row 0 last 6 h overlays 0");
    check("5", "page 0 panel 0 row 0 last 6 h overlays 0");
    check("[[", "page 0 panel 0 row 0 last 5 m overlays 0");
    check("]", "page 0 panel 0 row 0 last 1 d overlays 0");
    check("f", "page 0 panel 0 row 0 last 6 h overlays 0 frozen");
}

#[test]
fn overlays_lie_over_the_page_and_take_the_keys() {
    check("?", "page 0 panel 0 row 0 last 6 h overlays 1");
    check("?jj2", "page 0 panel 0 row 0 last 6 h overlays 1");
    check("?q", "page 0 panel 0 row 0 last 6 h overlays 0");
    check("?qq", "page 0 panel 0 row 0 last 6 h overlays 0 quit");
    check("q", "page 0 panel 0 row 0 last 6 h overlays 0 quit");
}

#[test]
fn enter_shows_everything_about_the_row() {
    let mut state = state();
    update(&mut state, Msg::Tick(at(0)));
    let enter = || Msg::Key(KeyEvent::new(KeyCode::Enter, KeyModifiers::NONE));
    update(&mut state, enter());
    assert_eq!(state.overlays, [], "there is no row yet");
    answer(&mut state, 1, rows(5));
    update(&mut state, key('j'));
    update(&mut state, enter());
    let text = "n  1\n".to_owned();
    assert_eq!(
        state.overlays,
        [Overlay::Detail {
            title: "A".into(),
            text,
            scroll: 0
        }]
    );
}

#[test]
fn help_scrolls_to_its_end_and_back_when_the_terminal_grows() {
    let mut state = state();
    update(&mut state, key('?'));
    for _ in 0..99 {
        update(&mut state, key('j'));
    }
    let [Overlay::Help { scroll }] = state.overlays[..] else {
        panic!("{:?}", state.overlays)
    };
    assert!((1..40).contains(&scroll), "{scroll}");
    update(&mut state, Msg::Resize(120, 60));
    assert_eq!(state.overlays, [Overlay::Help { scroll: 0 }]);
}

#[test]
fn the_first_tick_asks_for_the_page_that_is_shown() {
    let mut state = state();
    let asked = requests(update(&mut state, Msg::Tick(at(0))));
    let ids: Vec<_> = asked
        .iter()
        .map(|r| (r.id.page, r.id.panel, r.number))
        .collect();
    assert_eq!(ids, [(0, 0, 1), (0, 1, 2)]);
    assert_eq!(
        (asked[0].period.words().as_str(), asked[0].now),
        ("last 6 h to 2026-08-05 00:00 UTC", at(0))
    );
    assert_eq!(requests(update(&mut state, Msg::Tick(at(1)))), []);
    let second = requests(update(&mut state, key('2')));
    assert!(second.iter().all(|r| r.id.page == 1) && second.len() == 2);
}

#[test]
fn a_panel_is_asked_for_again_after_its_time_unless_frozen() {
    let mut state = state();
    update(&mut state, Msg::Tick(at(0)));
    answer(&mut state, 1, rows(5));
    assert_eq!(requests(update(&mut state, Msg::Tick(at(29)))), []);
    // The second panel is still being answered and is not asked for twice.
    let asked = requests(update(&mut state, Msg::Tick(at(30))));
    assert_eq!(asked.iter().map(|r| r.id.panel).collect::<Vec<_>>(), [0]);
    answer(&mut state, 3, rows(5));
    update(&mut state, key('f'));
    assert_eq!(requests(update(&mut state, Msg::Tick(at(90)))), []);
    assert_eq!(requests(update(&mut state, key('f'))).len(), 1);
    assert_eq!(requests(update(&mut state, key('r'))).len(), 2);
}

#[test]
fn only_the_answer_to_the_newest_question_counts() {
    let mut state = state();
    update(&mut state, Msg::Tick(at(0)));
    let newer = requests(update(&mut state, key(']')));
    assert_eq!(newer.iter().map(|r| r.number).collect::<Vec<_>>(), [3, 4]);
    answer(&mut state, 1, rows(9));
    assert_eq!(content(&state), &Content::Loading);
    answer(&mut state, 3, rows(2));
    assert!(matches!(content(&state), Content::Ready(data, _) if data.len() == 2));
    answer(&mut state, 3, rows(7));
    assert!(matches!(content(&state), Content::Ready(data, _) if data.len() == 2));
}

#[test]
fn an_error_keeps_the_old_numbers_and_says_so() {
    let mut state = state();
    update(&mut state, Msg::Tick(at(0)));
    answer(&mut state, 1, Err("no such table".into()));
    assert_eq!(content(&state), &Content::Failed("no such table".into()));
    update(&mut state, key('r'));
    answer(&mut state, 3, rows(2));
    update(&mut state, Msg::Tick(at(40)));
    answer(&mut state, 5, Err("disk full".into()));
    assert!(
        matches!(content(&state), Content::Stale(data, since, error)
            if data.len() == 2 && *since == at(0) && error == "disk full"),
        "{:?}",
        content(&state)
    );
}

#[test]
fn a_shorter_answer_pulls_the_selection_back() {
    let mut state = state();
    update(&mut state, Msg::Tick(at(0)));
    answer(&mut state, 1, rows(9));
    update(&mut state, key('G'));
    update(&mut state, key('r'));
    answer(&mut state, 3, rows(3));
    assert_eq!(
        state.panel(PanelId { page: 0, panel: 0 }).unwrap().selected,
        2
    );
}

/// What the title line and the first panel say of their time, after the keys and the answers.
#[track_caller]
fn check_title(state: &State, title: &str, marks: &[&str]) {
    let screen = crate::render_once(state, 120, 24);
    let mut lines = screen.lines();
    let first = lines.next().unwrap_or_default();
    assert!(first.ends_with(title), "{screen}");
    let border = lines.nth(1).unwrap_or_default();
    let found: Vec<bool> = marks.iter().map(|mark| border.contains(mark)).collect();
    assert_eq!(found, vec![true; marks.len()], "{screen}");
    let other = !marks.iter().any(|mark| mark.contains("last 6 h"));
    assert!(!other || !border.contains("last 6 h"), "{screen}");
}

#[test]
fn the_title_names_the_time_of_the_data_that_are_drawn() {
    let mut state = state();
    update(&mut state, Msg::Tick(at(0)));
    check_title(&state, "last 6 h to 2026-08-05 00:00 UTC", &["A"]);
    answer(&mut state, 1, rows(5));
    // Time goes on, the data do not.
    update(&mut state, Msg::Tick(at(20)));
    update(&mut state, Msg::Tick(at(61)));
    check_title(&state, "last 6 h to 2026-08-05 00:00 UTC", &["A"]);
    answer(&mut state, 3, rows(5));
    check_title(&state, "last 6 h to 2026-08-05 00:01 UTC", &["A"]);
    update(&mut state, key(']'));
    check_title(&state, "loading last 1 d", &["A", "last 6 h"]);
    answer(&mut state, 4, rows(9));
    check_title(&state, "last 1 d to 2026-08-05 00:01 UTC", &["A"]);
    update(&mut state, key(']'));
    answer(&mut state, 6, Err("disk full".into()));
    check_title(
        &state,
        "last 3 d to 2026-08-05 00:01 UTC",
        &["STALE, 0 s old, last 1 d"],
    );
}

#[test]
fn a_time_of_the_command_line_holds_for_all_pages() {
    let since = at(-7200);
    let mut state = state().within(Some(Start::At(since)), Some(at(-3600)));
    let asked = requests(update(&mut state, Msg::Tick(at(0))));
    assert_eq!(
        (asked[0].period.since, asked[0].period.until),
        (since, at(-3600))
    );
    check_title(&state, "2026-08-04 22:00 to 2026-08-04 23:00 UTC", &["A"]);
    let second = requests(update(&mut state, key('2')));
    assert_eq!(second[0].period, asked[0].period);
    let longer = requests(update(&mut state, key(']')));
    assert_eq!(longer[0].period.words(), "last 6 h to 2026-08-04 23:00 UTC");
}

#[test]
fn the_screen_can_be_drawn_anew_from_everywhere() {
    let mut state = state();
    let redraw = || Msg::Key(KeyEvent::new(KeyCode::Char('l'), KeyModifiers::CONTROL));
    assert_eq!(update(&mut state, redraw()), [Effect::Redraw]);
    update(&mut state, key('?'));
    assert_eq!(update(&mut state, redraw()), [Effect::Redraw]);
}
