//! Group K: assertions.

use super::authenticator_data::unsorted_outputs;
use super::order::unsolicited;
use crate::base::{ORIGIN, TOP_ORIGIN, challenge};
use crate::ceremony::{Ceremony, Unfit};
use crate::parts::{AT, BE, BS, ED, UP, UV};
use crate::pki;
use ciborium::Value;
use fidoscope_authenticator::{Algorithm, cbor, sha256};
use fidoscope_recording::{BackupPolicy, CredentialDescriptor};
use fidoscope_webauthn::base64url;
use num_bigint::BigUint;
use serde_json::json;

const APP_ID: &str = "https://example.org/app-id.json";

rows! {
    "as-01" { "" => |c| c.recording.options.allow_credentials = vec![CredentialDescriptor {
        id: base64url::encode(b"another credential of the user"),
        kind: "public-key".to_owned(),
        transports: Vec::new(),
    }] }
    "as-02" { "" => |c| c.recording.options.allow_credentials.clear() }
    "as-03" { "" => |c| account(c, true, Some("another user"))? }
    "as-04" { "" => |c| {
        account(c, true, None)?;
        c.members()?.user_handle = base64url::encode(b"another user").into();
    } }
    "as-05" { "" => |c| {
        account(c, false, None)?;
        c.members()?.user_handle = fidoscope_recording::Member::Missing;
    } }
    "as-06" { "" => |c| {
        account(c, false, None)?;
        c.members()?.user_handle = base64url::encode(b"another user").into();
    } }
    "as-07" { "" => |c| signed(c, |c| { c.client = b"not json".to_vec(); Ok(()) })? }
    "as-08" { "" => |c| signed(c, |c| c.client(|members| members.set("type", "webauthn.create")))? }
    "as-09" {
        "missing" => |c| signed(c, |c| c.client(|members| members.remove("type")))?,
        "number" => |c| signed(c, |c| c.client(|members| members.set("type", 7)))?,
        "empty" => |c| signed(c, |c| c.client(|members| members.set("type", "")))?,
    }
    "as-10" {
        "missing" => |c| signed(c, |c| c.client(|members| members.remove("challenge")))?,
        "number" => |c| signed(c, |c| c.client(|members| members.set("challenge", 7)))?,
        "empty" => |c| signed(c, |c| c.client(|members| members.set("challenge", "")))?,
        "hex" => |c| signed(c, |c| {
            let bytes = base64url::decode(&c.recording.options.challenge).unwrap_or_default();
            let text: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            c.client(|members| members.set("challenge", text))
        })?,
        "padded" => |c| signed(c, |c| {
            let padded = format!("{}=", c.recording.options.challenge);
            c.client(|members| members.set("challenge", padded))
        })?,
    }
    "as-11" { "" => |c| signed(c, |c| c.client(|members| members.set("challenge", challenge("V2"))))? }
    "as-12" {
        "missing" => |c| signed(c, |c| c.client(|members| members.remove("origin")))?,
        "number" => |c| signed(c, |c| c.client(|members| members.set("origin", 443)))?,
        "empty" => |c| signed(c, |c| c.client(|members| members.set("origin", "")))?,
        "http" => |c| signed(c, |c| c.client(|members| members.set("origin", ORIGIN.replace("https", "http"))))?,
        "suffix" => |c| signed(c, |c| c.client(|members| members.set("origin", format!("{ORIGIN}.evil.test"))))?,
    }
    "as-13" { "" => |c| signed(c, |c| {
        c.recording.rp.allow_cross_origin = false;
        c.client(|members| {
            members.set("crossOrigin", true);
            members.remove("topOrigin");
        })
    })? }
    "as-14" { "" => |c| signed(c, |c| {
        c.recording.rp.allow_cross_origin = true;
        c.recording.rp.top_origins = vec![TOP_ORIGIN.to_owned()];
        c.client(|members| {
            members.set("crossOrigin", true);
            members.set("topOrigin", "https://evil.test");
        })
    })? }
    "as-15" { "" => |c| signed(c, |c| {
        let binding = json!({"id": "dG9rZW4", "status": "present"});
        c.client(|members| members.set("tokenBinding", binding))
    })? }
    "as-16" { "" => |c| signed(c, |c| { c.data_bytes(|bytes| bytes.truncate(36)); Ok(()) })? }
    "as-17" { "" => |c| signed(c, |c| { c.data.rest.push(0); Ok(()) })? }
    "as-18" { "" => |c| signed(c, attested_data)? }
    "as-19" { "" => |c| signed(c, |c| {
        c.data.flags |= ED;
        c.data.rest.clear();
        Ok(())
    })? }
    "as-20" { "" => |c| signed(c, |c| {
        c.data.flags |= ED;
        c.data.rest = cbor(&Value::Map(vec![(Value::from("credProtect"), Value::from(2))]))?;
        Ok(())
    })? }
    "as-21" { "" => |c| signed(c, |c| {
        if let Some(first) = c.data.rp_id_hash.first_mut() {
            *first ^= 1;
        }
        Ok(())
    })? }
    "as-22" { "" => |c| signed(c, |c| { c.data.rp_id_hash = sha256(APP_ID.as_bytes()).to_vec(); Ok(()) })? }
    "as-23" { "" => |c| signed(c, |c| {
        c.data.rp_id_hash = sha256(APP_ID.as_bytes()).to_vec();
        app_id(c)
    })? }
    "as-24" { "" => |c| signed(c, app_id)? }
    "as-25" { "" => |c| signed(c, |c| { c.data.flags &= !UP; Ok(()) })? }
    "as-26" { "" => |c| signed(c, |c| {
        c.data.flags &= !UV;
        c.recording.options.user_verification = Some("required".to_owned());
        Ok(())
    })? }
    "as-27" {
        "preferred" => |c| signed(c, |c| without_uv(c, "preferred"))?,
        "discouraged" => |c| signed(c, |c| without_uv(c, "discouraged"))?,
    }
    "as-28" { "" => |c| signed(c, |c| { c.data.flags = c.data.flags & !BE | BS; Ok(()) })? }
    "as-29" {
        "cleared" => |c| signed(c, |c| {
            keep_eligibility(c);
            other_eligibility(c, true)
        })?,
        "set" => |c| signed(c, |c| {
            keep_eligibility(c);
            other_eligibility(c, false)
        })?,
    }
    "as-30" { "" => |c| signed(c, |c| other_eligibility(c, true))? }
    "as-31" { "" => |c| if let Some(last) = c.signature.last_mut() {
        *last ^= 1;
    } }
    "as-32" { "" => |c| {
        c.needs_algorithm(-7)?;
        c.signature = pki::unrelated_key().sign_der(&c.signed_bytes());
    } }
    "as-33" { "" => |c| {
        let client = c.client.clone();
        c.client(|members| members.set("note", "what was signed"))?;
        c.sign()?;
        c.client = client;
    } }
    "as-34" { "" => |c| c.data.sign_count = c.data.sign_count.wrapping_add(1) }
    "as-35" { "" => |c| {
        c.needs_algorithm(-7)?;
        c.signature = c.key()?.sign_fixed(&c.signed_bytes());
    } }
    "as-36" {
        "r-zero" => |c| of_numbers(c, &[0], &[1])?,
        "s-zero" => |c| of_numbers(c, &[1], &[0])?,
        "r-order" => |c| of_numbers(c, &P256_ORDER, &[1])?,
        "s-order" => |c| of_numbers(c, &[1], &P256_ORDER)?,
    }
    "as-37" { "" => |c| {
        c.needs_algorithm(-7)?;
        let fixed = c.key()?.sign_fixed(&c.signed_bytes());
        c.signature = high_s(&fixed)?;
    } }
    "as-38" { "" => |c| c.signature = signed_as(c, Algorithm::Ps256)? }
    "as-39" { "" => |c| {
        // A counter with which the signature begins with a zero comes once in 256.
        c.data.sign_count = STRIPPED_COUNTER;
        while c.data.sign_count < STRIPPED_COUNTER + 2000 {
            c.sign()?;
            if c.signature.first() == Some(&0) {
                break;
            }
            c.data.sign_count += 1;
        }
        c.signature.remove(0);
    } }
    "as-40" { "" => |c| {
        c.sign()?;
        add_order(c.signature.get_mut(32..).unwrap_or_default());
    } }
    "as-41" { "" => |c| c.signature = signed_as(c, Algorithm::Es256)? }
    "as-42" { "" => |c| {
        c.needs_algorithm(-7)?;
        let record = c.recording.record.as_mut();
        let record = record.ok_or_else(|| Unfit("needs a credential record".to_owned()))?;
        let mut key = base64url::decode(&record.public_key).unwrap_or_default();
        // ES384 is -35, two bytes where ES256 is one.
        if let Some(at) = key.windows(2).position(|pair| pair == [0x03, 0x26]) {
            key.splice(at + 1..at + 2, [0x38, 0x22]);
        }
        record.public_key = base64url::encode(&key);
    } }
    "as-43" { "" => |c| signed(c, |c| counters(c, 7, 7))? }
    "as-44" { "" => |c| signed(c, |c| counters(c, 7, 6))? }
    "as-45" { "" => |c| signed(c, |c| counters(c, 7, 0))? }
    "as-46" { "" => |c| counters(c, 0, 0)? }
    "as-47" { "" => |c| signed(c, |c| counters(c, u32::MAX, 0))? }
    "as-48" { "" => |c| signed(c, |c| {
        c.data.flags = UP;
        if let Some(record) = &mut c.recording.record {
            record.backup_eligible = Some(false);
            record.backup_state = Some(false);
        }
        counters(c, 7, 8)
    })? }
    "as-49" { "" => |c| unsolicited(c)? }
    "as-50" { "" => |c| {
        let asked = [("largeBlob".to_owned(), json!({"read": true}))];
        c.recording.options.extensions = Some(asked.into_iter().collect());
    } }
    "as-51" { "" => |c| signed(c, |c| {
        let entry = (Value::from("credProtect"), Value::from(2));
        c.data.flags |= ED;
        c.data.rest = cbor(&Value::Map(vec![entry.clone(), entry]))?;
        Ok(())
    })? }
    "as-52" { "" => |c| signed(c, |c| {
        c.data.flags |= ED;
        c.data.rest = unsorted_outputs()?;
        Ok(())
    })? }
}

