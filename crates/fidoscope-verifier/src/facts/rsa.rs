//! RSA public keys: what makes one, what can be verified with, and what is worth a remark.

use aws_lc_rs::signature::RsaParameters;
use x509_parser::prelude::FromDer as _;
use x509_parser::public_key::RSAPublicKey;

/// Longest exponent that the backend works with, in bits.
const MAX_EXPONENT: usize = 33;

/// Modulus and exponent of an `RSAPublicKey` in DER (RFC 8017 §A.1.1), without leading zeros.
pub(crate) fn parts(der: &[u8]) -> Option<(&[u8], &[u8])> {
    let ([], key) = RSAPublicKey::from_der(der).ok()? else {
        return None;
    };
    Some((significant(key.modulus), significant(key.exponent)))
}

/// A number's bytes without leading zeros.
pub(crate) fn significant(bytes: &[u8]) -> &[u8] {
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    bytes.get(zeros..).unwrap_or_default()
}

/// Length of a number in bits.
pub(crate) fn bits(bytes: &[u8]) -> usize {
    let bytes = significant(bytes);
    let unused = bytes.first().map_or(0, |first| first.leading_zeros());
    (bytes.len() * 8).saturating_sub(usize::try_from(unused).unwrap_or(0))
}

/// What keeps two numbers from being the modulus and the exponent of an RSA public key: wanted, and
/// found. The modulus is a product of odd primes, and the exponent a number from 3 to below it that
/// has no factor in common with an even one (RFC 8017 §3.1). The rest takes the primes to see.
pub(crate) fn fault(n: &[u8], e: &[u8]) -> Option<(&'static str, String)> {
    let (n, e) = (significant(n), significant(e));
    if n.is_empty() {
        return Some(("a modulus", "a modulus of 0".to_owned()));
    }
    if is_even(n) {
        return Some(("an odd modulus", "an even modulus".to_owned()));
    }
    if is_even(e) || bits(e) < 2 {
        let found = match e {
            [1] => "an exponent of 1",
            [] => "an exponent of 0",
            _ => "an even exponent",
        };
        return Some(("an odd exponent of at least 3", found.to_owned()));
    }
    if (e.len(), e) >= (n.len(), n) {
        let found = format!("an exponent of {} bits, a modulus of {}", bits(e), bits(n));
        return Some(("an exponent below the modulus", found));
    }
    None
}

/// Why the backend does not verify with a key; it gives no reason itself.
pub(crate) fn check(n: &[u8], e: &[u8], with: &RsaParameters) -> Result<(), String> {
    let length = bits(n);
    let range = with.min_modulus_len()..=with.max_modulus_len();
    if !u32::try_from(length).is_ok_and(|length| range.contains(&length)) {
        let (least, most) = range.into_inner();
        return Err(format!(
            "an RSA key of {length} bits; {least} to {most} are supported"
        ));
    }
    if bits(e) > MAX_EXPONENT {
        let found = bits(e);
        return Err(format!(
            "an RSA key with an exponent of {found} bits; {MAX_EXPONENT} are supported"
        ));
    }
    Ok(())
}

/// What is wrong with a key by the lint `cose.rsa`: wanted, and found.
pub(crate) fn remark(n: &[u8], e: &[u8]) -> Option<(&'static str, String)> {
    if n.first() == Some(&0) || e.first() == Some(&0) {
        return Some(("n and e without leading zeros", "a leading zero".to_owned()));
    }
    if bits(n) < 2048 {
        return Some((
            "a modulus of at least 2048 bits",
            format!("{} bits", bits(n)),
        ));
    }
    None
}

fn is_even(number: &[u8]) -> bool {
    number.last().is_none_or(|byte| byte % 2 == 0)
}
