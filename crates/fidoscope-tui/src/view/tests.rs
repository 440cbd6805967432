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
        Source::Named(name) if name == "findings" => Ok(PanelData::Findings(sample::findings())),
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
        PanelData::Findings(_) => PanelData::Findings(Vec::new()),
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

/// A page of one panel over the whole screen, with these rows under the heads.
fn panel_of(view: &str, more: &str, heads: &[&str], rows: Vec<Vec<Cell>>) -> State {
    let yaml = format!(
        "name: mine\ntitle: Mine\nwindow: 6h\npanels:\n  - title: Panel\n    source: s\n    view: {view}\n{more}    \
         at: {{column: 0, row: 0, width: 12, height: 2}}\n"
    );
    let page = Dashboard::parse(&yaml, "mine.yaml", &[]).unwrap();
    let mut state = State::new("store".into(), vec![page], 0);
    let column = |(at, name): (usize, &&str)| Column {
        name: (*name).to_owned(),
        align: if at == 0 { Align::Left } else { Align::Right },
    };
    let columns = heads.iter().enumerate().map(column).collect();
    let table = Table { columns, rows };
    settle(&mut state, sample::now(), &mut |_| {
        Ok(PanelData::Table(table.clone()))
    });
    state
}

fn hours(values: impl Fn(u32) -> Vec<Cell>) -> Vec<Vec<Cell>> {
    let hour = |hour: u32| {
        let time = Cell::Text(format!("2026-08-04T{hour:02}:00:00Z"));
        [vec![time], values(hour)].concat()
    };
    (0..24).map(hour).collect()
}

#[test]
fn a_strip_of_zeros_lies_on_the_ground() {
    let heights = |screen: &str| -> Vec<usize> {
        let marks = |line: &str| line.chars().filter(|c| ('▁'..='█').contains(c)).count();
        screen
            .lines()
            .map(marks)
            .filter(|marks| *marks > 0)
            .collect()
    };
    let zeros = || hours(|_| vec![Cell::Number(0.0)]);
    for unit in ["", "    unit: ratio\n", "    unit: count\n"] {
        let state = panel_of("sparkline", unit, &["time", "n"], zeros());
        let screen = render_once(&state, 80, 24);
        assert_eq!(heights(&screen), [78], "{screen}");
        assert!(screen.contains(&"▁".repeat(78)), "{screen}");
    }
    let state = panel_of("line", "", &["time", "n"], zeros());
    let screen = render_once(&state, 80, 24);
    assert!(
        screen.contains("│1   │") && screen.contains("│0   │"),
        "{screen}"
    );
    let full = hours(|_| vec![Cell::Number(1.0)]);
    let state = panel_of("sparkline", "    unit: ratio\n", &["time", "n"], full);
    assert_eq!(heights(&render_once(&state, 80, 24)).len(), 18);
    let series = crate::data::Series {
        name: "n".into(),
        values: vec![Some(0.0); 24],
    };
    assert_eq!(super::spark::text(&series, None, 12), "▁".repeat(12));
}

#[test]
fn what_nobody_knows_is_no_data_in_every_view() {
    for view in ["line", "sparkline", "bars", "gauge"] {
        for cells in [vec![Cell::Null], vec![Cell::Null, Cell::Null]] {
            let heads = &["time", "create", "verify"][..=cells.len()];
            let state = panel_of(view, "", heads, hours(|_| cells.clone()));
            let screen = render_once(&state, 80, 24);
            assert!(
                screen.contains("no data in the last 6 h"),
                "{view}: {screen}"
            );
            assert!(!screen.contains(" -"), "{view}: {screen}");
        }
    }
    // Half of it is known: the other half is not left out.
    let half = hours(|hour| vec![Cell::Null, Cell::Integer(hour.into())]);
    let state = panel_of("line", "", &["time", "create", "verify"], half);
    let screen = render_once(&state, 80, 24);
    assert!(
        screen.contains("create no data") && screen.contains("verify 23"),
        "{screen}"
    );
    let table = Table::with_columns(&["time", "n"]);
    let nothing = PanelData::Table(Table {
        rows: hours(|_| vec![Cell::Null]),
        ..table
    });
    assert_eq!(
        super::summary::line(&nothing, &crate::Scale::default()),
        "no data"
    );
}

