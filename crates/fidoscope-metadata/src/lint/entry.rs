//! Rules for an entry as a whole (MDS 3.1.1).

use super::{Lint, statement, status};
use crate::blob::Blob;
use crate::entry::{Entry, Statement};
use fidoscope_webauthn::Aaguid;
use std::collections::{HashMap, HashSet};

const KEY_IDENTIFIERS: &str = "attestationCertificateKeyIdentifiers";

pub(super) fn judge<'a>(lint: &mut Lint<'a>, pointer: &str, entry: &'a Entry) {
    identity(lint, pointer, entry);
    key_identifiers(lint, pointer, entry);
    aaguids(lint, pointer, entry);
    rogue_list(lint, pointer, entry);
    status_change(lint, pointer, entry);
    status::judge(lint, pointer, entry);
    let at = format!("{pointer}/metadataStatement");
    match &entry.statement {
        Some(statement) => statement::judge(lint, &at, statement),
        None => lint.warning(
            "mds.entry.statement",
            pointer.to_owned(),
            "no `metadataStatement`: nothing says which certificates attest this model",
        ),
    }
}

/// `mds.entry.identity`, between entries: an AAID leads to one model (MDS 3.1.1). Two entries of one
/// AAGUID are found when the BLOB is opened.
pub(super) fn judge_aaids(lint: &mut Lint<'_>, entries: &[Entry]) {
    let mut aaids: HashMap<&str, usize> = HashMap::new();
    for (at, entry) in entries.iter().enumerate() {
        if let Some(aaid) = entry.aaid.as_deref() {
            let first = *aaids.entry(aaid).or_insert(at);
            if first != at {
                let message = format!("the AAID of /entries/{first} already");
                lint.error("mds.entry.identity", format!("/entries/{at}/aaid"), message);
            }
        }
    }
}

/// `mds.entry.identity`: so does a key identifier.
pub(super) fn judge_keys(lint: &mut Lint<'_>, blob: &Blob, at: usize) {
    let Some(entry) = blob.entries().get(at) else {
        return;
    };
    let list = format!("/entries/{at}/{KEY_IDENTIFIERS}");
    for (place, key) in lint.places(&list, &entry.key_identifiers) {
        let first = blob.places_by_key_identifier(key).first();
        if let Some(first) = first.filter(|first| **first != at) {
            let message =
                format!("names the model of /entries/{first} already; the worst of both counts");
            lint.error("mds.entry.identity", place, message);
        }
    }
}

/// `mds.entry.identity`: the identifiers of its protocol family, and no others (MDS 3.1.1).
fn identity(lint: &mut Lint<'_>, pointer: &str, entry: &Entry) {
    const RULE: &str = "mds.entry.identity";
    let has = |lint: &Lint<'_>, there: bool, name: &str| {
        there || lint.is_unread(&format!("{pointer}/{name}"))
    };
    let identifiers = [
        (
            "fido2",
            "aaguid",
            has(lint, entry.aaguid.is_some(), "aaguid"),
        ),
        ("uaf", "aaid", has(lint, entry.aaid.is_some(), "aaid")),
        (
            "u2f",
            KEY_IDENTIFIERS,
            has(lint, !entry.key_identifiers.is_empty(), KEY_IDENTIFIERS),
        ),
    ];
    if identifiers.iter().all(|(_, _, there)| !there) && !lint.is_unread(pointer) {
        let message = format!("nothing names this model: no aaguid, no aaid, no {KEY_IDENTIFIERS}");
        lint.error(RULE, pointer.to_owned(), message);
    }
    if let Some(aaid) = entry.aaid.as_deref().filter(|aaid| !is_aaid(aaid)) {
        let found = crate::members::shortened(aaid);
        let message = format!("`{found}` is no AAID: four hexadecimal digits, `#`, four more");
        lint.error(RULE, format!("{pointer}/aaid"), message);
    }
    let statement = entry.statement.as_ref();
    let Some(family) = statement.and_then(|statement| statement.protocol_family.as_deref()) else {
        return;
    };
    if !identifiers.iter().any(|(name, ..)| *name == family) {
        let at = format!("{pointer}/metadataStatement/protocolFamily");
        let family = crate::members::shortened(family);
        lint.note(RULE, at, format!("unknown protocol family `{family}`"));
        return;
    }
    for (of, name, there) in identifiers {
        if of == family && !there {
            let message = format!("a {family} model without {name}");
            lint.error(RULE, pointer.to_owned(), message);
        } else if of != family && there {
            let message = format!("{name} belongs to {of} models; this one is {family}");
            lint.error(RULE, format!("{pointer}/{name}"), message);
        }
    }
}

