//! Mutants that nobody names one by one: every bit, every length, every key twice, parts of other
//! ceremonies, and noise. Each must get a verdict, and which step it gets is counted.

use std::collections::BTreeMap;

use ciborium::Value;
use fidoscope_mutations::bases;
use fidoscope_recording::Profile;
use fidoscope_recording::{AuthenticatorResponse, Kind, Member, Recording, ResponseBody};
use fidoscope_verifier::{Context, Trace, Verdict, verify};
use fidoscope_webauthn::{AuthenticatorData, base64url};

type Counts = BTreeMap<&'static str, usize>;

/// A signed member of the response.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Part {
    ClientData,
    AttestationObject,
    AuthenticatorData,
    Signature,
}

impl Part {
    pub(crate) fn of(kind: Kind) -> &'static [Self] {
        match kind {
            Kind::Registration => &[Self::ClientData, Self::AttestationObject],
            Kind::Authentication => &[Self::ClientData, Self::AuthenticatorData, Self::Signature],
        }
    }

    fn member(self, response: &mut AuthenticatorResponse) -> &mut Member {
        match self {
            Self::ClientData => &mut response.client_data_json,
            Self::AttestationObject => &mut response.attestation_object,
            Self::AuthenticatorData => &mut response.authenticator_data,
            Self::Signature => &mut response.signature,
        }
    }

    pub(crate) fn read(self, recording: &Recording) -> Vec<u8> {
        let credential = recording.response.credential().unwrap();
        let mut response = credential.authenticator_response().unwrap().clone();
        base64url::decode(self.member(&mut response).text().unwrap()).unwrap()
    }

    pub(crate) fn with(self, recording: &Recording, bytes: &[u8]) -> Recording {
        let mut recording = recording.clone();
        let credential = recording.response.credential_mut().unwrap();
        let ResponseBody::Object(response) = &mut credential.response else {
            panic!("a response");
        };
        *self.member(response) = base64url::encode(bytes).into();
        recording
    }
}

fn base(id: &str) -> Recording {
    let bases = bases().unwrap();
    bases.into_iter().find(|base| base.id == id).unwrap()
}

fn judge(recording: &Recording) -> Trace {
    verify(recording, &Context::default())
}

/// The step that rejects under a profile, or the verdict.
fn step(trace: &Trace, profile: Profile) -> &'static str {
    match trace.verdict_of(profile) {
        Verdict::Accept => "accept",
        Verdict::Reject => trace.first_failed_of(profile).unwrap_or("reject"),
        Verdict::Indeterminate => "indeterminate",
    }
}

fn count(recordings: impl Iterator<Item = Recording>, profile: Profile) -> Counts {
    let mut counts = Counts::new();
    for recording in recordings {
        *counts.entry(step(&judge(&recording), profile)).or_default() += 1;
    }
    counts
}

fn flips(base: &Recording, part: Part) -> impl Iterator<Item = Recording> {
    let bytes = part.read(base);
    (0..bytes.len() * 8).map(move |bit| {
        let mut flipped = bytes.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        part.with(base, &flipped)
    })
}

