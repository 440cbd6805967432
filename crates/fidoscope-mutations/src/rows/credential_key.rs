//! Group E: the credential public key.

use crate::ceremony::{Ceremony, Unfit};
use crate::parts::{Entries, Items, Keyed};
use crate::pki;
use ciborium::Value;
use fidoscope_authenticator::{Algorithm, TestKey};
use fidoscope_recording::CredentialParameter;

/// The prime of P-256, and a number above it.
const ABOVE_P: [u8; 32] = [0xff; 32];

rows! {
    "co-01" { "" => |c| c.attested()?.key = vec![0x80] }
    "co-02" { "" => |c| es256(c, |key| key.drop_key(1))? }
    "co-03" { "" => |c| es256(c, |key| key.drop_key(3))? }
    "co-04" { "" => |c| es256(c, |key| key.drop_key(-2))? }
    "co-05" { "" => |c| es256(c, |key| key.set(1, 3))? }
    "co-06" { "" => |c| es256(c, |key| key.set(1, 1))? }
    "co-07" { "" => |c| es256(c, |key| key.set(-1, 2))? }
    "co-08" { "" => |c| c.key_map(|key| key.set(-1, 1))? }
    "co-09" { "" => |c| es256(c, |key| key.set(-1, 8))? }
    "co-10" { "" => |c| c.key_map(|key| key.set(-1, 7))? }
    "co-11" { "" => |c| es256(c, |key| key.set(-3, true))? }
    "co-12" { "" => |c| {
        c.needs_no_attestation()?;
        es256(c, |key| {
            key.set(3, -9);
            key.set(-3, true);
        })?;
        offer(c, &[-9]);
    } }
    "co-13" { "" => |c| es256(c, |key| if let Some(x) = key.bytes_mut(-2) {
        x.remove(0);
    })? }
    "co-14" { "" => |c| es256(c, |key| if let Some(x) = key.bytes_mut(-2) {
        x.insert(0, 0);
    })? }
    "co-15" { "" => |c| es256(c, |key| if let Some(last) = key.bytes_mut(-3).and_then(|y| y.last_mut()) {
        *last = last.wrapping_add(1);
    })? }
    "co-16" { "" => |c| es256(c, |key| key.set(-2, Value::Bytes(ABOVE_P.to_vec())))? }
    "co-17" { "" => |c| es256(c, |key| {
        key.set(-2, Value::Bytes(vec![0; 32]));
        key.set(-3, Value::Bytes(vec![0; 32]));
    })? }
    // No point has the y coordinate 2.
    "co-18" { "" => |c| c.key_map(|key| key.set(-2, Value::Bytes(little_endian(2))))? }
    // The point with the y coordinate 1 is of order 1.
    "co-19" { "" => |c| {
        c.key_map(|key| key.set(-2, Value::Bytes(little_endian(1))))?;
        c.sign()?;
    } }
    "co-20" { "" => |c| es256(c, |key| key.insert(2, (Value::from(2), Value::Bytes(b"kid".to_vec()))))? }
    "co-21" { "" => |c| es256(c, |key| key.insert(2, (Value::from(4), Value::Array(vec![Value::from(2)]))))? }
    "co-22" { "" => |c| es256(c, |key| key.set(-4, Value::Bytes(vec![1; 32])))? }
    "co-23" { "" => |c| es256(c, |key| key.reverse())? }
    "co-24" { "" => |c| items(c, |items| if let Some((_, value)) = items.iter_mut().find(|(key, _)| key == &[3]) {
        *value = vec![0x39, 0x00, 0x06];
    })? }
    "co-25" { "" => |c| {
        c.needs_algorithm(-7)?;
        let key = &mut c.attested()?.key;
        if let Some(first) = key.first_mut() {
            *first = 0xbf;
        }
        key.push(0xff);
    } }
    "co-26" { "" => |c| items(c, |items| if let Some(at) = items.iter().position(|(key, _)| key == &[0x21]) {
        let twice = items.get(at).cloned();
        items.splice(at..at, twice);
    })? }
    // What is tagged is of another type than the key type asks for.
    "co-27" { "" => |c| items(c, |items| if let Some((_, x)) = items.iter_mut().find(|(key, _)| key == &[0x21]) {
        x.insert(0, 0xc1);
    })? }
    "co-28" { "" => |c| {
        let short = TestKey::derive_short_rsa(Algorithm::Rs256, &pki::seed(), "short");
        let (n, _) = short.rsa_parts().unwrap_or_default();
        c.key_map(|key| key.set(-1, Value::Bytes(n)))?;
        c.sign()?;
    } }
    "co-29" {
        "one" => |c| {
            c.key_map(|key| key.set(-2, Value::Bytes(vec![1])))?;
            c.sign()?;
        },
        "even" => |c| {
            c.key_map(|key| key.set(-2, Value::Bytes(vec![1, 0, 0])))?;
            c.sign()?;
        },
    }
    "co-30" { "" => |c| {
        c.needs_algorithm(-7)?;
        offer(c, &[-257]);
    } }
    "co-31" { "" => |c| {
        c.needs_algorithm(-7)?;
        offer(c, &[-9]);
    } }
    "co-32" { "" => |c| c.key_map(|key| key.set(3, -7))? }
    "co-33" {
        "common" => |c| es256(c, |key| key.set(100, 1))?,
        "private-use" => |c| es256(c, |key| key.set(-70_000, 1))?,
        "65-bits" => |c| es256(c, |key| key.set(u64::MAX, 1))?,
    }
    "co-34" {
        "private-use" => |c| rsa(c, |key| key.set(-70_000, 1))?,
        "after-the-last" => |c| rsa(c, |key| key.set(-13, Value::Bytes(vec![1; 32])))?,
    }
    "co-35" { "" => |c| {
        c.key_map(|key| key.set(-3, Value::Bytes(vec![1; 32])))?;
        c.sign()?;
    } }
    "co-36" {
        "d" => |c| rsa(c, |key| key.set(-3, Value::Bytes(vec![1; 256])))?,
        "t_i" => |c| rsa(c, |key| key.set(-12, Value::Bytes(vec![1; 128])))?,
    }
    "co-37" {
        "of-no-bytes" => |c| rsa(c, |key| key.set(-1, Value::Bytes(Vec::new())))?,
        "even" => |c| rsa(c, |key| if let Some(last) = key.bytes_mut(-1).and_then(|n| n.last_mut()) {
            *last &= 0xfe;
        })?,
        "below-the-exponent" => |c| rsa(c, |key| key.set(-2, Value::Bytes(vec![0xff; 257])))?,
    }
}