fn is_aaid(text: &str) -> bool {
    let hexadecimal = |part: &str| part.len() == 4 && part.bytes().all(|b| b.is_ascii_hexdigit());
    text.split_once('#')
        .is_some_and(|(vendor, model)| hexadecimal(vendor) && hexadecimal(model))
}

/// `mds.entry.acki`: SHA-1 in lower-case hexadecimal (MDS 3.1.1), each once.
fn key_identifiers(lint: &mut Lint<'_>, pointer: &str, entry: &Entry) {
    const RULE: &str = "mds.entry.acki";
    let mut seen = HashSet::new();
    let list = format!("{pointer}/{KEY_IDENTIFIERS}");
    for (at, identifier) in lint.places(&list, &entry.key_identifiers) {
        let lower = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        if identifier.len() != 40 || !identifier.bytes().all(lower) {
            let found = crate::members::shortened(identifier);
            let message = format!("`{found}` is not 40 lower-case hexadecimal digits");
            lint.error(RULE, at.clone(), message);
        }
        if !seen.insert(identifier.to_ascii_lowercase()) {
            lint.warning(RULE, at, "is in the list already");
        }
    }
}

/// `mds.entry.zero-aaguid` (our own) and `mds.entry.aaguid-consistent` (our own): the AAGUID of
/// the entry, of its statement and of `authenticatorGetInfo` are one.
fn aaguids(lint: &mut Lint<'_>, pointer: &str, entry: &Entry) {
    const RULE: &str = "mds.entry.aaguid-consistent";
    if entry.aaguid.is_some_and(|aaguid| aaguid.is_zero()) {
        lint.warning(
            "mds.entry.zero-aaguid",
            format!("{pointer}/aaguid"),
            "the zero AAGUID names no model, so nothing will ever find this entry by it",
        );
    }
    let Some(statement) = &entry.statement else {
        return;
    };
    let mut differs = |found: Option<Aaguid>, at: &str| {
        if let (Some(expected), Some(found)) = (entry.aaguid, found)
            && expected != found
        {
            let message = format!("{found}, but the entry is that of {expected}");
            lint.warning(RULE, format!("{pointer}/metadataStatement/{at}"), message);
        }
    };
    differs(statement.aaguid, "aaguid");
    let Some(text) = get_info_aaguid(statement) else {
        return;
    };
    match text.parse() {
        Ok(aaguid) => differs(Some(aaguid), "authenticatorGetInfo/aaguid"),
        Err(_) => {
            let found = crate::members::shortened(text);
            lint.warning(
                RULE,
                format!("{pointer}/metadataStatement/authenticatorGetInfo/aaguid"),
                format!("`{found}` is not 32 hexadecimal digits"),
            );
        }
    }
}

fn get_info_aaguid(statement: &Statement) -> Option<&str> {
    statement.get_info.as_ref()?.get("aaguid")?.as_str()
}

/// `mds.entry.rogue-list`: a list comes with its hash (MDS 3.1.1).
fn rogue_list(lint: &mut Lint<'_>, pointer: &str, entry: &Entry) {
    const RULE: &str = "mds.entry.rogue-list";
    let there = |name: &str| entry.extra.get(name).is_some_and(|value| !value.is_null());
    let hash = entry.extra.get("rogueListHash");
    let readable = hash
        .and_then(|hash| hash.as_str())
        .is_some_and(|hash| !hash.is_empty());
    match (there("rogueListURL"), there("rogueListHash")) {
        (true, false) => lint.error(
            RULE,
            format!("{pointer}/rogueListURL"),
            "no rogueListHash, so the list must not be used",
        ),
        (true, true) if !readable => lint.error(
            RULE,
            format!("{pointer}/rogueListHash"),
            "is no hash, so the list must not be used",
        ),
        (false, true) => lint.warning(
            RULE,
            format!("{pointer}/rogueListHash"),
            "there is no rogueListURL that it could be the hash of",
        ),
        _ => {}
    }
}

/// `mds.entry.status-change`: who polls by `timeOfLastStatusChange` must notice every report
/// (MDS 3.1.1, 3.2 step 8.2).
fn status_change(lint: &mut Lint<'_>, pointer: &str, entry: &Entry) {
    const RULE: &str = "mds.entry.status-change";
    let at = format!("{pointer}/timeOfLastStatusChange");
    let Some(changed) = entry.time_of_last_status_change else {
        if !lint.is_unread(&at) && !lint.is_unread(pointer) {
            lint.error(RULE, pointer.to_owned(), "no `timeOfLastStatusChange`");
        }
        return;
    };
    let dates = entry.status_reports.iter();
    let latest = dates.filter_map(|report| report.effective_date).max();
    if let Some(latest) = latest.filter(|latest| *latest <= lint.day && *latest > changed) {
        let message = format!("{changed}, but a report took effect on {latest}");
        lint.warning(RULE, at, message);
    }
}
