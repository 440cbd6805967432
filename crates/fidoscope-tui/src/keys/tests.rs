use std::collections::BTreeSet;

use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

use super::{Action, BINDINGS, Scope, action, key_table};

#[test]
fn no_key_means_two_things_in_one_place() {
    let mut seen = BTreeSet::new();
    for binding in BINDINGS {
        let places: &[&str] = match binding.scope {
            Scope::Always => &["page", "overlay"],
            Scope::Page => &["page"],
            Scope::Overlay => &["overlay"],
        };
        for key in binding.keys {
            for place in places {
                assert!(seen.insert((*place, *key)), "{key} in {place}");
            }
        }
    }
}

#[test]
fn keys_find_their_action() {
    let press = |code| KeyEvent::new(code, KeyModifiers::NONE);
    let leave = KeyEvent::new(KeyCode::Char('c'), KeyModifiers::CONTROL);
    assert_eq!(action(&leave, true), Some(Action::Quit));
    assert_eq!(action(&leave, false), Some(Action::Quit));
    assert_eq!(action(&press(KeyCode::Char('c')), false), None);
    assert_eq!(
        action(&press(KeyCode::Char('q')), true),
        Some(Action::Close)
    );
    assert_eq!(
        action(&press(KeyCode::Char('q')), false),
        Some(Action::Quit)
    );
    let shifted = KeyEvent::new(KeyCode::Char('G'), KeyModifiers::SHIFT);
    assert_eq!(action(&shifted, false), Some(Action::Move(isize::MAX)));
    let released = KeyEvent::new_with_kind(
        KeyCode::Char('q'),
        KeyModifiers::NONE,
        KeyEventKind::Release,
    );
    assert_eq!(action(&released, false), None);
}

#[test]
fn the_table_of_the_readme() {
    insta::assert_snapshot!(key_table());
}