/// A small number as the coordinate of an Edwards curve.
fn little_endian(number: u8) -> Vec<u8> {
    let mut bytes = vec![0; 32];
    if let Some(first) = bytes.first_mut() {
        *first = number;
    }
    bytes
}

/// Changes an ES256 key.
fn es256(c: &mut Ceremony, change: impl FnOnce(&mut Entries)) -> Result<(), Unfit> {
    c.needs_algorithm(-7)?;
    c.key_map(change)
}

/// Changes an RSA key, and signs again what is signed.
fn rsa(c: &mut Ceremony, change: impl FnOnce(&mut Entries)) -> Result<(), Unfit> {
    c.needs_algorithm(-257)?;
    c.key_map(change)?;
    c.sign()
}

/// Changes an ES256 key in its encoded form.
fn items(c: &mut Ceremony, change: impl FnOnce(&mut Items)) -> Result<(), Unfit> {
    c.needs_algorithm(-7)?;
    c.key_items(change)
}

/// Offers these algorithms only.
pub(super) fn offer(c: &mut Ceremony, algorithms: &[i64]) {
    let parameter = |alg: &i64| CredentialParameter {
        kind: "public-key".to_owned(),
        alg: *alg,
    };
    c.recording.options.pub_key_cred_params = Some(algorithms.iter().map(parameter).collect());
}
