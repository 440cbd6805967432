//! An audit as people read it.

use super::{Audit, AuditClassInfo, AuditCount, AuditModel, AuditRow, AuditView};
use crate::escape::escape;
use crate::number::count;
use crate::sheet::{Cut, Sheet, Shown, Tone, markdown_text};
use crate::{Align, Options};

/// Models and groups that are shown; JSON has them all.
const SHOWN: usize = 20;

/// A table and what stands above it.
struct Section {
    title: String,
    sheet: Sheet,
    /// What was left out.
    more: Option<String>,
}

pub(super) fn text(audit: &Audit, rows: &[AuditRow], options: Options) -> String {
    let mut out = format!("{}\n", escape(&opening(audit)));
    for section in sections(audit, rows) {
        out.push_str(&format!("\n{}\n", escape(&section.title)));
        out.push_str(&section.sheet.text(options.width, options.color));
        if let Some(more) = section.more {
            out.push_str(&format!("{more}\n"));
        }
    }
    let remarks = remarks(audit);
    if !remarks.is_empty() {
        out.push('\n');
    }
    let sheet = Sheet {
        below: remarks,
        ..Sheet::default()
    };
    out.push_str(sheet.text(options.width, false).trim_start_matches('\n'));
    out
}

pub(super) fn markdown(audit: &Audit, rows: &[AuditRow]) -> String {
    let opening = markdown_text(&opening(audit));
    let mut out = format!("## Audit of registrations\n\n{opening}\n");
    for section in sections(audit, rows) {
        out.push_str(&format!("\n### {}\n\n", markdown_text(&section.title)));
        out.push_str(&section.sheet.markdown());
        if let Some(more) = section.more {
            out.push_str(&format!("\n{more}\n"));
        }
    }
    for remark in remarks(audit) {
        out.push_str(&format!("\n- {}", markdown_text(&remark)));
    }
    out.push('\n');
    out
}

fn opening(audit: &Audit) -> String {
    let past = audit.past.as_ref();
    let past = past.map_or_else(String::new, |past| format!(", compared with {past}"));
    let day = audit.now.split('T').next().unwrap_or_default();
    format!(
        "{} registrations, {} affected, by metadata {} on {day}{past}",
        count(audit.total.registrations),
        count(audit.total.affected),
        audit.newest,
    )
}

fn sections(audit: &Audit, rows: &[AuditRow]) -> Vec<Section> {
    let mut sections = vec![trust(audit)];
    if audit.total.affected > 0 {
        sections.push(classes(audit));
    }
    if !audit.models.is_empty() {
        sections.push(models(audit));
    }
    if audit.groups.iter().any(|group| group.value.is_some()) {
        sections.push(groups(audit));
    }
    if !rows.is_empty() {
        sections.push(registrations(audit, rows));
    }
    sections
}

fn trust(audit: &Audit) -> Section {
    let mut sheet = Sheet::default()
        .column("trust", 0, Align::Left, Cut::Never)
        .column("registrations", 0, Align::Right, Cut::Never);
    for (word, registrations) in &audit.total.trust {
        let tone = match *word {
            "trusted" => Tone::Good,
            "untrusted" => Tone::Bad,
            _ => Tone::Plain,
        };
        let row = vec![
            Shown::toned(word, tone),
            Shown::plain(count(*registrations)),
        ];
        sheet.rows.push(row);
    }
    Section {
        title: "Attestation".to_owned(),
        sheet,
        more: None,
    }
}

fn classes(audit: &Audit) -> Section {
    let mut sheet = Sheet::default()
        .column("class", 0, Align::Left, Cut::Never)
        .column("registrations", 0, Align::Right, Cut::Never)
        .column("new", 0, Align::Right, Cut::Never)
        .column("meaning", 1, Align::Left, Cut::End);
    let total = &audit.total;
    for info in &audit.classes {
        let Some(found) = total.classes.get(info.class) else {
            continue;
        };
        sheet.rows.push(vec![
            Shown::toned(info.class, Tone::Bad),
            Shown::plain(count(*found)),
            new(audit, total, *info),
            Shown::plain(info.meaning),
        ]);
    }
    Section {
        title: "Classes".to_owned(),
        sheet,
        more: None,
    }
}

