//! Lints of the recorded options (`WebAuthn L3 §7.1 step 1`, `§7.2 step 1`). They say what is worth
//! mending in a relying party; none of them fails a ceremony. All that is found is told.

use fidoscope_recording::{CeremonyOptions, CredentialDescriptor, Kind, Recording};
use fidoscope_webauthn::base64url;

use crate::ceremony::origin::{Origin, covers, is_written_by_clients};
use crate::ceremony::rp_id::rp_id;
use crate::verdict::judge::Judge;
use crate::verdict::registry::StepInfo;

/// `WebAuthn L3 §15.1`: between five and ten minutes.
const TIMEOUT: std::ops::RangeInclusive<u64> = 300_000..=600_000;
/// RFC 9864 identifiers that are another name for one that clients know (`WebAuthn L3 §5.8.5`).
const RENAMED: [(i64, i64); 4] = [(-9, -7), (-51, -35), (-52, -36), (-19, -8)];
/// Labels of related origins that a client must follow (`WebAuthn L3 §5.11.1`).
const RELATED_LABELS: usize = 5;

const FORMATS: [&str; 8] = [
    "packed",
    "tpm",
    "android-key",
    "android-safetynet",
    "fido-u2f",
    "none",
    "apple",
    "compound",
];

/// Lints the options of a ceremony.
pub(crate) fn judge(judge: &mut Judge, recording: &Recording, step: &'static StepInfo) {
    let mut notes = Notes(Vec::new());
    let options = &recording.options;
    options.conversions.iter().for_each(|note| notes.say(note));
    challenge(&mut notes, options);
    relying_party(&mut notes, recording);
    if let Some(timeout) = options.timeout.filter(|time| !TIMEOUT.contains(time)) {
        notes.say(format!(
            "timeout: {timeout} ms, {} to {} are recommended",
            TIMEOUT.start(),
            TIMEOUT.end()
        ));
    }
    match recording.kind {
        Kind::Registration => creation(&mut notes, options),
        Kind::Authentication => request(&mut notes, options),
    }
    let known = ["security-key", "client-device", "hybrid"];
    for hint in &options.hints {
        notes.word("hints", Some(hint), &known);
    }
    let known = ["conditional", "optional", "required", "silent"];
    notes.word("mediation", recording.mediation.as_deref(), &known);
    for name in options.extensions.iter().flat_map(|map| map.keys()) {
        if !is_identifier(name) {
            notes.say(format!("extensions: {name:?} can be no identifier"));
        }
    }
    if notes.0.is_empty() {
        judge.pass(step);
    } else {
        judge.observe(step, notes.0.join("; "));
    }
}

/// `WebAuthn L3 §9.5`: at most 32 printable ASCII characters, no quote or backslash.
pub(crate) fn is_identifier(name: &str) -> bool {
    let printable = |b: u8| (0x21..=0x7e).contains(&b) && b != b'"' && b != b'\\';
    (1..=32).contains(&name.len()) && name.bytes().all(printable)
}

struct Notes(Vec<String>);

impl Notes {
    fn say(&mut self, note: impl Into<String>) {
        self.0.push(note.into());
    }

    /// A word that clients may not know: they would take it as if it were absent.
    fn word(&mut self, name: &str, found: Option<&str>, known: &[&str]) {
        if let Some(found) = found.filter(|found| !known.contains(found)) {
            self.say(format!("{name}: unknown value {found:?}"));
        }
    }
}

/// `WebAuthn L3 §13.4.3`: 16 random bytes or more.
fn challenge(notes: &mut Notes, options: &CeremonyOptions) {
    match base64url::decoded_len(&options.challenge) {
        Ok(16..) => {}
        Ok(length) => notes.say(format!(
            "challenge: {length} bytes, fewer than 16 can be guessed"
        )),
        Err(error) => notes.say(format!("challenge: {error}")),
    }
}

/// `WebAuthn L3 §5.1.3 step 8`: a client lets an origin use an RP ID that is its domain or a
/// registrable suffix of it, or that names it as related. Which suffixes are public is not known
/// here: a single label is never registrable, `localhost` apart.
fn relying_party(notes: &mut Notes, recording: &Recording) {
    let options = &recording.options;
    let sent = options.rp.as_ref().and_then(|rp| rp.id.as_deref());
    let sent = sent.or(options.rp_id.as_deref());
    if let (Some(sent), Some(own)) = (sent, recording.rp.id.as_deref())
        && sent != own
    {
        notes.say(format!("rp.id: {sent:?} was sent, {own:?} is expected"));
    }
    let Some(id) = sent.or_else(|| rp_id(recording)) else {
        return;
    };
    let of_domain = |b: u8| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_');
    let mut labels = id.as_bytes().rsplit(|byte| *byte == b'.');
    let numeric = labels
        .next()
        .is_some_and(|last| last.iter().all(u8::is_ascii_digit));
    if id.is_empty() || !id.bytes().all(of_domain) || numeric {
        notes.say(format!("rp.id: {id:?} is no domain"));
    } else if labels.next().is_none() && id != "localhost" {
        notes.say(format!("rp.id: {id:?} is a public suffix"));
    }
    for origin in &recording.rp.origins {
        match Origin::parse(origin) {
            Some(origin) if covers(id, origin.host) => {}
            Some(_) => notes.say(format!("rp.id: {id:?} does not cover {origin}")),
            // Apps and pages of browser extensions are no web origins.
            None if is_written_by_clients(origin) => {}
            None => notes.say(format!("origins: no client sends {origin:?}")),
        }
    }
    related(notes, &recording.policy.related_origins);
}