/// The order of P-256, with the zero that keeps it positive.
const P256_ORDER: [u8; 33] = [
    0x00, 0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0xff, 0xbc, 0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25,
    0x51,
];

/// Where the search for a signature that begins with a zero starts.
pub(crate) const STRIPPED_COUNTER: u32 = 122;

/// The order of the base point of Ed25519, little-endian.
const ED25519_ORDER: [u8; 32] = [
    0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14,
    0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x10,
];

/// A signature by the credential key with the hash and the padding of another algorithm.
fn signed_as(c: &Ceremony, algorithm: Algorithm) -> Result<Vec<u8>, Unfit> {
    let signature = c.key()?.sign_as(algorithm, &c.signed_bytes());
    signature.ok_or_else(|| Unfit(format!("needs a key that signs as {}", algorithm.name())))
}

/// The other signature with the same meaning: `s` is its own negative, whichever is higher.
fn high_s(fixed: &[u8]) -> Result<Vec<u8>, Unfit> {
    let order = BigUint::from_bytes_be(&P256_ORDER);
    let (r, s) = fixed.split_at_checked(32).unwrap_or_default();
    let s = BigUint::from_bytes_be(s);
    if s >= order {
        return Err(Unfit("needs an ES256 signature".to_owned()));
    }
    let high = (&order - &s).max(s);
    Ok(integers(&positive(r), &positive(&high.to_bytes_be())))
}

