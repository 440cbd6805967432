//! Android key attestation (`WebAuthn L3 §8.4`). The certificate is about the credential key
//! itself, and its extension says what the keystore guarantees.

use fidoscope_recording::AndroidKeyPolicy;
use fidoscope_webauthn::KeyDescription;
use fidoscope_webauthn::key_description::AuthorizationList;

use super::packed::Syntax;
use super::{Attestation, Statement, judge_signature};
use crate::facts::certificate::{self, Certificate};
use crate::facts::cose;
use crate::facts::signature;
use crate::verdict::judge::Judge;
use crate::verdict::registry as step;

/// `KM_ORIGIN_GENERATED`.
const GENERATED: i64 = 0;
/// `KM_PURPOSE_SIGN`.
const SIGN: i64 = 2;

pub(super) fn judge<'s>(judge: &mut Judge, statement: &Statement<'s>) -> Option<Attestation<'s>> {
    let syntax = match Syntax::read(statement.value) {
        Ok(syntax) => syntax,
        Err((expected, found)) => {
            judge.fail(&step::ATT_ANDROID_KEY_SYNTAX, expected, found);
            return None;
        }
    };
    let Some(leaf) = syntax.certificates.first() else {
        let expected = "x5c, an array of certificates";
        judge.fail(&step::ATT_ANDROID_KEY_SYNTAX, expected, "missing");
        return None;
    };
    judge.pass(&step::ATT_ANDROID_KEY_SYNTAX);
    keys(judge, leaf, &syntax, statement);
    key_description(judge, leaf, statement);
    Some(Attestation::Certified(syntax.certificates))
}

/// The certificate's key has signed, and it is the credential's.
fn keys(judge: &mut Judge, leaf: &Certificate<'_>, syntax: &Syntax<'_>, statement: &Statement<'_>) {
    let Some(key) = leaf.key() else {
        let note = "the certificate's key is of an unsupported kind";
        judge.open(&step::ATT_ANDROID_KEY_SIG, note);
        return judge.open(&step::ATT_ANDROID_KEY_PUB_KEY, note);
    };
    judge_signature(
        judge,
        &step::ATT_ANDROID_KEY_SIG,
        syntax.algorithm,
        &key,
        &statement.signed_bytes(),
        syntax.signature,
    );
    match statement.attested.key.as_ref().and_then(cose::public_key) {
        Some(credential) if signature::same_key(&key, &credential) => {
            judge.pass(&step::ATT_ANDROID_KEY_PUB_KEY);
        }
        Some(_) => {
            let found = format!("another {}", signature::describe(&key));
            judge.fail(&step::ATT_ANDROID_KEY_PUB_KEY, "the credential key", found);
        }
        None => judge.skip(
            &step::ATT_ANDROID_KEY_PUB_KEY,
            "the credential key is not usable",
        ),
    }
}

/// `WebAuthn L3 §8.4.1`.
fn key_description(judge: &mut Judge, leaf: &Certificate<'_>, statement: &Statement<'_>) {
    let expected = "a key description in the certificate";
    let Some(extension) = leaf.extension(certificate::KEY_DESCRIPTION) else {
        judge.fail(&step::ATT_ANDROID_KEY_KD, expected, "no such extension");
        return without_description(judge);
    };
    let description = match KeyDescription::decode(extension.value) {
        Ok(description) => description,
        Err(error) => {
            judge.fail(&step::ATT_ANDROID_KEY_KD, expected, error.to_string());
            return without_description(judge);
        }
    };
    form(judge, &description);
    challenge(judge, &description, statement);
    all_applications(judge, &description);
    let policy = statement.policy.android_key.unwrap_or_default();
    origin(judge, &description, policy);
    purpose(judge, &description, policy);
}

fn without_description(judge: &mut Judge) {
    for step in [
        &step::ATT_ANDROID_KEY_CHALLENGE,
        &step::ATT_ANDROID_KEY_ALL_APPS,
        &step::ATT_ANDROID_KEY_ORIGIN,
        &step::ATT_ANDROID_KEY_PURPOSE,
    ] {
        judge.skip(step, "att.android-key.kd failed");
    }
}

/// A tag that no keystore writes, or tags out of order, are a sign of a list made to confuse
/// readers; the standard does not forbid them.
fn form(judge: &mut Judge, description: &KeyDescription<'_>) {
    for (name, list) in lists(description) {
        let odd = match (list.unknown(), list.misplaced()) {
            (Some(entry), _) => Some((entry, "unknown")),
            (None, Some(entry)) => Some((entry, "out of order")),
            (None, None) => None,
        };
        if let Some((entry, what)) = odd {
            let expected = "known authorizations in ascending order";
            let found = format!(
                "[{}] at offset {} of {name}: {what}",
                entry.tag, entry.offset
            );
            return judge.lint(&step::ATT_ANDROID_KEY_KD, expected, found);
        }
    }
    let found = format!(
        "version {}, attested by: {}",
        description.attestation_version, description.attestation_security_level
    );
    judge.pass_with(&step::ATT_ANDROID_KEY_KD, found);
}

