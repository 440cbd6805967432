//! A replay in words, for a terminal or a log.

use fidoscope_report::{Replay, Status, Step, Verdict};

/// Tells in a few lines what came out, at which clause, and why.
#[must_use]
pub fn explain(replay: &Replay) -> String {
    let mut lines = vec![headline(replay)];
    let deciding = replay
        .steps
        .iter()
        .find(|step| Some(&step.id) == replay.step.as_ref());
    if let Some(step) = deciding {
        lines.push(format!("  step      {}{}", step.id, clause(replay, step)));
        let evidence = [
            ("expected", &step.expected),
            ("found", &step.found),
            ("because", &step.note),
        ];
        for (word, text) in evidence {
            if let Some(text) = text {
                lines.push(format!("  {word:<9} {text}"));
            }
        }
    }
    lines.extend(level_difference(replay));
    for step in replay
        .steps
        .iter()
        .filter(|step| step.status == Status::Warn)
    {
        let (expected, found) = (step.expected.as_deref(), step.found.as_deref());
        let (expected, found) = (expected.unwrap_or("-"), found.unwrap_or("-"));
        lines.push(format!(
            "  warning   {}: expected {expected}, found {found}",
            step.id
        ));
    }
    lines.join("\n")
}

fn headline(replay: &Replay) -> String {
    let mut line = format!(
        "{} {} ({})",
        word(replay.verdict),
        replay.ceremony,
        replay.profile
    );
    if replay.test_root {
        line.push_str(" TEST ROOT");
    }
    if let (Some(expected), Some(false)) = (&replay.expected, replay.ok) {
        line.push_str(&format!(", but {} was expected", word(expected.verdict)));
        if let Some(step) = &expected.step {
            line.push_str(&format!(" at {step}"));
        }
    }
    line
}

fn level_difference(replay: &Replay) -> Option<String> {
    let (l2, l3) = (&replay.first_failed.l2, &replay.first_failed.l3);
    let name = |step: &Option<String>| step.clone().unwrap_or_else(|| "nowhere".to_owned());
    (l2 != l3).then(|| format!("  levels    L2 fails at {}, L3 at {}", name(l2), name(l3)))
}

fn clause(replay: &Replay, step: &Step) -> String {
    let (level, place) = match replay.profile.as_str() {
        "webauthn-l2" => ("L2", &step.l2),
        _ => ("L3", &step.l3),
    };
    place
        .as_ref()
        .map_or_else(String::new, |place| format!(" (WebAuthn {level} {place})"))
}

fn word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Accept => "ACCEPT",
        Verdict::Reject => "REJECT",
        Verdict::Indeterminate => "INDETERMINATE",
    }
}
