//! What a TPM says about a key (`WebAuthn L3 §8.3`; TPM 2.0 Library Part 2).

use fidoscope_webauthn::tpm::{
    ATTEST_CERTIFY, GENERATED, TpmAttest, TpmKey, TpmProblem, TpmPublic, algorithm,
};

use super::drawing::{Drawing, Window};
use super::names::{tpm_algorithm, tpm_attributes, tpm_curve};
use super::tree::Part;

/// Why bytes are an attestation or the public part of a key, when they are.
pub(super) fn is_cert_info(bytes: &[u8]) -> bool {
    bytes.starts_with(&GENERATED.to_be_bytes())
}

/// Whether bytes are the public part of a key, with nothing left over.
pub(super) fn is_pub_area(bytes: &[u8]) -> bool {
    let public = TpmPublic::decode(bytes);
    public.key.is_some() && public.problem.is_none()
}

/// `certInfo`, a `TPMS_ATTEST`.
pub(super) fn cert_info(window: Window<'_>, drawing: &mut Drawing<'_>) -> Part {
    let attest = TpmAttest::decode(window.bytes());
    let mut part = window.part("certInfo").meaning("TPMS_ATTEST");
    let at = |offset: usize| window.start + offset;
    if let Some(magic) = attest.magic {
        let mut drawn = Part::new("magic")
            .at(at(0), 4)
            .text(format!("0x{magic:08x}"));
        match magic {
            GENERATED => drawn = drawn.meaning("TPM_GENERATED_VALUE"),
            _ => drawn.note("not TPM_GENERATED_VALUE, so not made by a TPM"),
        }
        part.parts.push(drawn);
    }
    if let Some(kind) = attest.kind {
        let mut drawn = Part::new("type").at(at(4), 2).text(format!("0x{kind:04x}"));
        match kind {
            ATTEST_CERTIFY => drawn = drawn.meaning("TPM_ST_ATTEST_CERTIFY"),
            _ => drawn.note("not TPM_ST_ATTEST_CERTIFY"),
        }
        part.parts.push(drawn);
    }
    let mut sized = |name: &'static str, bytes: Option<&[u8]>, meaning: &str| {
        part.parts.extend(bytes.map(|bytes| {
            let drawn = Part::new(name).placed(window.place(bytes)).bytes(bytes);
            drawn.meaning(meaning)
        }));
    };
    sized(
        "qualifiedSigner",
        attest.qualified_signer,
        "name of the signing key",
    );
    sized("extraData", attest.extra_data, "hash of what was attested");
    // The clock follows the extra data.
    let after = attest.extra_data.and_then(|data| window.place(data));
    let clock_at = after.map_or(0, |place| place.offset + place.length);
    if let Some(clock) = attest.clock {
        let mut drawn = Part::new("clockInfo").at(clock_at, 17).text(format!(
            "clock {} ms, {} resets, {} restarts, safe {}",
            clock.clock, clock.reset_count, clock.restart_count, clock.safe
        ));
        if clock.safe > 1 {
            drawn.note("safe is neither 0 nor 1");
        }
        part.parts.push(drawn);
    }
    if let Some(version) = attest.firmware_version {
        let drawn = Part::new("firmwareVersion").at(clock_at + 17, 8);
        part.parts.push(drawn.text(format!("0x{version:016x}")));
    }
    part.parts
        .extend(attest.name.map(|bytes| name(bytes, &window)));
    part.parts.extend(attest.qualified_name.map(|bytes| {
        let drawn = Part::new("attested.qualifiedName");
        drawn.placed(window.place(bytes)).bytes(bytes)
    }));
    tell(attest.problem, "certInfo", &window, drawing);
    part
}

/// A name: the number of the hash, then the digest of the public area.
fn name(bytes: &[u8], window: &Window<'_>) -> Part {
    let part = Part::new("attested.name")
        .placed(window.place(bytes))
        .bytes(bytes);
    let hash = bytes.first_chunk().map(|two| u16::from_be_bytes(*two));
    match hash.and_then(tpm_algorithm) {
        Some(hash) => part.meaning(format!("{hash} of the public area")),
        None => part,
    }
}

/// `pubArea`, a `TPMT_PUBLIC`.
pub(super) fn pub_area(window: Window<'_>, drawing: &mut Drawing<'_>) -> Part {
    let public = TpmPublic::decode(window.bytes());
    let mut part = window.part("pubArea").meaning("TPMT_PUBLIC");
    let at = |offset: usize| window.start + offset;
    part.parts
        .extend(public.kind.map(|kind| number("type", kind).at(at(0), 2)));
    let hash = public.name_algorithm;
    part.parts
        .extend(hash.map(|hash| number("nameAlg", hash).at(at(2), 2)));
    if let Some(attributes) = public.attributes {
        let drawn = Part::new("objectAttributes").at(at(4), 4);
        let drawn = drawn.text(format!("0x{attributes:08x}"));
        part.parts.push(drawn.meaning(tpm_attributes(attributes)));
    }
    if let Some(policy) = public.auth_policy {
        let drawn = Part::new("authPolicy").placed(window.place(policy));
        part.parts.push(match policy.is_empty() {
            true => drawn.text("none"),
            false => drawn.bytes(policy),
        });
    }
    part.parts
        .extend(public.key.iter().flat_map(|found| key(found, &window)));
    tell(public.problem, "pubArea", &window, drawing);
    part
}

fn key(found: &TpmKey<'_>, window: &Window<'_>) -> Vec<Part> {
    let sized =
        |name: &'static str, bytes: &[u8]| Part::new(name).placed(window.place(bytes)).bytes(bytes);
    match found {
        TpmKey::Rsa {
            scheme,
            bits,
            exponent,
            modulus,
        } => {
            let mut drawn = Part::new("exponent").text(exponent.to_string());
            if *exponent == 0 {
                drawn = drawn.meaning("65537");
            }
            let bits = Part::new("keyBits").text(bits.to_string());
            vec![
                number("scheme", *scheme),
                bits,
                drawn,
                sized("unique", modulus),
            ]
        }
        TpmKey::Ecc {
            scheme,
            curve,
            x,
            y,
        } => {
            let mut drawn = Part::new("curveID").text(format!("0x{curve:04x}"));
            drawn.meaning = tpm_curve(*curve).map(str::to_owned);
            let scheme = number("scheme", *scheme);
            vec![scheme, drawn, sized("unique.x", x), sized("unique.y", y)]
        }
    }
}

fn number(name: &'static str, found: u16) -> Part {
    let mut part = Part::new(name).text(format!("0x{found:04x}"));
    part.meaning = tpm_algorithm(found).map(str::to_owned);
    if found == algorithm::SHA1 {
        part.note("SHA-1 is broken for signatures");
    }
    part
}

fn tell(problem: Option<TpmProblem>, name: &str, window: &Window<'_>, drawing: &mut Drawing<'_>) {
    let Some(problem) = problem else { return };
    let (offset, message) = match problem {
        TpmProblem::Truncated {
            member,
            offset,
            needed,
            left,
        } => (
            offset,
            format!("{member} needs {needed} bytes, {left} are left"),
        ),
        TpmProblem::Trailing { offset, count } => (offset, format!("{count} bytes left over")),
        TpmProblem::Kind { kind, offset } => {
            let message = format!("type 0x{kind:04x}, behind which nothing can be read");
            (offset, message)
        }
        other => (0, other.to_string()),
    };
    drawing.fault(name, window, window.start + offset, message);
}
