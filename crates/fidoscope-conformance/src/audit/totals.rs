//! What an audit counts. Totals of pieces add up to the same whole in any grouping.

use std::collections::{BTreeMap, HashMap};

use chrono::SecondsFormat;
use fidoscope_report::{
    Audit, AuditAdvisory, AuditCount, AuditGroup, AuditModel, REJECTED_KEPT, RejectedRow,
};
use fidoscope_verifier::{Advisory, Assessment, Assessor, AttestationTrust, Past};
use fidoscope_webauthn::Aaguid;

use super::class::{AuditClass, Classes};
use super::row::StoredRegistration;
use super::words;

const CLASSES: usize = AuditClass::ALL.len();
const TRUSTS: [AttestationTrust; 4] = [
    AttestationTrust::Trusted,
    AttestationTrust::Untrusted,
    AttestationTrust::NotAttested,
    AttestationTrust::NotEvaluated,
];
/// Models and values that are told apart; the rest are counted together, so that memory stays
/// bounded.
const TOLD_APART: usize = 100_000;

/// Counts of an audit.
#[derive(Default)]
pub struct AuditTotals {
    total: Count,
    models: HashMap<ModelKey, ModelCount>,
    groups: HashMap<Option<String>, Count>,
    advisories: HashMap<String, u64>,
    without_statement: u64,
    without_past: u64,
    test_root: bool,
    other: u64,
    rejected_lines: u64,
    rejected: Vec<RejectedRow>,
}

#[derive(Clone, Copy, Default)]
struct Count {
    all: u64,
    affected: u64,
    trust: [u64; TRUSTS.len()],
    classes: [u64; CLASSES],
    new: [u64; CLASSES],
}

/// A model; one without AAGUID is told by its name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct ModelKey {
    aaguid: Option<Aaguid>,
    name: Option<String>,
}

#[derive(Clone, Default)]
struct ModelCount {
    count: Count,
    name: Option<(String, String)>,
    level: Option<String>,
    statuses: Option<Vec<String>>,
    advisories: Vec<String>,
}

impl AuditTotals {
    /// How many registrations there were.
    #[must_use]
    pub fn registrations(&self) -> u64 {
        self.total.all
    }

    /// How many registrations are in a class.
    #[must_use]
    pub fn of(&self, class: AuditClass) -> u64 {
        self.total.classes.get(class.place()).copied().unwrap_or(0)
    }

    /// Lines that could not be read, and all lines. What a line is that cannot be read, nobody knows.
    #[must_use]
    pub fn rejected(&self) -> (u64, u64) {
        let read = self.total.all.saturating_add(self.other);
        (
            self.rejected_lines,
            self.rejected_lines.saturating_add(read),
        )
    }

    /// Counts a line that could not be read.
    pub fn reject(&mut self, row: RejectedRow) {
        self.rejected_lines = self.rejected_lines.saturating_add(1);
        if self.rejected.len() < REJECTED_KEPT {
            self.rejected.push(row);
        }
    }

    /// Counts a line that is about something else.
    pub(super) fn other(&mut self) {
        self.other = self.other.saturating_add(1);
    }

    pub(super) fn add(
        &mut self,
        registration: &StoredRegistration,
        found: &Assessment<'_>,
        classes: Classes,
    ) {
        self.total.add(found, classes);
        if registration.attestation_object.is_none() {
            self.without_statement = self.without_statement.saturating_add(1);
        }
        if classes.new.is_none() {
            self.without_past = self.without_past.saturating_add(1);
        }
        self.test_root |= found.is_under_test_root();
        for hit in &found.advisories {
            add(&mut self.advisories, hit.advisory.id.as_str(), 1);
        }
        let has_aaguid = found.aaguid.is_some_and(|aaguid| !aaguid.is_zero());
        let name = found.model.filter(|_| !has_aaguid);
        let key = ModelKey {
            aaguid: found.aaguid.filter(|_| has_aaguid),
            name: name.map(|model| model.name.to_owned()),
        };
        let model = entry(&mut self.models, key, || ModelCount::of(found));
        model.count.add(found, classes);
        let group = registration.group.clone();
        entry(&mut self.groups, group, Count::default).add(found, classes);
    }

    /// Adds what a later piece counted.
    pub fn merge(&mut self, later: Self) {
        self.total.merge(&later.total);
        for (key, model) in later.models {
            let known = entry(&mut self.models, key, || ModelCount {
                count: Count::default(),
                ..model.clone()
            });
            known.count.merge(&model.count);
        }
        for (value, count) in later.groups {
            entry(&mut self.groups, value, Count::default).merge(&count);
        }
        for (id, count) in later.advisories {
            add(&mut self.advisories, &id, count);
        }
        self.without_statement = self
            .without_statement
            .saturating_add(later.without_statement);
        self.without_past = self.without_past.saturating_add(later.without_past);
        self.test_root |= later.test_root;
        self.other = self.other.saturating_add(later.other);
        self.rejected_lines = self.rejected_lines.saturating_add(later.rejected_lines);
        let room = REJECTED_KEPT.saturating_sub(self.rejected.len());
        self.rejected.extend(later.rejected.into_iter().take(room));
    }

