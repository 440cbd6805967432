//! The ceremonies that mutants are made of, shaped like the test vectors of `WebAuthn L3 §16`.

use super::ceremony::{Ceremony, Unfit};
use super::jwk;
use super::parts::{AT, Attested, BE, BS, Data, Entries, Members, UP, UV};
use super::pki;
use crate::Error;
use ciborium::Value;
use fidoscope_authenticator::{Algorithm, Format, TestKey, cose_key, sha256};
use fidoscope_recording::{
    AuthenticatorSelection, CeremonyOptions, Credential, CredentialDescriptor, CredentialParameter,
    CredentialRecord, Expectations, ExpectedOutcome, ExpectedVerdict, Kind, Recording,
    RelyingParty, RelyingPartyEntity, Source, State, User, UserEntity,
};
use fidoscope_webauthn::{Aaguid, base64url};
use std::sync::LazyLock;

const RP_ID: &str = "example.org";
pub(crate) const ORIGIN: &str = "https://example.org";
pub(crate) const TOP_ORIGIN: &str = "https://example.com";

/// A pair of ceremonies: `V` and `A` before its number, `GEN-` and `GEN-A-` before its name.
struct Shape {
    /// Number of the section of the test vector that it is like, or a name.
    name: &'static str,
    format: Format,
    /// Of the credential key.
    algorithm: Algorithm,
    /// Flags of the registration besides AT, and of the authentication.
    flags: (u8, u8),
    id_length: usize,
    frame: Frame,
}

impl Shape {
    /// The identifier of one of its ceremonies.
    fn id(&self, kind: Kind) -> String {
        let numbered = self.name.bytes().all(|byte| byte.is_ascii_digit());
        let prefix = match (numbered, kind) {
            (true, Kind::Registration) => "V",
            (true, Kind::Authentication) => "A",
            (false, Kind::Registration) => "GEN-",
            (false, Kind::Authentication) => "GEN-A-",
        };
        format!("{prefix}{}", self.name)
    }
}

/// Where the client ran.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Frame {
    Top,
    CrossOrigin,
    TopOrigin,
}

const fn shape(name: &'static str, format: Format, flags: (u8, u8)) -> Shape {
    Shape {
        name,
        format,
        algorithm: Algorithm::Es256,
        flags,
        id_length: 32,
        frame: Frame::Top,
    }
}

/// Flags and lengths are those of the test vectors, so that each bit is set in some base.
const SHAPES: &[Shape] = &[
    shape("2", Format::None, (UP | BE | BS, UP | BE | BS)),
    shape("3", Format::PackedSelf, (UP | UV | BE | BS, UP | BE)),
    Shape {
        frame: Frame::CrossOrigin,
        ..shape("4", Format::None, (UP | UV, UP | UV))
    },
    Shape {
        frame: Frame::TopOrigin,
        ..shape("5", Format::None, (UP, UP | UV))
    },
    Shape {
        id_length: 1023,
        ..shape("6", Format::None, (UP | BE, UP | UV | BE))
    },
    shape("7", Format::PackedX5c, (UP | UV | BE, UP | UV | BE)),
    Shape {
        algorithm: Algorithm::Es384,
        ..shape("8", Format::PackedX5c, (UP | BE | BS, UP | UV | BE))
    },
    Shape {
        algorithm: Algorithm::Es512,
        ..shape("9", Format::PackedX5c, (UP | UV | BE, UP | BE | BS))
    },
    Shape {
        algorithm: Algorithm::Rs256,
        ..shape("10", Format::PackedX5c, (UP | UV | BE | BS, UP | BE | BS))
    },
    Shape {
        algorithm: Algorithm::EdDsa,
        ..shape("11", Format::PackedX5c, (UP, UP))
    },
    Shape {
        algorithm: Algorithm::Ed448,
        ..shape("12", Format::PackedX5c, (UP | BE | BS, UP | UV | BE | BS))
    },
    shape("13", Format::Tpm, (UP | UV | BE, UP | UV | BE)),
    shape("14", Format::AndroidKey, (UP | UV | BE | BS, UP | BE)),
    shape("15", Format::Apple, (UP | BE, UP | BE)),
    shape("16", Format::FidoU2f, (UP, UP)),
    Shape {
        algorithm: Algorithm::Rs256,
        ..shape("RSA", Format::Tpm, (UP | UV, UP | UV))
    },
    shape("COMPOUND", Format::Compound, (UP | UV, UP | UV)),
    shape("SAFETYNET", Format::AndroidSafetynet, (UP | UV, UP | UV)),
];