/// A number as DER has it: no zeros before it but the one that keeps it positive.
fn positive(bytes: &[u8]) -> Vec<u8> {
    let digits = bytes.iter().copied().skip_while(|byte| *byte == 0);
    let mut digits: Vec<u8> = digits.collect();
    if digits.first().is_none_or(|first| *first >= 0x80) {
        digits.insert(0, 0);
    }
    digits
}

/// Adds the order of Ed25519 to a little-endian number.
fn add_order(number: &mut [u8]) {
    let sum = BigUint::from_bytes_le(number) + BigUint::from_bytes_le(&ED25519_ORDER);
    for (byte, value) in number.iter_mut().zip(sum.to_bytes_le()) {
        *byte = value;
    }
}

/// Changes what is signed, and signs it.
fn signed(
    c: &mut Ceremony,
    change: impl FnOnce(&mut Ceremony) -> Result<(), Unfit>,
) -> Result<(), Unfit> {
    change(c)?;
    c.sign()
}

/// Who signs in: an account known before or not, and who owns the record.
fn account(c: &mut Ceremony, known: bool, owner: Option<&str>) -> Result<(), Unfit> {
    let user = c.recording.user.get_or_insert_default();
    user.known = Some(known);
    if !known {
        user.handle = None;
    }
    let record = c.recording.record.as_mut();
    let record = record.ok_or_else(|| Unfit("needs a credential record".to_owned()))?;
    if let Some(owner) = owner {
        record.user_handle = Some(base64url::encode(owner.as_bytes()));
    }
    match record.user_handle {
        Some(_) => Ok(()),
        None => Err(Unfit("needs the owner of the credential record".to_owned())),
    }
}

