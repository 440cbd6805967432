//! Draws a diagnostic the way rustc does.

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};
use fidoscope_report::{Diagnostic, Severity};

/// The drawing of one diagnostic, without a final line break.
pub(crate) fn draw(diagnostic: &Diagnostic, color: bool) -> String {
    let level = match diagnostic.severity {
        Severity::Note => Level::NOTE,
        Severity::Warning => Level::WARNING,
        Severity::Error => Level::ERROR,
    };
    let title = level.primary_title(&diagnostic.message).id(diagnostic.code);
    let mut group = Group::with_title(title);
    let place = place(diagnostic);
    let path = diagnostic.at.file.as_deref().unwrap_or("-");
    match (&diagnostic.source, diagnostic.at.span) {
        (Some(source), Some((start, end))) if start <= end && end <= source.len() => {
            let snippet = Snippet::source(source.as_str())
                .path(path)
                .line_start(first_line(diagnostic, source, start))
                .annotation(AnnotationKind::Primary.span(start..end));
            group = group.element(snippet);
        }
        _ => group = group.element(Origin::path(place.as_str())),
    }
    if let Some(help) = &diagnostic.help {
        group = group.element(Level::HELP.message(help));
    }
    let renderer = if color {
        Renderer::styled()
    } else {
        Renderer::plain()
    };
    renderer.decor_style(DecorStyle::Ascii).render(&[group])
}

/// The line of the file on which the source text starts; it may be a line out of many.
fn first_line(diagnostic: &Diagnostic, source: &str, start: usize) -> usize {
    let before = source.get(..start).unwrap_or_default();
    let above = before.bytes().filter(|byte| *byte == b'\n').count();
    let line = diagnostic
        .at
        .line
        .and_then(|line| usize::try_from(line).ok());
    line.map_or(1, |line| line.saturating_sub(above).max(1))
}

/// `file:line:column (field)`, as far as known.
fn place(diagnostic: &Diagnostic) -> String {
    let at = &diagnostic.at;
    let mut place = at.file.clone().unwrap_or_else(|| "-".to_owned());
    for number in [at.line, at.column].into_iter().flatten() {
        place.push_str(&format!(":{number}"));
    }
    if let Some(field) = &at.field {
        place.push_str(&format!(" ({field})"));
    }
    place
}
