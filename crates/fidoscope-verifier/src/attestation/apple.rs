//! Apple anonymous attestation (`WebAuthn L3 §8.8`). There is no signature beside the certificate's
//! own: a nonce in it binds the certificate to this ceremony.

use aws_lc_rs::digest::{SHA256, digest};
use fidoscope_webauthn::cbor::Value;
use fidoscope_webauthn::der::{Class, Elements, tag};

use super::{Attestation, Statement, packed};
use crate::facts::certificate::Certificate;
use crate::facts::cose;
use crate::facts::signature;
use crate::verdict::judge::Judge;
use crate::verdict::registry as step;

/// 1.2.840.113635.100.8.2 as in DER, without tag and length.
const NONCE: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x63, 0x64, 8, 2];

pub(super) fn judge<'s>(judge: &mut Judge, statement: &Statement<'s>) -> Option<Attestation<'s>> {
    let certificates = match certificates(statement.value) {
        Ok(certificates) => certificates,
        Err((expected, found)) => {
            judge.fail(&step::ATT_APPLE_SYNTAX, expected, found);
            return None;
        }
    };
    judge.pass(&step::ATT_APPLE_SYNTAX);
    let leaf = certificates.first()?;
    match nonce(leaf) {
        Ok(found) => {
            let expected = digest(&SHA256, &statement.signed_bytes());
            if found == expected.as_ref() {
                judge.pass(&step::ATT_APPLE_NONCE);
            } else {
                judge.fail(
                    &step::ATT_APPLE_NONCE,
                    hex::encode(expected.as_ref()),
                    hex::encode(found),
                );
            }
        }
        Err(found) => {
            let expected = "a nonce, SEQUENCE { [1] { OCTET STRING } }";
            judge.fail(&step::ATT_APPLE_NONCE, expected, found);
        }
    }
    public_key(judge, leaf, statement);
    Some(Attestation::Certified(certificates))
}

fn certificates<'s>(value: &'s Value<'s>) -> Result<Vec<Certificate<'s>>, (&'static str, String)> {
    if value.as_map().is_none() {
        return Err(("a map", value.kind().to_owned()));
    }
    match value.member("x5c") {
        Some(list) => packed::certificates(list),
        None => Err(("x5c, an array of certificates", "missing".to_owned())),
    }
}

fn nonce<'c>(leaf: &'c Certificate<'_>) -> Result<&'c [u8], String> {
    let extension = leaf
        .extension(NONCE)
        .ok_or("no extension 1.2.840.113635.100.8.2")?;
    let mut elements = Elements::new(extension.value);
    let mut path = "the extension".to_owned();
    for (name, is_wanted) in [("SEQUENCE", None), ("[1]", Some(1))] {
        let found = elements.read().map_err(|error| error.to_string())?;
        let found = found.ok_or_else(|| format!("nothing in {path}"))?;
        let fits = match is_wanted {
            None => found.is(tag::SEQUENCE),
            Some(number) => found.class == Class::Context && found.number == number,
        };
        if !fits {
            return Err(format!("{} in {path}", found.kind()));
        }
        elements = found.elements();
        path = name.to_owned();
    }
    let found = elements.read().map_err(|error| error.to_string())?;
    match found {
        Some(octets) if octets.is(tag::OCTET_STRING) => Ok(octets.contents),
        Some(other) => Err(format!("{} in {path}", other.kind())),
        None => Err(format!("nothing in {path}")),
    }
}

/// The certificate is about the credential key.
fn public_key(judge: &mut Judge, leaf: &Certificate<'_>, statement: &Statement<'_>) {
    let key = statement.attested.key.as_ref().and_then(cose::public_key);
    match (leaf.key(), key) {
        (_, None) => judge.skip(&step::ATT_APPLE_PUB_KEY, "the credential key is not usable"),
        (None, _) => {
            let note = "the certificate's key is of an unsupported kind";
            judge.open(&step::ATT_APPLE_PUB_KEY, note);
        }
        (Some(found), Some(wanted)) if signature::same_key(&found, &wanted) => {
            judge.pass(&step::ATT_APPLE_PUB_KEY);
        }
        (Some(found), Some(wanted)) => {
            let expected = format!("the credential's {}", signature::describe(&wanted));
            let found = format!("another {}", signature::describe(&found));
            judge.fail(&step::ATT_APPLE_PUB_KEY, expected, found);
        }
    }
}
