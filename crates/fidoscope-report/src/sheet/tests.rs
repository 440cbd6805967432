use super::cut;
use crate::{Align, Cut, Sheet, Shown, Tone};

fn sheet() -> Sheet {
    let mut sheet = Sheet::default()
        .column("id", 0, Align::Left, Cut::Middle)
        .column("events", 0, Align::Right, Cut::Never)
        .column("note", 2, Align::Left, Cut::End);
    sheet.rows = vec![
        vec![
            Shown::plain("3f2a9c01d8e7b6a5f4c391"),
            Shown::plain("12 034"),
            Shown::plain("counter went from 41 to 7 within four seconds"),
        ]
        .into(),
        vec![Shown::plain("東京"), Shown::plain("7"), Shown::unknown()].into(),
    ];
    sheet
}

#[test]
fn columns_are_aligned() {
    insta::assert_snapshot!(sheet().text(None, false), @r"
    id                      events  note
    3f2a9c01d8e7b6a5f4c391  12 034  counter went from 41 to 7 within four seconds
    東京                         7  -
    ");
}

#[test]
fn long_texts_are_cut_before_columns_leave() {
    insta::assert_snapshot!(sheet().text(Some(48), false), @r"
    id                    events  note
    3f2a9c01d8e7b…f4c391  12 034  counter went from…
    東京                       7  -
    ");
}

#[test]
fn a_column_that_leaves_is_named() {
    insta::assert_snapshot!(sheet().text(Some(26), false), @r"
    id                  events
    3f2a9c01d8e7…4c391  12 034
    東京                     7
    not shown at this width: …
    ");
}

#[test]
fn no_line_is_wider_than_asked() {
    use unicode_width::UnicodeWidthStr;
    for width in 17..90 {
        for line in sheet().text(Some(width), false).lines() {
            assert!(line.width() <= width, "{width}: {line}");
        }
    }
}

#[test]
fn colour_repeats_what_the_word_says() {
    let mut sheet = Sheet::default().column("state", 0, Align::Left, Cut::Never);
    sheet.rows = vec![vec![Shown::toned("missed\u{1b}[0m", Tone::Bad)].into()];
    assert_eq!(
        sheet.text(None, true),
        "\u{1b}[1mstate\u{1b}[0m\n\u{1b}[38;5;163mmissed\\u{1b}[0m\u{1b}[0m\n"
    );
}

#[test]
fn markdown_escapes_its_own_marks() {
    let mut sheet = Sheet::default().column("user|agent", 0, Align::Left, Cut::End);
    sheet.rows = vec![vec![Shown::plain("<b>*x*\n")].into()];
    assert_eq!(
        sheet.markdown(),
        "| user\\|agent |\n| --- |\n| &lt;b>\\*x\\*\\\\n |\n"
    );
}

#[test]
fn cuts() {
    assert_eq!(cut("3f2a9c01d8e7", 7, Cut::Middle), "3f2a…e7");
    assert_eq!(cut("東京都", 5, Cut::End), "東京…");
    assert_eq!(cut("東京都", 4, Cut::End), "東…");
    assert_eq!(cut("abc", 0, Cut::End), "");
}