/// How many are new; unknown where nothing is known about the past.
fn new(audit: &Audit, of: &AuditCount, info: AuditClassInfo) -> Shown {
    match &audit.past {
        Some(_) if info.compared => {
            Shown::plain(count(of.new.get(info.class).copied().unwrap_or(0)))
        }
        _ => Shown::unknown(),
    }
}

fn models(audit: &Audit) -> Section {
    let optional = |text: &Option<String>| text.as_ref().map_or_else(Shown::unknown, Shown::plain);
    let mut sheet = Sheet::default()
        .column("model", 0, Align::Left, Cut::End)
        .column("named by", 4, Align::Left, Cut::Never)
        .column("level", 3, Align::Left, Cut::Never)
        .column("registrations", 0, Align::Right, Cut::Never)
        .column("affected", 0, Align::Right, Cut::Never)
        .column("classes", 1, Align::Left, Cut::End)
        .column("aaguid", 2, Align::Left, Cut::Never);
    for model in audit.models.iter().take(SHOWN) {
        sheet.rows.push(vec![
            model_name(model),
            optional(&model.name_source),
            optional(&model.level),
            Shown::plain(count(model.count.registrations)),
            Shown::plain(count(model.count.affected)),
            words(audit, &model.count),
            optional(&model.aaguid),
        ]);
    }
    Section {
        title: "Models".to_owned(),
        sheet,
        more: more(audit.models.len(), "models"),
    }
}

fn model_name(model: &AuditModel) -> Shown {
    match (&model.model, &model.aaguid) {
        (Some(name), _) => Shown::plain(name),
        (None, Some(_)) => Shown::toned("unknown", Tone::Faint),
        (None, None) => Shown::toned("names no model", Tone::Faint),
    }
}

fn groups(audit: &Audit) -> Section {
    let mut sheet = Sheet::default()
        .column(&audit.by, 0, Align::Left, Cut::End)
        .column("registrations", 0, Align::Right, Cut::Never)
        .column("affected", 0, Align::Right, Cut::Never)
        .column("classes", 1, Align::Left, Cut::End);
    for group in audit.groups.iter().take(SHOWN) {
        let value = group.value.as_ref();
        sheet.rows.push(vec![
            value.map_or_else(Shown::unknown, Shown::plain),
            Shown::plain(count(group.count.registrations)),
            Shown::plain(count(group.count.affected)),
            words(audit, &group.count),
        ]);
    }
    Section {
        title: format!("By {}", audit.by),
        sheet,
        more: more(audit.groups.len(), "values"),
    }
}

/// `12 revoked (3 new), 40 advisory`, in the order of gravity.
fn words(audit: &Audit, of: &AuditCount) -> Shown {
    let found = audit.classes.iter().filter_map(|info| {
        let found = of.classes.get(info.class)?;
        let new = of.new.get(info.class).copied().unwrap_or(0);
        let new = match new {
            0 => String::new(),
            new => format!(" ({} new)", count(new)),
        };
        Some(format!("{} {}{new}", count(*found), info.class))
    });
    let words = found.collect::<Vec<_>>().join(", ");
    if words.is_empty() {
        Shown::unknown()
    } else {
        Shown::plain(words)
    }
}

