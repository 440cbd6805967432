//! An audit as people read it, and the columns of its registrations.

use crate::number::count;
use crate::record::Cut;
use crate::section::{Closing, Section};
use crate::sheet::Sheet;
use crate::{
    Align, Audit, AuditClassInfo, AuditCount, AuditModel, AuditRow, AuditView, Cell, Field, Link,
    Record, Shown, Tone,
};

/// Models and groups that are shown; JSON has them all.
const SHOWN: usize = 20;

impl Record for AuditRow {
    const NAME: &'static str = "audit";
    const LIST: &'static str = "registrations";
    const TITLE: &'static str = "Audit of registrations";
    const SHOWN: usize = 20;

    fn fields() -> Vec<Field<Self>> {
        vec![
            Field::key("place", |row: &Self| Cell::from(&row.place)).rank(5),
            Field::key("credential", |row: &Self| {
                Cell::known(row.credential.as_deref())
            }),
            Field::key("user", |row: &Self| Cell::known(row.user.as_deref())).rank(3),
            Field::text("group", |row: &Self| Cell::known(row.group.as_deref())),
            Field::word("registered_at", |row: &Self| {
                Cell::known(row.registered_at.as_deref())
            })
            .head("registered")
            .said(|row| Shown::known(row.day()))
            .rank(4),
            Field::word("aaguid", |row: &Self| Cell::known(row.aaguid.as_deref())),
            Field::text("model", |row: &Self| Cell::known(row.model.as_deref()))
                .said(|row| Shown::known(row.model.as_ref().or(row.aaguid.as_ref())))
                .rank(1),
            Field::word("name_source", |row: &Self| {
                Cell::known(row.name_source.as_deref())
            }),
            Field::word("format", |row: &Self| Cell::known(row.format.as_deref())),
            Field::word("attestation", |row: &Self| {
                Cell::known(row.attestation.as_deref())
            }),
            Field::word("trust", |row: &Self| Cell::Word(row.now.trust)).rank(1),
            Field::word("step", |row: &Self| Cell::Word(row.now.step))
                .head("decided by")
                .rank(2),
            Field::text("reason", |row: &Self| Cell::from(&*row.now.reason)),
            Field::word("level", |row: &Self| Cell::known(row.now.level.as_deref())),
            Field::text("statuses", |row: &Self| statuses(&row.now)),
            Field::text("classes", |row: &Self| Cell::from(row.classes.join(" ")))
                .said(|row| Shown::toned(row.classes.join(", "), Tone::Bad)),
            Field::text("new", |row: &Self| {
                Cell::known(row.new.as_ref().map(|new| new.join(" ")))
            })
            .said(|row| {
                let new = row.new.as_ref().filter(|new| !new.is_empty());
                Shown::known(new.map(|new| new.join(", ")))
            })
            .rank(1),
            Field::text("trust_then", |row: &Self| {
                row.past(|then| Cell::Word(then.trust))
            })
            .head("then")
            .said(|row| row.then.as_ref().map_or_else(Shown::unknown, then))
            .rank(2),
            Field::word("level_then", |row: &Self| {
                row.past(|then| Cell::known(then.level.as_deref()))
            }),
            Field::text("statuses_then", |row: &Self| row.past(statuses)),
            Field::number("blob_then", |row: &Self| {
                row.past(|then| Cell::known(then.blob_no))
            }),
            Field::text("advisories", |row: &Self| {
                Cell::from(row.advisories.join(" "))
            }),
        ]
    }

    fn view() -> &'static [&'static str] {
        &[
            "credential",
            "user",
            "registered_at",
            "model",
            "classes",
            "new",
            "trust_then",
            "trust",
            "step",
            "place",
        ]
    }

    fn id(&self) -> Option<String> {
        Some(self.place.clone())
    }

    fn link(&self) -> Option<Link> {
        Some(Link::to_place(&self.place))
    }
}

impl AuditRow {
    fn day(&self) -> Option<&str> {
        self.registered_at.as_deref()?.split('T').next()
    }

    fn past(&self, cell: fn(&AuditView) -> Cell) -> Cell {
        self.then.as_ref().map_or(Cell::Null, cell)
    }
}

fn statuses(view: &AuditView) -> Cell {
    Cell::known(view.statuses.as_ref().map(|words| words.join(" ")))
}

impl Audit {
    /// What stands behind the registrations: for programs all that was counted, for people tables of
    /// it.
    #[must_use]
    pub fn closing(&self) -> Closing {
        Closing {
            summary: opening(self),
            sections: sections(self),
            members: Some(crate::item::json(self)),
            ..Closing::default()
        }
    }
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

fn sections(audit: &Audit) -> Vec<Section> {
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
    sections.push(registrations(audit));
    sections.push(Section::Text(remarks(audit)));
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
        sheet.rows.push(row.into());
    }
    Section::Table {
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
        let row = vec![
            Shown::toned(info.class, Tone::Bad),
            Shown::plain(count(*found)),
            new(audit, total, *info),
            Shown::plain(info.meaning),
        ];
        sheet.rows.push(row.into());
    }
    Section::Table {
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
        let row = vec![
            model_name(model),
            optional(&model.name_source),
            optional(&model.level),
            Shown::plain(count(model.count.registrations)),
            Shown::plain(count(model.count.affected)),
            words(audit, &model.count),
            optional(&model.aaguid),
        ];
        sheet.rows.push(row.into());
    }
    Section::Table {
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
        let row = vec![
            value.map_or_else(Shown::unknown, Shown::plain),
            Shown::plain(count(group.count.registrations)),
            Shown::plain(count(group.count.affected)),
            words(audit, &group.count),
        ];
        sheet.rows.push(row.into());
    }
    Section::Table {
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

/// The registrations that stand out; what is new and what was then has no place where nothing is known
/// about the past.
fn registrations(audit: &Audit) -> Section {
    let without: &[&str] = match audit.past {
        Some(_) => &[],
        None => &["new", "then"],
    };
    Section::Items {
        title: "Registrations affected".to_owned(),
        total: audit.total.affected,
        more: "--format ndjson or csv writes them all",
        without,
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
