//! Single panels: what is zero, what is unknown, what does not fit.

use fidoscope_report::{Align, Basis, Cell, Column, Sli, Table, palette, steady};
use ratatui::crossterm::event::KeyCode;
use ratatui::style::Color;

use super::{EXECUTIVE, Load, ON_CALL, drawn, empty, failing, full, loaded, press, sample};
use crate::{Dashboard, PanelData, Scale, State, Theme, render_once, settle};

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
    assert_eq!(crate::view::spark::text(&series, None, 12), "▁".repeat(12));
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
        crate::view::summary::line(&nothing, &Scale::default()),
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
    let rate = |basis| Sli {
        basis: Some(basis),
        ..sample::slis().remove(0)
    };
    let slis = [rate(Basis::Started), rate(Basis::Submitted)];
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
        crate::view::values::cut("Signature counter did not increase", 32),
        "Signature counter did not …"
    );
    assert_eq!(
        crate::view::values::cut("credential_id=3f2a9c01d8e7", 12),
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
                .find(|cell| steady(cell.symbol()) != cell.symbol());
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
                Color::Indexed(number) => palette::ALL.contains(&number),
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