fn registrations(audit: &Audit, rows: &[AuditRow]) -> Section {
    let optional = |text: &Option<String>| text.as_ref().map_or_else(Shown::unknown, Shown::plain);
    let compared = audit.past.is_some();
    let mut sheet = Sheet::default()
        .column("credential", 0, Align::Left, Cut::Middle)
        .column("user", 3, Align::Left, Cut::Middle)
        .column("registered", 4, Align::Left, Cut::Never)
        .column("model", 1, Align::Left, Cut::End)
        .column("classes", 0, Align::Left, Cut::End);
    if compared {
        sheet =
            sheet
                .column("new", 1, Align::Left, Cut::End)
                .column("then", 2, Align::Left, Cut::End);
    }
    let mut sheet = sheet
        .column("trust", 1, Align::Left, Cut::Never)
        .column("decided by", 2, Align::Left, Cut::Never)
        .column("place", 5, Align::Left, Cut::Middle);
    for row in rows {
        let day = row.registered_at.as_ref();
        let day = day.map(|at| at.split('T').next().unwrap_or_default().to_owned());
        let model = row.model.clone().or_else(|| row.aaguid.clone());
        let mut cells = vec![
            optional(&row.credential),
            optional(&row.user),
            optional(&day),
            optional(&model),
            Shown::toned(row.classes.join(", "), Tone::Bad),
        ];
        if compared {
            let new = row.new.as_ref().filter(|new| !new.is_empty());
            cells.push(new.map_or_else(Shown::unknown, |new| Shown::plain(new.join(", "))));
            cells.push(row.then.as_ref().map_or_else(Shown::unknown, then));
        }
        cells.extend([
            Shown::plain(row.now.trust),
            Shown::plain(row.now.step),
            Shown::plain(&row.place),
        ]);
        sheet.rows.push(cells);
    }
    let shown = u64::try_from(rows.len()).unwrap_or(u64::MAX);
    let left = audit.total.affected.saturating_sub(shown);
    Section {
        title: "Registrations affected".to_owned(),
        sheet,
        more: (left > 0).then(|| {
            let left = count(left);
            format!("{left} more: --format ndjson or csv writes them all")
        }),
    }
}

/// `trusted, FIDO_CERTIFIED_L1 (no 41)`: what the BLOB of the past said.
fn then(view: &AuditView) -> Shown {
    let statuses = match &view.statuses {
        None => "not listed".to_owned(),
        Some(none) if none.is_empty() => "no status".to_owned(),
        Some(statuses) => statuses.join(" "),
    };
    let no = view.blob_no.map(|no| format!(" (no {no})"));
    Shown::plain(format!(
        "{}, {statuses}{}",
        view.trust,
        no.unwrap_or_default()
    ))
}

fn more(all: usize, what: &str) -> Option<String> {
    let left = all.saturating_sub(SHOWN);
    (left > 0).then(|| format!("{left} more {what}: --format json has them all"))
}

/// What the numbers do not say.
fn remarks(audit: &Audit) -> Vec<String> {
    let mut remarks = Vec::new();
    for advisory in &audit.advisories {
        let caveats = advisory.caveats.join(" ");
        remarks.push(format!(
            "{} ({} of the registrations): {}. {} ({}). An advisory is no revocation. {caveats}",
            advisory.id,
            count(advisory.registrations),
            advisory.title,
            advisory.url,
            advisory.published,
        ));
    }
    let mut say = |of: u64, what: &str| {
        if of > 0 {
            remarks.push(format!("{} {what}", count(of)));
        }
    };
    say(
        audit.without_statement,
        "registrations have no attestation object: their model is a claim, and no bytes were verified.",
    );
    if audit.past.is_some() {
        say(
            audit.without_past,
            "registrations could not be compared: no time, or no BLOB of that time.",
        );
    }
    say(
        audit.other_lines,
        "lines are something else than a completed registration.",
    );
    say(audit.rejected_lines, "lines were rejected:");
    remarks.extend(
        (audit.rejected.iter().take(SHOWN)).map(|row| format!("  {}: {}", row.place, row.reason)),
    );
    if audit.past.is_none() {
        remarks.push(
            "What is new is unknown: give the metadata of the past with --as-of or --blob-history."
                .to_owned(),
        );
    }
    if audit.test_root {
        remarks.push("TEST ROOT: some attestations lead to an anchor made for tests.".to_owned());
    }
    remarks
}