    /// The report on everything that was counted.
    #[must_use]
    pub fn report(&self, assessor: &Assessor<'_>, by: &str) -> Audit {
        let trust = assessor.trust();
        let no = |no: Option<u64>| {
            no.map_or_else(|| "without number".to_owned(), |no| format!("no {no}"))
        };
        Audit {
            now: trust.now.to_rfc3339_opts(SecondsFormat::Secs, true),
            newest: trust
                .newest
                .map_or_else(|| "none".to_owned(), |blob| no(blob.no())),
            past: match trust.past {
                Past::Unknown => None,
                Past::Blob(blob) => Some(no(blob.no())),
                Past::History(history) => {
                    Some(format!("the BLOB of its time, of {}", history.len()))
                }
            },
            by: by.to_owned(),
            required_level: trust.required_level.map(|level| level.to_string()),
            total: self.total.report(),
            without_statement: self.without_statement,
            without_past: self.without_past,
            test_root: self.test_root,
            other_lines: self.other,
            rejected_lines: self.rejected_lines,
            rejected: self.rejected.clone(),
            classes: AuditClass::ALL.map(AuditClass::info).to_vec(),
            models: self.models(),
            groups: self.groups(),
            advisories: self.advisories(trust.advisories),
        }
    }

    /// Those with affected registrations first, then the frequent ones.
    fn models(&self) -> Vec<AuditModel> {
        let mut models: Vec<_> = self.models.iter().collect();
        models.sort_by_key(|(key, model)| {
            let (affected, all) = (model.count.affected, model.count.all);
            (std::cmp::Reverse((affected, all)), (*key).clone())
        });
        let models = models.into_iter().map(|(key, model)| AuditModel {
            aaguid: key.aaguid.map(|aaguid| aaguid.to_string()),
            model: model.name.as_ref().map(|(name, _)| name.clone()),
            name_source: model.name.as_ref().map(|(_, source)| source.clone()),
            level: model.level.clone(),
            statuses: model.statuses.clone(),
            advisories: model.advisories.clone(),
            count: model.count.report(),
        });
        models.collect()
    }

    fn groups(&self) -> Vec<AuditGroup> {
        let mut groups: Vec<_> = self.groups.iter().collect();
        groups.sort_by_key(|(value, count)| {
            (
                std::cmp::Reverse((count.affected, count.all)),
                (*value).clone(),
            )
        });
        let groups = groups.into_iter().map(|(value, count)| AuditGroup {
            value: value.clone(),
            count: count.report(),
        });
        groups.collect()
    }

    /// In the order of the file that they stand in.
    fn advisories(&self, known: &[Advisory]) -> Vec<AuditAdvisory> {
        let met = known.iter().filter_map(|advisory| {
            Some(AuditAdvisory {
                id: advisory.id.clone(),
                title: advisory.title.clone(),
                url: advisory.url.clone(),
                published: advisory.published.to_string(),
                caveats: advisory.caveats.clone(),
                registrations: *self.advisories.get(&advisory.id)?,
            })
        });
        met.collect()
    }
}

fn add(counts: &mut HashMap<String, u64>, id: &str, more: u64) {
    match counts.get_mut(id) {
        Some(count) => *count = count.saturating_add(more),
        None => {
            counts.insert(id.to_owned(), more);
        }
    }
}

/// The entry of a key, or the one for everything that is no longer told apart.
fn entry<K: std::hash::Hash + Eq + Default, V>(
    map: &mut HashMap<K, V>,
    key: K,
    new: impl FnOnce() -> V,
) -> &mut V {
    let key = if map.len() >= TOLD_APART && !map.contains_key(&key) {
        K::default()
    } else {
        key
    };
    map.entry(key).or_insert_with(new)
}

impl ModelCount {
    fn of(found: &Assessment<'_>) -> Self {
        let view = found.newest.as_deref();
        let listed = view.filter(|view| view.is_listed());
        let advisories = found.advisories.iter();
        Self {
            count: Count::default(),
            name: (found.model).map(|model| (model.name.to_owned(), model.source.to_string())),
            level: view
                .and_then(|view| view.level)
                .map(|level| level.to_string()),
            statuses: listed.map(|view| words(&view.statuses)),
            advisories: advisories.map(|hit| hit.advisory.id.clone()).collect(),
        }
    }
}

impl Count {
    fn add(&mut self, found: &Assessment<'_>, classes: Classes) {
        self.all = self.all.saturating_add(1);
        let affected = u64::from(!classes.now.is_empty());
        self.affected = self.affected.saturating_add(affected);
        for (count, trust) in self.trust.iter_mut().zip(TRUSTS) {
            *count = count.saturating_add(u64::from(trust == found.trust.trust));
        }
        let counts = self.classes.iter_mut().zip(&mut self.new);
        for ((now, new), class) in counts.zip(AuditClass::ALL) {
            *now = now.saturating_add(u64::from(classes.now.has(class)));
            let is_new = classes.new.is_some_and(|set| set.has(class));
            *new = new.saturating_add(u64::from(is_new));
        }
    }

    fn merge(&mut self, other: &Self) {
        let sum = |a: &mut u64, b: &u64| *a = a.saturating_add(*b);
        sum(&mut self.all, &other.all);
        sum(&mut self.affected, &other.affected);
        let pairs = self.trust.iter_mut().zip(&other.trust);
        let pairs = pairs.chain(self.classes.iter_mut().zip(&other.classes));
        let pairs = pairs.chain(self.new.iter_mut().zip(&other.new));
        pairs.for_each(|(a, b)| sum(a, b));
    }

    fn report(&self) -> AuditCount {
        let named = |counts: &[u64; CLASSES]| -> BTreeMap<&'static str, u64> {
            let counts = AuditClass::ALL.into_iter().zip(counts);
            let counts = counts.filter(|(_, count)| **count > 0);
            counts
                .map(|(class, count)| (class.word(), *count))
                .collect()
        };
        let trust = TRUSTS.into_iter().zip(self.trust);
        AuditCount {
            registrations: self.all,
            affected: self.affected,
            trust: trust
                .filter(|(_, count)| *count > 0)
                .map(|(trust, count)| (trust.as_str(), count))
                .collect(),
            classes: named(&self.classes),
            new: named(&self.new),
        }
    }
}
