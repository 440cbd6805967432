//! Rules for a metadata statement.

use super::{Lint, roots};
use crate::entry::{PNG_CHARACTERISTICS, Statement};
use serde_json::Value;

/// The rule about members of a statement that have none of their own.
const STATEMENT: &str = "mds.entry.statement";

/// Registry of Predefined Values, authentication algorithms.
const ALGORITHMS: [&str; 19] = [
    "secp256r1_ecdsa_sha256_raw",
    "secp256r1_ecdsa_sha256_der",
    "rsassa_pss_sha256_raw",
    "rsassa_pss_sha256_der",
    "secp256k1_ecdsa_sha256_raw",
    "secp256k1_ecdsa_sha256_der",
    "sm2_sm3_raw",
    "rsa_emsa_pkcs1_sha256_raw",
    "rsa_emsa_pkcs1_sha256_der",
    "rsassa_pss_sha384_raw",
    "rsassa_pss_sha512_raw",
    "rsassa_pkcsv15_sha256_raw",
    "rsassa_pkcsv15_sha384_raw",
    "rsassa_pkcsv15_sha512_raw",
    "rsassa_pkcsv15_sha1_raw",
    "secp384r1_ecdsa_sha384_raw",
    "secp521r1_ecdsa_sha512_raw",
    "ed25519_eddsa_sha512_raw",
    "ed448_eddsa_sha512_raw",
];

/// The same, attestation types.
const ATTESTATION_TYPES: [&str; 6] = [
    "basic_full",
    "basic_surrogate",
    "ecdaa",
    "attca",
    "anonca",
    "none",
];

/// The same, key protection.
const KEY_PROTECTION: [&str; 5] = [
    "software",
    "hardware",
    "tee",
    "secure_element",
    "remote_handle",
];

/// The same, hints of how it is attached.
const ATTACHMENT_HINTS: [&str; 9] = [
    "internal",
    "external",
    "wired",
    "wireless",
    "nfc",
    "bluetooth",
    "network",
    "ready",
    "wifi_direct",
];

pub(super) fn judge<'a>(lint: &mut Lint<'a>, at: &str, statement: &'a Statement) {
    if statement.description.is_empty() && !lint.is_unread(&format!("{at}/description")) {
        let message = "no description: the model has no name";
        lint.warning(STATEMENT, at.to_owned(), message);
    }
    version(lint, at, statement);
    words(lint, at, statement);
    verification(lint, at, statement);
    pictures(lint, at, statement);
    multi_device(lint, at, statement);
    roots::judge(lint, at, statement);
}

/// `mds.stmt.version`: the lowest trustworthy firmware is known, and what the device itself says
/// is not below it.
fn version(lint: &mut Lint<'_>, at: &str, statement: &Statement) {
    const RULE: &str = "mds.stmt.version";
    let place = format!("{at}/authenticatorVersion");
    let Some(lowest) = statement.authenticator_version else {
        if !lint.is_unread(&place) && !lint.is_unread(at) {
            lint.error(RULE, at.to_owned(), "no `authenticatorVersion`");
        }
        return;
    };
    let info = statement.get_info.as_ref();
    let firmware = info.and_then(|info| info.get("firmwareVersion"));
    if let Some(firmware) = firmware
        .and_then(Value::as_u64)
        .filter(|firmware| *firmware < lowest)
    {
        let message =
            format!("firmware {firmware} is below the lowest trustworthy version {lowest}");
        lint.warning(
            RULE,
            format!("{at}/authenticatorGetInfo/firmwareVersion"),
            message,
        );
    }
}

/// `mds.stmt.att-types`, `mds.stmt.algs` and the words of other lists.
fn words(lint: &mut Lint<'_>, at: &str, statement: &Statement) {
    let lists: [(_, _, &[String], &[&str]); 3] = [
        (
            "mds.stmt.att-types",
            "attestationTypes",
            &statement.attestation_types,
            &ATTESTATION_TYPES,
        ),
        (
            "mds.stmt.algs",
            "authenticationAlgorithms",
            &statement.authentication_algorithms,
            &ALGORITHMS,
        ),
        (
            "mds.stmt.unknown-fields",
            "keyProtection",
            &statement.key_protection,
            &KEY_PROTECTION,
        ),
    ];
    for (rule, name, words, known) in lists {
        let list = format!("{at}/{name}");
        lint.words(rule, &list, words, known);
        let judged = rule != "mds.stmt.unknown-fields";
        if words.is_empty() && judged && !lint.is_unread(&list) && !lint.is_unread(at) {
            lint.error(rule, at.to_owned(), format!("no `{name}`"));
        }
    }
    let hints = statement.attachment_hints();
    let hints: Vec<String> = hints.map(str::to_owned).collect();
    let list = format!("{at}/attachmentHint");
    lint.words("mds.stmt.unknown-fields", &list, &hints, &ATTACHMENT_HINTS);
}

/// Ways to verify the user: alternatives, each a list of methods that are taken together, and every
/// one of these says which it is.
fn verification(lint: &mut Lint<'_>, at: &str, statement: &Statement) {
    const NAME: &str = "userVerificationDetails";
    let at = format!("{at}/{NAME}");
    let mut say = |at: String, message: &str| lint.warning(STATEMENT, at, message);
    let Some(details) = statement.extra.get(NAME).filter(|value| !value.is_null()) else {
        return;
    };
    let Some(alternatives) = details.as_array() else {
        return say(at, "is no list of alternatives");
    };
    for (index, together) in alternatives.iter().enumerate() {
        let at = format!("{at}/{index}");
        let Some(methods) = together.as_array() else {
            say(at, "is no list of methods that are taken together");
            continue;
        };
        for (index, method) in methods.iter().enumerate() {
            let name = method.get("userVerificationMethod").and_then(Value::as_str);
            if name.is_none_or(str::is_empty) {
                let message = "no `userVerificationMethod`: nothing says how the user is verified";
                say(format!("{at}/{index}"), message);
            }
        }
    }
}

/// Icons and logos are data URLs (RFC 2397), so that nobody learns who looks at them.
fn pictures(lint: &mut Lint<'_>, at: &str, statement: &Statement) {
    for picture in &statement.pictures {
        if picture.media_type.is_none() && picture.member != PNG_CHARACTERISTICS {
            let message = "is no data URL (RFC 2397)";
            lint.warning(STATEMENT, format!("{at}/{}", picture.member), message);
        }
    }
}

/// `mds.stmt.multi-device`: one of three words (MDS 3.1).
fn multi_device(lint: &mut Lint<'_>, at: &str, statement: &Statement) {
    let Some(word) = &statement.multi_device_credential_support else {
        return;
    };
    if !["unsupported", "explicit", "implicit"].contains(&word.as_str()) {
        let word = crate::members::shortened(word);
        lint.note(
            "mds.stmt.multi-device",
            format!("{at}/multiDeviceCredentialSupport"),
            format!("unknown value `{word}`"),
        );
    }
}
