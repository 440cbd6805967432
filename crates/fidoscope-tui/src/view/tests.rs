use fidoscope_report::{Align, Cell, Column, Table};
use proptest::prelude::*;
use ratatui::buffer::Buffer;
use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier};

use super::view;
use crate::{
    Dashboard, Msg, PanelData, PanelRequest, Source, State, Theme, render_once, settle, update,
};

#[path = "../../examples/demo/sample.rs"]
mod sample;

mod panels;

const EXECUTIVE: usize = 0;
const ON_CALL: usize = 1;

fn state(page: usize) -> State {
    let parse = |(name, text)| Dashboard::parse(text, name, &[]).unwrap();
    let dashboards = Dashboard::BUILTIN.into_iter().map(parse).collect();
    State::new("./fidoscope-store".into(), dashboards, page)
}

fn full(request: &PanelRequest) -> Result<PanelData, String> {
    match &request.source {
        Source::Named(name) if name == "slis" => Ok(PanelData::Slis(sample::slis())),
        Source::Named(name) if name == "findings" => {
            Ok(PanelData::Findings(sample::findings(), Vec::new()))
        }
        Source::Named(name) => Ok(PanelData::Table(sample::panel(name).unwrap())),
        Source::Query(sql) => Err(format!("not asked for: {sql}")),
    }
}

fn empty(request: &PanelRequest) -> Result<PanelData, String> {
    Ok(match full(request)? {
        PanelData::Table(table) => PanelData::Table(Table {
            rows: Vec::new(),
            ..table
        }),
        PanelData::Slis(_) => PanelData::Slis(Vec::new()),
        PanelData::Findings(..) => PanelData::Findings(Vec::new(), Vec::new()),
    })
}

fn failing(_: &PanelRequest) -> Result<PanelData, String> {
    Err("the store at ./fidoscope-store was written by version 2 \u{1b}[2J of the schema".into())
}

/// An engine of a test.
type Load = fn(&PanelRequest) -> Result<PanelData, String>;

fn loaded(page: usize, load: Load) -> State {
    let mut state = state(page);
    settle(&mut state, sample::now(), &mut |request| load(request));
    state
}

fn press(state: &mut State, code: KeyCode) {
    update(state, Msg::Key(KeyEvent::new(code, KeyModifiers::NONE)));
}

