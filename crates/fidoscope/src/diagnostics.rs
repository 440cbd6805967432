//! Draws a diagnostic the way rustc does.

use annotate_snippets::renderer::{Ansi256Color, DecorStyle, Effects, Style};
use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};
use fidoscope_report::{Diagnostic, Location, Severity, escape, escape_lines, palette};

/// The drawing of one diagnostic, without a final line break. Every text in it is escaped before it
/// is drawn: what is drawn afterwards may hold colours.
pub(crate) fn draw(diagnostic: &Diagnostic, color: bool) -> String {
    let diagnostic = &escaped(diagnostic);
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
    let renderer = if color { readable() } else { Renderer::plain() };
    renderer.decor_style(DecorStyle::Ascii).render(&[group])
}

/// The colours that can be read on black and on white, in the place of a cyan and a yellow that cannot.
fn readable() -> Renderer {
    let bold = Style::new().effects(Effects::BOLD);
    let ink = |number: u8| bold.fg_color(Some(Ansi256Color(number).into()));
    Renderer::styled()
        .error(ink(palette::BAD))
        .warning(ink(palette::WARNING))
        .note(ink(palette::GOOD))
        .help(ink(palette::ACCENT))
        .info(ink(palette::ACCENT))
        .line_num(ink(palette::ACCENT))
        .context(ink(palette::ACCENT))
        .addition(ink(palette::GOOD))
        .removal(ink(palette::BAD))
        .emphasis(bold)
}

/// The diagnostic with its texts escaped; the span goes along with its source.
fn escaped(diagnostic: &Diagnostic) -> Diagnostic {
    let whole = |text: &String| escape(text).into_owned();
    let at = &diagnostic.at;
    let lines = |text: &str| escape_lines(&text.replace('\t', " ")).into_owned();
    let source = diagnostic.source.as_ref();
    let moved = |end: usize| Some(lines(source?.get(..end)?).len());
    Diagnostic {
        message: whole(&diagnostic.message),
        at: Location {
            file: at.file.as_ref().map(whole),
            field: at.field.as_ref().map(whole),
            span: at.span.and_then(|(from, to)| moved(from).zip(moved(to))),
            ..at.clone()
        },
        help: diagnostic.help.as_ref().map(whole),
        source: source.map(|text| lines(text)),
        ..diagnostic.clone()
    }
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

#[cfg(test)]
mod tests {
    use fidoscope_report::{Diagnostic, Location, Severity, palette};

    #[test]
    fn every_colour_can_be_read_on_black_and_on_white() {
        for severity in [Severity::Note, Severity::Warning, Severity::Error] {
            let drawn = super::draw(
                &Diagnostic {
                    code: "FS-B012",
                    severity,
                    message: "`20` has no unit".to_owned(),
                    at: Location {
                        file: Some("mine.yaml".to_owned()),
                        line: Some(1),
                        column: Some(9),
                        span: Some((8, 10)),
                        field: None,
                    },
                    help: Some("write e.g. 30s".to_owned()),
                    source: Some("window: 20\n".to_owned()),
                },
                true,
            );
            let commands = drawn.split('\u{1b}').skip(1);
            let commands = commands.filter_map(|text| text.split_once('m'));
            let used: Vec<&str> = commands.map(|(command, _)| command).collect();
            let allowed = palette::ALL.map(|number| format!("[38;5;{number}"));
            let plain = |command: &str| ["[0", "[1"].contains(&command);
            let other = used
                .iter()
                .find(|command| !plain(command) && !allowed.iter().any(|one| one == *command));
            assert_eq!(other, None, "{drawn:?}");
            assert!(
                used.iter().any(|command| command.starts_with("[38")),
                "{drawn:?}"
            );
        }
    }
}
