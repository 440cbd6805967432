//! Thirty ceremonies that show what a relying party meets, good and bad.

use crate::bench::TestBench;
use crate::draft::Created;
use crate::error::Error;
use crate::fault::{AuthenticationFault as A, RegistrationFault as R};
use crate::metadata::{MetadataEntry, MetadataPayload, TEST_LEGAL_HEADER};
use crate::model::{Counter, Format, Model};
use crate::software::SoftwareAuthenticator;
use chrono::{DateTime, Days, Utc};
use fidoscope_recording::Recording;
use fidoscope_webauthn::Aaguid;

const REGISTRATION_FAULTS: [R; 13] = [
    R::WrongChallenge,
    R::WrongOrigin,
    R::CrossOrigin,
    R::WrongRpId,
    R::UserNotPresent,
    R::UserNotVerified,
    R::AlgorithmNotOffered,
    R::CredentialIdTaken,
    R::BadSignature,
    R::OtherAaguid,
    R::CertificateWithoutUnit,
    R::CertificateExpired,
    R::UnknownRoot,
];

const AUTHENTICATION_FAULTS: [A; 8] = [
    A::WrongChallenge,
    A::WrongOrigin,
    A::WrongRpId,
    A::UserNotVerified,
    A::BadSignature,
    A::CounterBehind,
    A::CounterBehindSignal,
    A::OtherUserHandle,
];

/// The four invented models that the ceremonies use.
#[must_use]
pub fn models() -> [Model; 4] {
    let mut self_attesting = Model::passkey_provider(aaguid(3), "Fennel Phone");
    self_attesting.format = Format::PackedSelf;
    self_attesting.backup_eligible = false;
    self_attesting.backed_up = false;
    self_attesting.counter = Counter::PlusOne;
    [
        Model::security_key(aaguid(1), "Juniper Key 2"),
        Model::passkey_provider(aaguid(2), "Larch Passwords"),
        self_attesting,
        Model::u2f_key("Juniper Key U2F"),
    ]
}

/// Thirty recordings with what must come out of each: every format registered and used, a
/// conditional registration, thirteen faulty registrations and eight faulty authentications.
///
/// # Errors
/// When a part cannot be written.
pub fn ceremonies(seed: u64, rp_id: &str, now: DateTime<Utc>) -> Result<Vec<Recording>, Error> {
    let bench = TestBench::new(seed, rp_id, now)?;
    let mut out = Vec::with_capacity(30);
    for (index, model) in (0_u64..).zip(models()) {
        let name = match model.format {
            Format::PackedSelf => "packed-self",
            format => format.identifier(),
        };
        let mut authenticator = bench.authenticator(model, seed.wrapping_add(index))?;
        let (created, registered) =
            bench.registration(&format!("registration-{name}"), &mut authenticator, None)?;
        let id = format!("authentication-{name}");
        let used = bench.authentication(&id, &mut authenticator, &registered, &created, None)?;
        if name == "packed" {
            faulty(
                &bench,
                &mut authenticator,
                (&created, &registered),
                &mut out,
            )?;
        } else if name == "none" {
            let fault = R::Conditional;
            let id = "registration-none-conditional";
            out.push(bench.registration(id, &mut authenticator, Some(fault))?.1);
        }
        out.extend([registered, used.1]);
    }
    out.sort_by(|a, b| a.id.cmp(&b.id));
    Ok(out)
}

/// A BLOB with the four models and a fifth that is revoked. The anchors are those of a bench of
/// the same seed, so that the metadata vouches for what [`ceremonies`] recorded.
///
/// # Errors
/// When a part cannot be written.
pub fn metadata(seed: u64, rp_id: &str, now: DateTime<Utc>) -> Result<MetadataPayload, Error> {
    let bench = TestBench::new(seed, rp_id, now)?;
    let root = bench.pki().root_der();
    let today = now.date_naive();
    let ago = |days| today.checked_sub_days(Days::new(days)).unwrap_or(today);
    let mut revoked = Model::security_key(aaguid(9), "Rowan Tag");
    revoked.transports = vec!["nfc".to_owned()];
    let mut entries = Vec::new();
    for model in models() {
        let anchors: &[&[u8]] = if model.format.needs_certificate() {
            &[root]
        } else {
            &[]
        };
        let level = match model.format {
            Format::PackedX5c => "FIDO_CERTIFIED_L2",
            Format::FidoU2f | Format::PackedSelf => "FIDO_CERTIFIED_L1",
            _ => "NOT_FIDO_CERTIFIED",
        };
        let entry = MetadataEntry::new(&model, anchors, &[(level, ago(400))]);
        entries.push(match model.format {
            Format::FidoU2f => entry.with_key_identifier(&bench.attestation_identity(&model)?),
            _ => entry,
        });
    }
    // Newest first, as live BLOBs have it.
    let reports = [("REVOKED", ago(40)), ("FIDO_CERTIFIED_L1", ago(700))];
    entries.push(MetadataEntry::new(&revoked, &[root], &reports));
    Ok(MetadataPayload {
        legal_header: Some(TEST_LEGAL_HEADER.to_owned()),
        no: 42,
        next_update: today.checked_add_days(Days::new(30)).unwrap_or(today),
        entries,
    })
}

fn faulty(
    bench: &TestBench,
    authenticator: &mut SoftwareAuthenticator,
    (created, registered): (&Created, &Recording),
    out: &mut Vec<Recording>,
) -> Result<(), Error> {
    for fault in AUTHENTICATION_FAULTS {
        let id = format!("authentication-packed-{}", fault.name());
        let made = bench.authentication(&id, authenticator, registered, created, Some(fault))?;
        out.push(made.1);
    }
    for fault in REGISTRATION_FAULTS {
        let id = format!("registration-packed-{}", fault.name());
        out.push(bench.registration(&id, authenticator, Some(fault))?.1);
    }
    Ok(())
}

/// AAGUIDs of invented models: recognisable, and not in any real metadata.
fn aaguid(number: u8) -> Aaguid {
    let mut bytes = *b"\xf1\xd0\x5c\x0e\xe5\x7a\x41\xd0\x9a\x11fidosc";
    if let Some(last) = bytes.last_mut() {
        *last = number;
    }
    Aaguid(bytes)
}