#[track_caller]
fn check_flips(base: &Recording, part: Part, profile: Profile, expected: &[(&'static str, usize)]) {
    let found = count(flips(base, part), profile);
    assert_eq!(
        found,
        expected.iter().copied().collect(),
        "{part:?} {profile}"
    );
}

const AUTHENTICATOR_DATA_L3: [(&str, usize); 6] = [
    ("ad.at-forbidden", 1),
    ("ad.ext.missing", 1),
    ("auth.be-bs", 1),
    ("auth.rp-id-hash", 256),
    ("auth.signature", 36),
    ("auth.up", 1),
];

const AUTHENTICATOR_DATA_L2: [(&str, usize); 5] = [
    ("ad.at-forbidden", 1),
    ("ad.ext.missing", 1),
    ("auth.rp-id-hash", 256),
    ("auth.signature", 37),
    ("auth.up", 1),
];

/// G1: the reserved bits, UV, BS and the counter are what only the signature covers; without
/// Level 3's rule about BE and BS, so is BE.
#[test]
fn every_bit_of_authenticator_data_has_its_step() {
    let (base, part) = (base("A2"), Part::AuthenticatorData);
    check_flips(&base, part, Profile::WebauthnL3, &AUTHENTICATOR_DATA_L3);
    check_flips(&base, part, Profile::WebauthnL2, &AUTHENTICATOR_DATA_L2);
}

/// G2: a flip that makes a quote, a backslash or a control character ends the text.
#[test]
fn every_bit_of_client_data_has_its_step() {
    for profile in [Profile::WebauthnL3, Profile::WebauthnL2] {
        check_flips(
            &base("A2"),
            Part::ClientData,
            profile,
            &[
                ("auth.challenge", 388),
                ("auth.client-data.json", 259),
                ("auth.origin", 196),
                ("auth.signature", 87),
                ("auth.type", 126),
            ],
        );
    }
}

/// The authentication of `WebAuthn L3 §16.2`, whose numbers are known.
fn of_the_standard() -> Option<Recording> {
    let folder = std::env::var_os("FIDOSCOPE_CORPUS")?;
    let path = std::path::Path::new(&folder).join("ceremonies/w3c-webauthn.jsonl");
    let text = std::fs::read_to_string(path).unwrap();
    let lines = text
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    let vector = lines
        .into_iter()
        .find(|line| line["id"] == "w3c-webauthn/none-es256/authentication");
    let vector = vector.unwrap();
    let recording = serde_json::json!({
        "schema": "fidoscope.ceremony/1",
        "id": "16.2",
        "kind": "authentication",
        "options": { "challenge": vector["challenge"] },
        "rp": { "id": "example.org", "origins": ["https://example.org"] },
        "response": vector["credential"],
        "record": {
            "id": vector["credential"]["rawId"],
            "publicKey": vector["stored"]["public_key_cose"],
            "signCount": 0,
        },
    });
    Some(serde_json::from_value(recording).unwrap())
}

#[test]
fn the_vector_of_the_standard_has_the_same_map() {
    let Some(vector) = of_the_standard() else {
        eprintln!("SKIPPED: FIDOSCOPE_CORPUS names no folder");
        return;
    };
    assert_eq!(step(&judge(&vector), Profile::WebauthnL3), "accept");
    let (l3, l2) = (Profile::WebauthnL3, Profile::WebauthnL2);
    check_flips(&vector, Part::AuthenticatorData, l3, &AUTHENTICATOR_DATA_L3);
    check_flips(&vector, Part::AuthenticatorData, l2, &AUTHENTICATOR_DATA_L2);
    let client_data = [
        ("auth.challenge", 385),
        ("auth.client-data.json", 262),
        ("auth.origin", 196),
        ("auth.signature", 87),
        ("auth.type", 126),
    ];
    check_flips(&vector, Part::ClientData, l3, &client_data);
    let signature = count(flips(&vector, Part::Signature), l3);
    assert_eq!(signature.values().sum::<usize>(), 576);
}

/// G3: flips of DER tags and lengths spoil the form, the others the numbers.
#[test]
fn every_bit_of_a_signature_has_its_step() {
    let counts = count(flips(&base("A2"), Part::Signature), Profile::WebauthnL3);
    let bits = Part::Signature.read(&base("A2")).len() * 8;
    assert_eq!(counts.values().sum::<usize>(), bits);
    assert_eq!(
        counts.keys().copied().collect::<Vec<_>>(),
        ["auth.signature", "sig.der"]
    );
}

/// G4: a map that ends early is not well-formed, wherever it ends.
#[test]
fn every_truncation_of_an_attestation_object_is_seen() {
    for base in bases()
        .unwrap()
        .iter()
        .filter(|base| base.kind == Kind::Registration)
    {
        let bytes = Part::AttestationObject.read(base);
        let cuts = (1..bytes.len()).map(|at| Part::AttestationObject.with(base, &bytes[..at]));
        let counts = count(cuts, Profile::WebauthnL3);
        assert_eq!(
            counts,
            Counts::from([("cbor.wellformed", bytes.len() - 1)]),
            "{}",
            base.id
        );
        let nothing = Part::AttestationObject.with(base, &[]);
        assert_eq!(step(&judge(&nothing), Profile::WebauthnL3), "env.response");
    }
}

/// Every map below `value`, with each of its keys twice.
fn with_keys_twice(value: &Value) -> Vec<Value> {
    match value {
        Value::Map(entries) => {
            let twice = entries.iter().enumerate().map(|(at, entry)| {
                let mut entries = entries.clone();
                entries.insert(at, entry.clone());
                Value::Map(entries)
            });
            let below = entries.iter().enumerate().flat_map(|(at, (_, inner))| {
                with_keys_twice(inner).into_iter().map(move |changed| {
                    let mut entries = entries.clone();
                    entries[at].1 = changed;
                    Value::Map(entries)
                })
            });
            twice.chain(below).collect()
        }
        Value::Array(items) => items
            .iter()
            .enumerate()
            .flat_map(|(at, inner)| {
                with_keys_twice(inner).into_iter().map(move |changed| {
                    let mut items = items.clone();
                    items[at] = changed;
                    Value::Array(items)
                })
            })
            .collect(),
        _ => Vec::new(),
    }
}

fn encode(value: &Value) -> Vec<u8> {
    let mut bytes = Vec::new();
    ciborium::into_writer(value, &mut bytes).unwrap();
    bytes
}

/// The attestation object of a base with other authenticator data.
fn with_data(object: &Value, data: &[u8]) -> Value {
    let mut object = object.clone();
    for (key, value) in object.as_map_mut().unwrap() {
        if *key == Value::from("authData") {
            *value = Value::Bytes(data.to_vec());
        }
    }
    object
}

/// G5: in the attestation object, its statement and the credential key.
#[test]
fn every_key_that_comes_twice_is_seen() {
    for base in bases()
        .unwrap()
        .iter()
        .filter(|base| base.kind == Kind::Registration)
    {
        let bytes = Part::AttestationObject.read(base);
        let object: Value = ciborium::from_reader(bytes.as_slice()).unwrap();
        let entries = object.as_map().unwrap();
        let data = entries
            .iter()
            .find(|(key, _)| *key == Value::from("authData"));
        let data = data.unwrap().1.as_bytes().unwrap().clone();
        let decoded = AuthenticatorData::decode(&data);
        let key = decoded.attested.as_ref().unwrap().key_bytes;
        let start = data.len() - key.len();
        let keys = with_keys_twice(&ciborium::from_reader(key).unwrap());
        let in_key = keys
            .iter()
            .map(|key| with_data(&object, &[&data[..start], &encode(key)].concat()));
        let changed: Vec<Value> = with_keys_twice(&object).into_iter().chain(in_key).collect();
        let wanted = changed.len();
        let recordings = changed
            .iter()
            .map(|object| Part::AttestationObject.with(base, &encode(object)));
        let counts = count(recordings, Profile::WebauthnL3);
        assert_eq!(
            counts,
            Counts::from([("cbor.dup-key", wanted)]),
            "{}",
            base.id
        );
        assert!(wanted >= 7, "{}", base.id);
    }
}

/// G6: a part of one ceremony never goes with another's, unless it is the same.
#[test]
fn no_part_of_another_ceremony_fits() {
    let bases = bases().unwrap();
    let used: Vec<&Recording> = bases
        .iter()
        .filter(|base| base.kind == Kind::Authentication)
        .collect();
    let mut swapped = 0;
    for one in &used {
        for other in used.iter().filter(|other| other.id != one.id) {
            for part in Part::of(Kind::Authentication) {
                let theirs = part.read(other);
                let same = theirs == part.read(one);
                let found = step(&judge(&part.with(one, &theirs)), Profile::WebauthnL3);
                let fits = match part {
                    Part::ClientData => ["auth.challenge"].as_slice(),
                    _ if same => &["accept"],
                    _ => &["auth.signature", "sig.der"],
                };
                assert!(
                    fits.contains(&found),
                    "{part:?} of {} in {}: {found}",
                    other.id,
                    one.id
                );
                swapped += 1;
            }
            let mut recording = Recording::clone(one);
            let key = other.record.as_ref().unwrap().public_key.clone();
            recording.record.as_mut().unwrap().public_key = key;
            let found = step(&judge(&recording), Profile::WebauthnL3);
            assert!(
                ["auth.signature", "sig.der"].contains(&found),
                "key of {} in {}: {found}",
                other.id,
                one.id
            );
            swapped += 1;
        }
    }
    assert_eq!(swapped, used.len() * (used.len() - 1) * 4);
}

/// Every byte of every base: cut before it, and bits of it flipped. What is signed as a whole
/// accepts no change at all. Without `FIDOSCOPE_EVERY_BIT` every seventh bit is flipped, which is
/// one or two of each byte; with it, all of them, which takes minutes.
#[test]
fn every_truncation_and_every_flip_of_every_base_has_a_verdict() {
    let every = std::env::var_os("FIDOSCOPE_EVERY_BIT").is_some();
    let stride = if every { 1 } else { 7 };
    let bases = bases().unwrap();
    let halves = bases.chunks(bases.len().div_ceil(2));
    let judged: usize = std::thread::scope(|scope| {
        let judge = |half: &[Recording]| {
            half.iter()
                .map(|base| every_change(base, stride))
                .sum::<usize>()
        };
        let threads: Vec<_> = halves
            .map(|half| scope.spawn(move || judge(half)))
            .collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .sum()
    });
    eprintln!(
        "generators: {judged} changes of {} bases judged",
        bases.len()
    );
    assert!(judged > 30_000, "{judged}");
}

fn every_change(base: &Recording, stride: usize) -> usize {
    let mut judged = 0;
    let format = (base.kind == Kind::Registration).then(|| {
        let bytes = Part::AttestationObject.read(base);
        let object = fidoscope_webauthn::AttestationObject::decode(&bytes).unwrap();
        object.format().unwrap().as_text().unwrap().to_owned()
    });
    for part in Part::of(base.kind) {
        let bytes = part.read(base);
        let cuts = (0..bytes.len()).map(|at| part.with(base, &bytes[..at]));
        let cuts = count(cuts, Profile::WebauthnL3);
        assert_eq!(cuts.get("accept"), None, "{}: {part:?} cut", base.id);
        let flips = flips(base, *part).step_by(stride);
        let flipped = count(flips, Profile::WebauthnL3);
        let accepted = flipped.get("accept").copied().unwrap_or_default();
        let unnoticed = match (part, format.as_deref()) {
            (_, Some("none")) | (Part::AttestationObject, Some("fido-u2f")) => usize::MAX,
            // Nobody signs the eight digits of `ver`.
            (Part::AttestationObject, Some("android-safetynet")) => 64,
            // How many bits of a certificate's signature are unused is not looked at, as early
            // U2F certificates say it wrongly; the parser wants such bits to be 0.
            (Part::AttestationObject, _) => 3,
            _ => 0,
        };
        assert!(
            accepted <= unnoticed,
            "{}: {part:?} flipped: {flipped:?}",
            base.id
        );
        judged += cuts.values().sum::<usize>() + flipped.values().sum::<usize>();
    }
    judged
}

/// A linear congruential generator (Knuth's MMIX): noise that is the same everywhere.
struct Noise(u64);

impl Noise {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % limit
    }

    /// A value as CBOR has it, not too deep.
    fn value(&mut self, depth: usize) -> Value {
        match self.below(if depth == 0 { 5 } else { 8 }) {
            0 => Value::from(i64::try_from(self.below(1 << 20)).unwrap() - (1 << 19)),
            1 => Value::Bytes(
                (0..self.below(70))
                    .map(|at| u8::try_from(at).unwrap())
                    .collect(),
            ),
            2 => Value::from(
                [
                    "fmt", "attStmt", "authData", "packed", "none", "x5c", "sig", "alg",
                ][self.below(8)],
            ),
            3 => Value::Bool(self.below(2) == 0),
            4 => Value::Null,
            5 => Value::Array((0..self.below(4)).map(|_| self.value(depth - 1)).collect()),
            6 => Value::Map(
                (0..self.below(5))
                    .map(|_| (self.value(0), self.value(depth - 1)))
                    .collect(),
            ),
            _ => Value::Tag(2, Box::new(self.value(depth - 1))),
        }
    }

    /// A value with one of the values below it replaced.
    fn disturb(&mut self, value: &mut Value) {
        match value {
            Value::Map(entries) if !entries.is_empty() && self.below(5) > 0 => {
                let at = self.below(entries.len());
                self.disturb(&mut entries[at].1);
            }
            Value::Array(items) if !items.is_empty() && self.below(5) > 0 => {
                let at = self.below(items.len());
                self.disturb(&mut items[at]);
            }
            Value::Bytes(bytes) if !bytes.is_empty() && self.below(5) > 0 => {
                let at = self.below(bytes.len());
                bytes[at] = u8::try_from(self.below(256)).unwrap();
            }
            other => *other = self.value(3),
        }
    }
}

/// G7: objects that follow the grammar of attestation objects more or less. Whatever comes, there
/// is a verdict, and the same one again.
#[test]
fn noise_gets_the_same_verdict_twice() {
    let bases = bases().unwrap();
    let mut noise = Noise(7);
    let mut counts = Counts::new();
    for round in 0..1500 {
        let registered = bases.iter().filter(|base| base.kind == Kind::Registration);
        let registered: Vec<&Recording> = registered.collect();
        let base = registered[round % registered.len()];
        let bytes = Part::AttestationObject.read(base);
        let mut object: Value = ciborium::from_reader(bytes.as_slice()).unwrap();
        for _ in 0..=noise.below(3) {
            noise.disturb(&mut object);
        }
        let mut bytes = encode(&object);
        if noise.below(4) == 0 {
            let at = noise.below(bytes.len());
            bytes[at] = u8::try_from(noise.below(256)).unwrap();
        }
        let recording = Part::AttestationObject.with(base, &bytes);
        let trace = judge(&recording);
        assert_eq!(trace, judge(&recording));
        *counts.entry(step(&trace, Profile::WebauthnL3)).or_default() += 1;
    }
    assert!(counts.len() > 12, "{counts:?}");
}
