//! Markdown for the summary of a CI job: a sentence, a table, and what is wrong, folded away.

use crate::document::replays as listing;
use crate::sheet::{markdown_row, markdown_text};
use crate::{Replay, Verdict};

pub(super) fn row(replay: &Replay) -> String {
    let mark = match replay.ok {
        Some(true) => "ok",
        Some(false) => "**FAILED**",
        None if replay.verdict == Verdict::Indeterminate => "open",
        None => "-",
    };
    let mut cells = format!("| {mark} ");
    let own = [
        replay.ceremony.as_str(),
        &replay.kind,
        replay.verdict.word(),
        replay.step.as_deref().unwrap_or("-"),
        &listing::answer(replay),
        &replay.file,
    ];
    markdown_row(&mut cells, own.into_iter());
    cells
}

/// What there is to say about a replay that differs, or that was explained.
pub(super) fn story(replay: &Replay) -> String {
    if replay.mismatches.is_empty() && replay.explanation.is_none() {
        return String::new();
    }
    let title = match replay.complaints() {
        none if none.is_empty() => replay.outcome(),
        all => all.join("; "),
    };
    let head = markdown_text(&format!("{}: {title}", replay.ceremony));
    let text = replay.story(Some(100));
    // A fence must be longer than any run of backticks in what it holds.
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest.max(2) + 1);
    let link = replay.deciding().map_or_else(String::new, |step| {
        let clause = step.clause(&replay.profile);
        let clause = clause.unwrap_or_else(|| step.id.to_string());
        format!(
            "[{}]({})\n\n",
            markdown_text(&clause),
            step.link(&replay.profile)
        )
    });
    format!(
        "\n<details><summary>{head}</summary>\n\n{link}{fence}text\n{text}{fence}\n\n</details>\n"
    )
}

pub(super) fn page(summary: &str, rows: &[String], stories: &str) -> String {
    let mut out = "## fidoscope replay\n\n".to_owned();
    out.push_str(&markdown_text(summary));
    out.push('\n');
    if !rows.is_empty() {
        out.push_str("\n|  | ceremony | kind | verdict | step | as expected | file |\n");
        out.push_str("|---|---|---|---|---|---|---|\n");
        out.extend(rows.iter().map(String::as_str));
    }
    out.push_str(stories);
    out
}