/// Attested credential data of the same key, as in a registration.
fn attested_data(c: &mut Ceremony) -> Result<(), Unfit> {
    let record = c.recording.record.as_ref();
    let record = record.ok_or_else(|| Unfit("needs a credential record".to_owned()))?;
    let id = base64url::decode(&record.id).unwrap_or_default();
    let key = base64url::decode(&record.public_key).unwrap_or_default();
    let length = u16::try_from(id.len()).unwrap_or(u16::MAX).to_be_bytes();
    c.data.flags |= AT;
    c.data.rest = [&[0xee; 16], length.as_slice(), &id, &key].concat();
    Ok(())
}

/// The appid extension was asked for and, as the client says, used.
fn app_id(c: &mut Ceremony) -> Result<(), Unfit> {
    c.recording.rp.appid = Some(APP_ID.to_owned());
    let asked = [("appid".to_owned(), json!(APP_ID))];
    c.recording.options.extensions = Some(asked.into_iter().collect());
    let credential = c.recording.response.credential_mut();
    let credential = credential.ok_or_else(|| Unfit("needs a response".to_owned()))?;
    credential.client_extension_results = Some(json!({"appid": true}));
    Ok(())
}

fn without_uv(c: &mut Ceremony, asked: &str) -> Result<(), Unfit> {
    c.data.flags &= !UV;
    c.recording.options.user_verification = Some(asked.to_owned());
    Ok(())
}

fn keep_eligibility(c: &mut Ceremony) {
    c.recording.policy.backup = Some(BackupPolicy {
        unchanged: Some(true),
        ..BackupPolicy::default()
    });
}

/// Another BE than the record's: from `before` to its opposite.
fn other_eligibility(c: &mut Ceremony, before: bool) -> Result<(), Unfit> {
    let record = c.recording.record.as_mut();
    let record = record.ok_or_else(|| Unfit("needs a credential record".to_owned()))?;
    record.backup_eligible = Some(before);
    c.data.flags &= !(BE | BS);
    if !before {
        c.data.flags |= BE;
    }
    Ok(())
}

fn counters(c: &mut Ceremony, stored: u32, sent: u32) -> Result<(), Unfit> {
    let record = c.recording.record.as_mut();
    let record = record.ok_or_else(|| Unfit("needs a credential record".to_owned()))?;
    record.sign_count = Some(stored);
    c.data.sign_count = sent;
    Ok(())
}

/// Replaces an ES256 signature by one of these numbers.
fn of_numbers(c: &mut Ceremony, r: &[u8], s: &[u8]) -> Result<(), Unfit> {
    c.needs_algorithm(-7)?;
    c.signature = integers(r, s);
    Ok(())
}

/// A DER `Ecdsa-Sig-Value` of two numbers.
fn integers(r: &[u8], s: &[u8]) -> Vec<u8> {
    let short = |bytes: &[u8]| u8::try_from(bytes.len()).unwrap_or(u8::MAX);
    let body = [&[0x02, short(r)], r, &[0x02, short(s)], s].concat();
    [&[0x30, short(&body)], body.as_slice()].concat()
}
