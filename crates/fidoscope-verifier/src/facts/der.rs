//! DER, as strict as signatures need it.

use fidoscope_webauthn::der::element;

/// Strict DER of an `Ecdsa-Sig-Value` with both numbers in `1..order`; high S is allowed
/// (`WebAuthn L3 §6.5.5`, RFC 3279 §2.2.3). Says what is wrong.
pub(crate) fn ecdsa_signature(signature: &[u8], order: &[u8]) -> Result<(), &'static str> {
    let (body, rest) = element(signature, 0x30).ok_or("no DER SEQUENCE")?;
    if !rest.is_empty() {
        return Err("bytes after the SEQUENCE");
    }
    let (r, rest) = element(body, 0x02).ok_or("no DER INTEGER r")?;
    let (s, rest) = element(rest, 0x02).ok_or("no DER INTEGER s")?;
    if !rest.is_empty() {
        return Err("bytes after s");
    }
    scalar(r, order)?;
    scalar(s, order)
}

fn scalar(number: &[u8], order: &[u8]) -> Result<(), &'static str> {
    let digits = match number {
        [] => return Err("an INTEGER without bytes"),
        [first, ..] if *first >= 0x80 => return Err("a negative INTEGER"),
        [0] => return Err("r or s is zero"),
        [0, second, ..] if *second < 0x80 => return Err("a superfluous leading zero"),
        [0, rest @ ..] => rest,
        whole => whole,
    };
    // Both are without leading zeros, so the longer one is the greater one.
    let below = digits
        .len()
        .cmp(&order.len())
        .then_with(|| digits.cmp(order))
        .is_lt();
    if below {
        Ok(())
    } else {
        Err("r or s is not below the order of the curve")
    }
}

/// The DER of an ECDSA signature from its two numbers; `None` when they are longer than any curve's.
pub(crate) fn ecdsa_der(r: &[u8], s: &[u8]) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    for number in [r, s] {
        let zeros = number.iter().take_while(|byte| **byte == 0).count();
        let mut digits = number.get(zeros..)?.to_vec();
        if digits.first().is_none_or(|first| *first >= 0x80) {
            digits.insert(0, 0);
        }
        body.push(0x02);
        body.push(u8::try_from(digits.len()).ok().filter(|l| *l < 0x80)?);
        body.append(&mut digits);
    }
    let mut der = vec![0x30];
    if body.len() >= 0x80 {
        der.push(0x81);
    }
    der.push(u8::try_from(body.len()).ok()?);
    der.append(&mut body);
    Some(der)
}