/// Every base as a recording without fault.
///
/// # Errors
/// When a part of one cannot be written.
pub fn bases() -> Result<Vec<Recording>, Error> {
    let ceremonies = ceremonies()?.iter().cloned();
    ceremonies
        .map(|ceremony| ceremony.into_recording().map_err(Error::from))
        .collect()
}

/// Every base in parts.
pub(crate) fn ceremonies() -> Result<&'static [Ceremony], Error> {
    static BASES: LazyLock<Result<Vec<Ceremony>, Unfit>> = LazyLock::new(|| {
        let pairs: Result<Vec<_>, Unfit> = SHAPES.iter().map(pair).collect();
        Ok(pairs?.into_iter().flatten().collect())
    });
    BASES.as_deref().map_err(|error| Error::from(error.clone()))
}

fn pair(shape: &Shape) -> Result<[Ceremony; 2], Unfit> {
    let seed = pki::seed().child(shape.name);
    let key = TestKey::derive_for(shape.algorithm, &seed, "credential");
    let id: Vec<u8> = (0..shape.id_length.div_ceil(32))
        .flat_map(|part| seed.bytes(&format!("credential id {part}")))
        .take(shape.id_length)
        .collect();
    let aaguid = match seed.bytes("aaguid").first_chunk() {
        Some(bytes) => Aaguid(*bytes),
        None => Aaguid([0; 16]),
    };
    let public_key = cose_key(&key)?;
    let registered = registration(shape, &key, &id, aaguid, &public_key)?;
    let used = authentication(shape, &key, &id, &public_key)?;
    Ok([registered, used])
}

fn registration(
    shape: &Shape,
    key: &TestKey,
    id: &[u8],
    aaguid: Aaguid,
    public_key: &[u8],
) -> Result<Ceremony, Unfit> {
    let name = shape.id(Kind::Registration);
    let (client, challenge) = client_data(&name, "webauthn.create", shape.frame);
    let data = Data {
        rp_id_hash: sha256(RP_ID.as_bytes()).to_vec(),
        flags: shape.flags.0 | AT,
        sign_count: 0,
        attested: Some(Attested {
            aaguid: aaguid.0,
            credential_id: id.to_vec(),
            key: public_key.to_vec(),
        }),
        rest: Vec::new(),
    };
    let options = CeremonyOptions {
        challenge,
        rp: Some(RelyingPartyEntity {
            id: Some(RP_ID.to_owned()),
            name: Some(RP_ID.to_owned()),
        }),
        user: Some(UserEntity {
            id: user_handle(shape),
            name: None,
            display_name: None,
        }),
        pub_key_cred_params: Some([-7, -8, -35, -36, -53, -257].map(parameter).to_vec()),
        authenticator_selection: Some(AuthenticatorSelection {
            user_verification: Some("preferred".to_owned()),
            ..AuthenticatorSelection::default()
        }),
        attestation: Some("direct".to_owned()),
        ..CeremonyOptions::default()
    };
    let response = Credential::registration(id, &[], &[]);
    let mut recording = record(shape, key, Kind::Registration, options, response);
    recording.state = Some(State {
        registered_ids: Some(Vec::new()),
    });
    let certified = matches!(shape.format, Format::PackedX5c | Format::FidoU2f);
    let statement = Value::Map(match certified {
        true => vec![(Value::from("x5c"), Value::Array(Vec::new()))],
        false => Vec::new(),
    });
    let object: Entries = vec![
        (Value::from("fmt"), Value::from(shape.format.identifier())),
        (Value::from("attStmt"), statement),
        (Value::from("authData"), Value::Bytes(Vec::new())),
    ];
    let mut ceremony = Ceremony::new(recording, client, data, object, Some(key.clone()));
    ceremony.sign()?;
    Ok(ceremony)
}