#[test]
fn a_legend_has_whole_names_and_counts_the_rest() {
    let heads = [
        "time",
        "registration_failures",
        "authentication_failures",
        "recovery_requests",
        "fallbacks_to_passwords",
        "support_tickets",
        "attestation_rejections",
    ];
    let six = || hours(|hour| vec![Cell::Integer(i64::from(hour)); 6]);
    for width in 60..=140 {
        let state = panel_of("line", "    target: 100\n", &heads, six());
        let screen = render_once(&state, width, 24);
        for name in heads.iter().skip(1) {
            assert!(
                screen.contains(&format!("{name} 23")),
                "{name} at {width}:\n{screen}"
            );
        }
        assert!(screen.contains("target 100"), "{width}:\n{screen}");
        let low = render_once(&state, width, 16);
        let shown = heads
            .iter()
            .filter(|name| low.contains(&format!("{name} 23")))
            .count();
        let shown = shown + usize::from(low.contains("target 100"));
        let counted = (1..7).find(|n| low.contains(&format!("+{n}"))).unwrap_or(0);
        assert_eq!(shown + counted, 7, "{width}:\n{low}");
    }
}

#[test]
fn the_basis_of_an_indicator_is_never_cut_off() {
    let rate = |basis| fidoscope_report::Sli {
        basis: Some(basis),
        ..sample::slis().remove(0)
    };
    let slis = [
        rate(fidoscope_report::Basis::Started),
        rate(fidoscope_report::Basis::Submitted),
    ];
    for view in ["gauge", "table"] {
        for width in 60..=140 {
            let mut state = panel_of(view, "", &["n"], Vec::new());
            let later = sample::now() + chrono::TimeDelta::days(1);
            settle(&mut state, later, &mut |_| {
                Ok(PanelData::Slis(slis.to_vec()))
            });
            let screen = render_once(&state, width, 16);
            assert!(screen.contains("started"), "{view} at {width}:\n{screen}");
            assert!(screen.contains("submitted"), "{view} at {width}:\n{screen}");
        }
    }
}

#[test]
fn words_are_whole() {
    assert_eq!(
        super::values::cut("Signature counter did not increase", 32),
        "Signature counter did not …"
    );
    assert_eq!(
        super::values::cut("credential_id=3f2a9c01d8e7", 12),
        "credential_…"
    );
    let mut state = loaded(EXECUTIVE, failing);
    press(&mut state, KeyCode::Enter);
    let screen = render_once(&state, 60, 16);
    let said: Vec<&str> = screen
        .split_whitespace()
        .filter(|word| word.contains("fidoscope-store"))
        .collect();
    assert!(said.len() > 1, "{screen}");
}

#[test]
fn what_terminals_measure_differently_is_not_drawn() {
    let texts = [
        "⌚\u{fe0e} watch key",
        "🇸🇪🇩🇪 flags",
        "half 🇸",
        "👍🏽 thumb",
        "1\u{fe0f}\u{20e3} keycap",
    ];
    let rows: Vec<Vec<Cell>> = texts
        .iter()
        .map(|text| vec![Cell::Text((*text).into()), Cell::Integer(1)])
        .collect();
    for view in ["table", "bars", "text", "gauge", "sparkline"] {
        let mut state = panel_of(view, "", &["label 🇩🇪", "⌚\u{fe0e}"], rows.clone());
        press(&mut state, KeyCode::Enter);
        for overlay in [true, false] {
            if !overlay {
                press(&mut state, KeyCode::Esc);
            }
            let buffer = drawn(&state, &Theme::mono());
            let uneven = buffer
                .content
                .iter()
                .find(|cell| fidoscope_report::steady(cell.symbol()) != cell.symbol());
            assert!(uneven.is_none(), "{view}: {uneven:?}");
        }
    }
}

#[test]
fn every_colour_is_one_that_can_be_read_on_black_and_on_white() {
    let loads: [Load; 3] = [full, empty, failing];
    for page in [EXECUTIVE, ON_CALL] {
        for load in loads {
            let buffer = drawn(&loaded(page, load), &Theme::colored());
            let readable = |color: Color| match color {
                Color::Reset => true,
                Color::Indexed(number) => fidoscope_report::palette::ALL.contains(&number),
                _ => false,
            };
            let other = buffer
                .content
                .iter()
                .find(|cell| !readable(cell.fg) || cell.bg != Color::Reset);
            assert!(other.is_none(), "{other:?}");
        }
    }
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
