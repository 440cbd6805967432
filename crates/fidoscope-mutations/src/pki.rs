//! The PKI below which mutants attest: one root, from a fixed seed.

use super::ceremony::Unfit;
use chrono::{DateTime, TimeDelta, Utc};
use fidoscope_authenticator::{
    AaguidExtension, Error, Format, Identity, LeafOptions, Seed, TestKey, TestPki, Validity,
};
use fidoscope_webauthn::Aaguid;
use std::sync::LazyLock;

/// 2026-10-01T12:00:00Z: the instant at which every base and mutant is judged.
pub(crate) const NOW: i64 = 1_790_856_000;

/// The instant at which every base and mutant is judged.
pub(crate) fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(NOW, 0).unwrap_or_default()
}

/// The seed of everything here.
pub(crate) fn seed() -> Seed {
    Seed::new(16, "mutations")
}

/// From two years before the instant of judgement to eight years after.
pub(crate) fn validity() -> Validity {
    Validity {
        not_before: now() - TimeDelta::days(730),
        not_after: now() + TimeDelta::days(2920),
    }
}

/// The authority below which everything here attests.
pub(crate) fn authority() -> Result<TestPki, Unfit> {
    static ROOT: LazyLock<Result<TestPki, Error>> =
        LazyLock::new(|| TestPki::new(&seed(), "fidoscope test mutations", validity()));
    match LazyLock::force(&ROOT) {
        Ok(authority) => Ok(authority.clone()),
        Err(error) => Err(Unfit(error.to_string())),
    }
}

/// Another authority.
pub(crate) fn stranger() -> Result<TestPki, Unfit> {
    Ok(TestPki::new(
        &seed(),
        "fidoscope test stranger",
        validity(),
    )?)
}

/// The attestation key of a format, with a certificate that differs as asked.
pub(crate) fn identity(
    authority: &TestPki,
    format: Format,
    aaguid: Aaguid,
    change: impl FnOnce(&mut LeafOptions),
) -> Result<Identity, Unfit> {
    let label = format.identifier();
    let mut options = match format {
        Format::Tpm => LeafOptions::tpm(validity()),
        _ => LeafOptions::new(label, aaguid, validity()),
    };
    if format == Format::FidoU2f {
        options.aaguid = AaguidExtension::Absent;
    }
    change(&mut options);
    Ok(authority.attestation(label, &options)?)
}

/// A key that belongs to nothing else.
pub(crate) fn unrelated_key() -> TestKey {
    TestKey::derive(&seed(), "unrelated")
}