fn authentication(
    shape: &Shape,
    key: &TestKey,
    id: &[u8],
    public_key: &[u8],
) -> Result<Ceremony, Unfit> {
    let name = shape.id(Kind::Authentication);
    let (client, challenge) = client_data(&name, "webauthn.get", shape.frame);
    let data = Data {
        rp_id_hash: sha256(RP_ID.as_bytes()).to_vec(),
        flags: shape.flags.1,
        sign_count: 0,
        attested: None,
        rest: Vec::new(),
    };
    let text = base64url::encode(id);
    let options = CeremonyOptions {
        challenge,
        rp_id: Some(RP_ID.to_owned()),
        allow_credentials: vec![CredentialDescriptor {
            id: text.clone(),
            kind: "public-key".to_owned(),
            transports: Vec::new(),
        }],
        user_verification: Some("preferred".to_owned()),
        ..CeremonyOptions::default()
    };
    let response = Credential::authentication(id, &[], &[], &[], None);
    let mut recording = record(shape, key, Kind::Authentication, options, response);
    let at_registration = shape.flags.0;
    recording.record = Some(CredentialRecord {
        id: text,
        public_key: base64url::encode(public_key),
        sign_count: Some(0),
        uv_initialized: Some(at_registration & UV != 0),
        backup_eligible: Some(at_registration & BE != 0),
        backup_state: Some(at_registration & BS != 0),
        transports: Vec::new(),
        user_handle: Some(user_handle(shape)),
    });
    let mut ceremony = Ceremony::new(recording, client, data, Entries::new(), Some(key.clone()));
    ceremony.sign()?;
    Ok(ceremony)
}

fn record(
    shape: &Shape,
    key: &TestKey,
    kind: Kind,
    options: CeremonyOptions,
    response: Credential,
) -> Recording {
    let framed = shape.frame != Frame::Top;
    let rp = RelyingParty {
        id: Some(RP_ID.to_owned()),
        origins: vec![ORIGIN.to_owned()],
        top_origins: match shape.frame {
            Frame::TopOrigin => vec![TOP_ORIGIN.to_owned()],
            _ => Vec::new(),
        },
        allow_cross_origin: framed,
        ..RelyingParty::default()
    };
    let mut recording = Recording::new(shape.id(kind), kind, options, rp, response);
    recording.test_keys = Some(jwk::test_keys(key));
    recording.user = Some(User {
        known: Some(true),
        handle: Some(user_handle(shape)),
    });
    recording.recorded_at = Some(pki::now());
    recording.now = Some(pki::now());
    recording.source = Some(Source {
        tool: Some("fidoscope-authenticator".to_owned()),
        ..Source::default()
    });
    let accepted = Some(ExpectedOutcome {
        verdict: ExpectedVerdict::Accept,
        step: None,
    });
    recording.expect = Some(Expectations {
        l3: accepted.clone(),
        l2: accepted,
        ..Expectations::default()
    });
    recording
}

/// Client data and the challenge in them.
fn client_data(name: &str, kind: &str, frame: Frame) -> (Vec<u8>, String) {
    let challenge = challenge(name);
    let mut members = Members(Vec::new());
    members.set("type", kind);
    members.set("challenge", challenge.as_str());
    members.set("origin", ORIGIN);
    members.set("crossOrigin", frame != Frame::Top);
    if frame == Frame::TopOrigin {
        members.set("topOrigin", TOP_ORIGIN);
    }
    (members.write(), challenge)
}

/// A challenge whose base64url differs from its base64 by more than padding.
pub(crate) fn challenge(name: &str) -> String {
    let seed = pki::seed();
    let mut challenges = (0_u8..=u8::MAX)
        .map(|attempt| base64url::encode(&seed.bytes(&format!("challenge {name} {attempt}"))));
    challenges
        .find(|text| text.contains(['-', '_']))
        .unwrap_or_default()
}

fn user_handle(shape: &Shape) -> String {
    let seed = pki::seed().child(shape.name);
    base64url::encode(&seed.bytes("user handle"))
}

fn parameter(alg: i64) -> CredentialParameter {
    CredentialParameter {
        kind: "public-key".to_owned(),
        alg,
    }
}