/// A panel without findings whose rules saw little is no all-clear.
#[test]
fn what_rules_could_not_see_stands_among_the_findings() {
    let state = loaded(EXECUTIVE, |request| {
        Ok(match empty(request)? {
            PanelData::Findings(found, _) => PanelData::Findings(found, sample::unseen()),
            other => other,
        })
    });
    let wide = render_once(&state, 120, 40);
    let rows: Vec<&str> = (wide
        .lines()
        .skip_while(|line| !line.contains("Security findings")))
    .skip(1)
    .take(3)
    .map(|line| line.trim_matches(['│', ' ']))
    .collect();
    insta::assert_snapshot!(rows.join("\n"), @r"
    level    last seen  what                      case
    blind    -          challenge-accepted-twice  no event has challenge_hash
    in part  -          counter-did-not-increase  neither yes nor no on 640 of 4 200 events, which do not have …
    ");
    let narrow = render_once(&state, 80, 24);
    assert!(narrow.contains("1 blind, 1 in part"), "{narrow}");
}

#[test]
fn executive_at_80x24() {
    insta::assert_snapshot!(render_once(&loaded(EXECUTIVE, full), 80, 24));
}

#[test]
fn executive_at_120x40() {
    insta::assert_snapshot!(render_once(&loaded(EXECUTIVE, full), 120, 40));
}

#[test]
fn on_call_at_80x24() {
    insta::assert_snapshot!(render_once(&loaded(ON_CALL, full), 80, 24));
}

#[test]
fn on_call_at_120x40() {
    insta::assert_snapshot!(render_once(&loaded(ON_CALL, full), 120, 40));
}

#[test]
fn on_call_at_60x16() {
    insta::assert_snapshot!(render_once(&loaded(ON_CALL, full), 60, 16));
}

#[test]
fn executive_at_200x60() {
    insta::assert_snapshot!(render_once(&loaded(EXECUTIVE, full), 200, 60));
}

#[test]
fn executive_without_data() {
    insta::assert_snapshot!(render_once(&loaded(EXECUTIVE, empty), 120, 40));
}

#[test]
fn on_call_without_data() {
    insta::assert_snapshot!(render_once(&loaded(ON_CALL, empty), 80, 24));
}

#[test]
fn executive_while_loading() {
    insta::assert_snapshot!(render_once(&state(EXECUTIVE), 80, 24));
}

#[test]
fn on_call_while_loading() {
    insta::assert_snapshot!(render_once(&state(ON_CALL), 120, 40));
}

#[test]
fn executive_when_the_engine_fails() {
    insta::assert_snapshot!(render_once(&loaded(EXECUTIVE, failing), 120, 40));
}

#[test]
fn on_call_when_the_engine_fails_later() {
    let mut state = loaded(ON_CALL, full);
    settle(
        &mut state,
        sample::now() + chrono::TimeDelta::minutes(7),
        &mut |r| failing(r),
    );
    insta::assert_snapshot!(render_once(&state, 80, 24));
}

#[test]
fn help_lies_over_the_page() {
    let mut state = loaded(ON_CALL, full);
    press(&mut state, KeyCode::Char('?'));
    insta::assert_snapshot!(render_once(&state, 80, 24));
}

#[test]
fn a_finding_with_its_witnesses() {
    let mut state = loaded(EXECUTIVE, full);
    for code in [
        KeyCode::Right,
        KeyCode::Right,
        KeyCode::Down,
        KeyCode::Enter,
    ] {
        press(&mut state, code);
    }
    insta::assert_snapshot!(render_once(&state, 80, 24));
}

#[test]
fn a_terminal_that_is_too_small_says_what_it_needs() {
    let screen = render_once(&loaded(EXECUTIVE, full), 59, 24);
    assert_eq!(screen.trim(), "needs at least 60x16");
    assert_eq!(
        render_once(&loaded(EXECUTIVE, full), 80, 15).trim(),
        "needs at least 60x16"
    );
    assert_eq!(render_once(&loaded(EXECUTIVE, full), 0, 0), "");
}

#[test]
fn a_page_of_the_users_own_shows_its_query() {
    let yaml = "
name: mine
title: Mine
panels:
  - title: Sign-ins by browser
    query: SELECT browser, count(*) AS n FROM events GROUP BY browser ORDER BY n DESC
    view: table
    at: {column: 0, row: 0, width: 12, height: 2}
  - title: Sign-ins by browser, drawn
    query: SELECT browser, count(*) AS n FROM events GROUP BY browser ORDER BY n DESC
    view: bars
    at: {column: 0, row: 2, width: 12, height: 2}
";
    let mine = Dashboard::parse(yaml, "mine.yaml", &["slis"]).unwrap();
    let mut state = State::new("store".into(), vec![mine], 0);
    let mut asked = Vec::new();
    settle(&mut state, sample::now(), &mut |request| {
        let Source::Query(sql) = &request.source else {
            panic!("{request:?}")
        };
        asked.push(sql.clone());
        let column = |name: &str| Column {
            name: name.into(),
            align: Align::Left,
        };
        let row = |name: &str, n| vec![Cell::Text(name.into()), Cell::Integer(n)];
        Ok(PanelData::Table(Table {
            columns: vec![column("browser"), column("n")],
            rows: vec![
                row("Firefox", 12_034),
                row("Safari", 9_120),
                vec![Cell::Null, Cell::Integer(3)],
            ],
        }))
    });
    assert_eq!(asked.len(), 2);
    assert!(asked[0].starts_with("SELECT browser, count(*)"));
    insta::assert_snapshot!(render_once(&state, 80, 24));
}

fn drawn(state: &State, theme: &Theme) -> Buffer {
    let area = Rect::new(0, 0, 120, 40);
    let mut buffer = Buffer::empty(area);
    view(state, theme, area, &mut buffer);
    buffer
}

#[test]
fn without_colours_the_words_are_the_same_and_nothing_is_coloured() {
    for page in [EXECUTIVE, ON_CALL] {
        let state = loaded(page, full);
        let (mono, colored) = (
            drawn(&state, &Theme::mono()),
            drawn(&state, &Theme::colored()),
        );
        let symbols = |buffer: &Buffer| -> String {
            buffer
                .content
                .iter()
                .map(ratatui::buffer::Cell::symbol)
                .collect()
        };
        assert_eq!(symbols(&mono), symbols(&colored));
        assert!(
            mono.content
                .iter()
                .all(|cell| cell.fg == Color::Reset && cell.bg == Color::Reset)
        );
        assert!(colored.content.iter().any(|cell| cell.fg != Color::Reset));
    }
}

#[test]
fn the_selected_row_is_marked_and_reversed() {
    let mut state = loaded(EXECUTIVE, full);
    press(&mut state, KeyCode::Right);
    press(&mut state, KeyCode::Right);
    let buffer = drawn(&state, &Theme::mono());
    let marked: Vec<_> = buffer
        .content
        .iter()
        .enumerate()
        .filter(|(_, cell)| cell.symbol() == ">" && cell.modifier.contains(Modifier::REVERSED))
        .collect();
    assert_eq!(marked.len(), 1);
}

fn any_cell() -> impl Strategy<Value = Cell> {
    prop_oneof![
        Just(Cell::Null),
        any::<bool>().prop_map(Cell::Bool),
        any::<i64>().prop_map(Cell::Integer),
        any::<f64>().prop_map(Cell::Number),
        (0..4_000_000_000_i64).prop_map(Cell::Integer),
        "\\PC{0,12}|2026-0[1-9]-0[1-9]".prop_map(Cell::Text),
    ]
}

fn any_table() -> impl Strategy<Value = Table> {
    (0..5_usize).prop_flat_map(|columns| {
        let heads = prop::collection::vec("\\PC{0,8}", columns);
        let rows = prop::collection::vec(prop::collection::vec(any_cell(), columns), 0..12);
        (heads, rows).prop_map(|(names, rows)| Table {
            columns: names
                .into_iter()
                .map(|name| Column {
                    name,
                    align: Align::Left,
                })
                .collect(),
            rows,
        })
    })
}

proptest! {
    #[test]
    fn no_table_and_no_size_panics(
        table in any_table(),
        page in 0..2_usize,
        width in 0..140_u16,
        height in 0..50_u16,
        keys in "[jklhGg?\\]\\[fr]{0,12}",
    ) {
        let mut state = state(page);
        settle(&mut state, sample::now(), &mut |_| Ok(PanelData::Table(table.clone())));
        update(&mut state, Msg::Resize(width, height));
        for c in keys.chars() {
            press(&mut state, KeyCode::Char(c));
        }
        press(&mut state, KeyCode::Enter);
        let screen = render_once(&state, width, height);
        prop_assert!(screen.chars().all(|c| c == '\n' || !c.is_control()));
    }
}