/// `WebAuthn L3 §5.11.1`: a client reads related origins until it has seen its limit of labels, the
/// names before the public suffix. Where a suffix has two parts is estimated: a short name before
/// a country.
fn related(notes: &mut Notes, origins: &[String]) {
    let mut labels: Vec<&str> = origins
        .iter()
        .filter_map(|origin| Origin::parse(origin))
        .filter_map(|origin| label(origin.host))
        .collect();
    labels.sort_unstable();
    labels.dedup();
    if labels.len() > RELATED_LABELS {
        notes.say(format!(
            "relatedOrigins: {} labels, clients need not follow more than {RELATED_LABELS}",
            labels.len()
        ));
    }
}

fn label(host: &str) -> Option<&str> {
    let mut names = host.rsplit('.');
    let (top, second) = (names.next()?, names.next()?);
    match names.next() {
        Some(third) if top.len() == 2 && second.len() <= 3 => Some(third),
        _ => Some(second),
    }
}

fn creation(notes: &mut Notes, options: &CeremonyOptions) {
    user(notes, options);
    algorithms(notes, options);
    let conveyance = ["none", "indirect", "direct", "enterprise"];
    notes.word("attestation", options.attestation.as_deref(), &conveyance);
    for format in &options.attestation_formats {
        notes.word("attestationFormats", Some(format), &FORMATS);
    }
    if let Some(selection) = &options.authenticator_selection {
        let resident = selection.resident_key.as_deref();
        let levels = ["discouraged", "preferred", "required"];
        notes.word("residentKey", resident, &levels);
        verification(notes, selection.user_verification.as_deref());
        let attachment = selection.authenticator_attachment.as_deref();
        let attachments = ["platform", "cross-platform"];
        notes.word("authenticatorAttachment", attachment, &attachments);
        // `WebAuthn L3 §5.4.4`: the older member is for clients that do not know the newer one.
        if let (Some(resident), Some(old)) = (resident, selection.require_resident_key)
            && (resident == "required") != old
        {
            notes.say(format!(
                "requireResidentKey: {old} beside residentKey {resident:?}"
            ));
        }
    }
    descriptors(notes, "excludeCredentials", &options.exclude_credentials);
}

fn request(notes: &mut Notes, options: &CeremonyOptions) {
    verification(notes, options.user_verification.as_deref());
    descriptors(notes, "allowCredentials", &options.allow_credentials);
}

fn verification(notes: &mut Notes, found: Option<&str>) {
    let levels = ["discouraged", "preferred", "required"];
    notes.word("userVerification", found, &levels);
}

/// `WebAuthn L3 §5.4.3` and `§14.6.1`: 1 to 64 bytes that tell nothing about a person.
fn user(notes: &mut Notes, options: &CeremonyOptions) {
    let Some(user) = &options.user else { return };
    match base64url::decode(&user.id) {
        Ok(bytes) if !(1..=64).contains(&bytes.len()) => {
            notes.say(format!("user.id: {} bytes, not 1 to 64", bytes.len()));
        }
        Ok(bytes) if is_address(&bytes) => notes.say("user.id: an e-mail address"),
        Ok(_) => {}
        Err(error) => notes.say(format!("user.id: {error}")),
    }
}

fn is_address(bytes: &[u8]) -> bool {
    let text = str::from_utf8(bytes).unwrap_or_default();
    let parts = text.split_once('@');
    parts.is_some_and(|(local, domain)| {
        let inside = domain.trim_matches('.').contains('.');
        !local.is_empty() && inside && !text.contains(char::is_whitespace)
    })
}

/// `WebAuthn L3 §5.4` and `§5.8.5`: -7 and -257 reach every authenticator.
fn algorithms(notes: &mut Notes, options: &CeremonyOptions) {
    // An empty list stands for -7 and -257.
    let Some(offered) = options
        .pub_key_cred_params
        .as_deref()
        .filter(|offered| !offered.is_empty())
    else {
        return;
    };
    for wanted in [-7, -257] {
        if !offered.iter().any(|offer| offer.alg == wanted) {
            notes.say(format!("pubKeyCredParams: {wanted} is not offered"));
        }
    }
    for (renamed, known) in RENAMED {
        if offered.iter().any(|offer| offer.alg == renamed) {
            notes.say(format!(
                "pubKeyCredParams: {renamed} is not recommended, {known} means the same"
            ));
        }
    }
    if let Some(offer) = offered.iter().find(|offer| offer.kind != "public-key") {
        notes.say(format!("pubKeyCredParams: unknown type {:?}", offer.kind));
    }
}

fn descriptors(notes: &mut Notes, list: &str, descriptors: &[CredentialDescriptor]) {
    let known = ["usb", "nfc", "ble", "smart-card", "hybrid", "internal"];
    for (at, descriptor) in descriptors.iter().enumerate() {
        if let Err(error) = base64url::decoded_len(&descriptor.id) {
            notes.say(format!("{list}[{at}].id: {error}"));
        }
        if descriptor.kind != "public-key" {
            notes.say(format!("{list}[{at}]: unknown type {:?}", descriptor.kind));
        }
        for transport in &descriptor.transports {
            notes.word(list, Some(transport), &known);
        }
    }
}