fn lists<'d, 'a>(
    description: &'d KeyDescription<'a>,
) -> [(&'static str, &'d AuthorizationList<'a>); 2] {
    [
        ("softwareEnforced", &description.software),
        ("teeEnforced", &description.tee),
    ]
}

/// The lists that count for the relying party, and what to call them.
fn counting<'d, 'a>(
    description: &'d KeyDescription<'a>,
    policy: AndroidKeyPolicy,
) -> (&'static str, Vec<&'d AuthorizationList<'a>>) {
    match policy {
        AndroidKeyPolicy::Tee => ("teeEnforced", vec![&description.tee]),
        AndroidKeyPolicy::Union => (
            "teeEnforced or softwareEnforced",
            vec![&description.tee, &description.software],
        ),
    }
}

fn challenge(judge: &mut Judge, description: &KeyDescription<'_>, statement: &Statement<'_>) {
    let hash = statement.client_data_hash;
    if description.challenge == hash {
        judge.pass(&step::ATT_ANDROID_KEY_CHALLENGE);
    } else {
        let expected = format!("{}, the hash of the client data", hex::encode(hash));
        let shown = description.challenge.get(..32);
        let found = match shown.filter(|_| description.challenge.len() == 32) {
            Some(bytes) => hex::encode(bytes),
            None => format!("{} bytes", description.challenge.len()),
        };
        judge.fail(&step::ATT_ANDROID_KEY_CHALLENGE, expected, found);
    }
}

/// A key that every application may use is not bound to the RP ID, whichever list says so.
fn all_applications(judge: &mut Judge, description: &KeyDescription<'_>) {
    let said = lists(description)
        .into_iter()
        .find(|(_, list)| list.has_all_applications());
    match said {
        None => judge.pass(&step::ATT_ANDROID_KEY_ALL_APPS),
        Some((name, _)) => {
            let found = format!("allApplications [600] in {name}");
            judge.fail(
                &step::ATT_ANDROID_KEY_ALL_APPS,
                "no allApplications [600] in either list",
                found,
            );
        }
    }
}

fn origin(judge: &mut Judge, description: &KeyDescription<'_>, policy: AndroidKeyPolicy) {
    let (name, lists) = counting(description, policy);
    let origins: Vec<i64> = lists.iter().filter_map(|list| list.origin()).collect();
    if !origins.is_empty() && origins.iter().all(|origin| *origin == GENERATED) {
        return judge.pass(&step::ATT_ANDROID_KEY_ORIGIN);
    }
    let found = match origins.iter().find(|origin| **origin != GENERATED) {
        Some(1) => "DERIVED (1)".to_owned(),
        Some(2) => "IMPORTED (2)".to_owned(),
        Some(3) => "UNKNOWN (3)".to_owned(),
        Some(4) => "SECURELY_IMPORTED (4)".to_owned(),
        Some(other) => other.to_string(),
        None if description.software.origin().is_some() => "only in softwareEnforced".to_owned(),
        None => "no origin".to_owned(),
    };
    let expected = format!("origin [702] GENERATED (0) in {name}");
    judge.fail(&step::ATT_ANDROID_KEY_ORIGIN, expected, found);
}

/// The text wants the purpose to *be* SIGN, and keystores may list others beside it: containing it
/// is enough, being nothing else is a strict rule.
fn purpose(judge: &mut Judge, description: &KeyDescription<'_>, policy: AndroidKeyPolicy) {
    let (name, lists) = counting(description, policy);
    let said: Vec<&[i64]> = lists.iter().filter_map(|list| list.purposes()).collect();
    let purposes: Vec<i64> = said.concat();
    let found = if said.is_empty() {
        "no purpose".to_owned()
    } else {
        format!("{purposes:?}")
    };
    if !purposes.contains(&SIGN) {
        let expected = format!("purpose [1] with SIGN (2) in {name}");
        judge.fail(&step::ATT_ANDROID_KEY_PURPOSE, expected, found);
    } else if purposes.iter().any(|purpose| *purpose != SIGN) {
        judge.lint(&step::ATT_ANDROID_KEY_PURPOSE, "SIGN (2) only", found);
    } else {
        judge.pass(&step::ATT_ANDROID_KEY_PURPOSE);
    }
}
