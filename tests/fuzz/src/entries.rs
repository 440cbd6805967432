//! What is fuzzed: every decoder of bytes from outside, by name. Nothing is asserted but what
//! holds for any bytes: no panic, and agreement of two readers of the same thing.

use std::io::Read as _;
use std::sync::LazyLock;

use fidoscope_conformance::{PolicyFile, load};
use fidoscope_detect::Rule;
use fidoscope_events::{
    Catalogue, Context as LineContext, CsvLines, Mapping, OtlpLimits, OtlpSignal, Pseudonyms,
    Scratch, Unwrapped, Unwrapping, otlp_json_lines, otlp_protobuf_lines,
};
use fidoscope_inspect::{Artifact, Request, Style, inspect as draw};
use fidoscope_metadata::{Anchors, Blob, Options, RevocationList, Search};
use fidoscope_recording::Profile;
use fidoscope_recording::{Import, redact};
use fidoscope_recording::{Recording, ResponseBody};
use fidoscope_tui::Dashboard;
use fidoscope_verifier::{Context, verify};
use fidoscope_webauthn::certificate::Certificate;
use fidoscope_webauthn::key_description::KeyDescription;
use fidoscope_webauthn::tpm::{TpmAttest, TpmPublic, TpmSignature};
use fidoscope_webauthn::{
    AttestationObject, AuthenticatorData, ClientDataText, CoseKey, base64url, cbor, der,
};
use x509_parser::certificate::TbsCertificateParser;
use x509_parser::nom::Parser as _;

/// A fuzzed function.
pub type Entry = fn(&[u8]);

/// Every entry by name; a target of the same name runs it.
pub const ENTRIES: &[(&str, Entry)] = &[
    ("attestation_object", attestation_object),
    ("authenticator_data", authenticator_data),
    ("base64url", base64_url),
    ("cbor", cbor_item),
    ("certificate", certificate),
    ("client_data", client_data),
    ("cose_key", cose_key),
    ("crl", crl),
    ("dashboard", dashboard),
    ("der", der_elements),
    ("events", events),
    ("har", har),
    ("inspect", inspect),
    ("key_description", key_description),
    ("mapping", mapping),
    ("metadata_blob", metadata_blob),
    ("metadata_payload", metadata_payload),
    ("otlp", otlp),
    ("policy", policy),
    ("recording", recording),
    ("rule", rule),
    ("signature", signature),
    ("table", table),
    ("tpm", tpm),
    ("unwrapped", unwrapped),
    ("verify", verify_bytes),
];

static REGISTRATION: LazyLock<Option<Recording>> = LazyLock::new(|| {
    Recording::from_json(include_bytes!(
        "../../../datasets/ceremonies/registration-packed.json"
    ))
    .ok()
});

/// The demonstration's BLOB, the header it came with, and its root.
struct Demonstration {
    header: &'static str,
    blob: Blob,
    anchors: Anchors,
}

static DEMONSTRATION: LazyLock<Option<Demonstration>> = LazyLock::new(|| {
    let text = include_str!("../../../datasets/metadata/test-blob.jwt");
    let root = include_bytes!("../../../datasets/metadata/test-root.pem");
    Some(Demonstration {
        header: text.split('.').next()?,
        blob: Blob::open(text.as_bytes()).ok()?,
        anchors: Anchors::from_pem(root).ok()?,
    })
});

/// 2026-11-20, the demonstration data's present.
fn now() -> chrono::DateTime<chrono::Utc> {
    chrono::DateTime::from_timestamp(1_795_132_800, 0).unwrap_or_default()
}

fn attestation_object(bytes: &[u8]) {
    if let Ok(object) = AttestationObject::decode(bytes) {
        let _ = (object.trailing(), object.foreign_keys());
        let data = object.authenticator_data().and_then(cbor::Value::as_bytes);
        authenticator_data(data.unwrap_or_default());
    }
}

fn authenticator_data(bytes: &[u8]) {
    let data = AuthenticatorData::decode(bytes);
    let extensions = data.extensions.as_ref();
    let _ = extensions.map(|found| (found.names().is_some(), found.wrong_shape()));
    // Whoever can be read has no problem, and whoever cannot has one.
    assert_eq!(data.rp_id_hash.is_none(), bytes.len() < 32);
}

fn base64_url(bytes: &[u8]) {
    if let Ok(text) = std::str::from_utf8(bytes)
        && let Ok(decoded) = base64url::decode(text)
    {
        assert_eq!(base64url::encode(&decoded), text);
    }
}

fn cbor_item(bytes: &[u8]) {
    let outline = cbor::outline(bytes, 0);
    match cbor::decode(bytes) {
        Ok(decoded) => assert_eq!((outline.fault, outline.consumed), (None, decoded.consumed)),
        Err(error) => assert_eq!(outline.fault, Some(error)),
    }
}

/// A certificate as the verifier meets it: in the attestation of a recording, and as an anchor.
fn certificate(bytes: &[u8]) {
    drawn(bytes, Artifact::Certificate);
    read_alike(bytes);
    let Some(mut recording) = REGISTRATION.clone() else {
        return;
    };
    let text = base64url::encode(bytes).replace('-', "+").replace('_', "/");
    let padding = "=".repeat((4 - text.len() % 4) % 4);
    let pem = format!("-----BEGIN CERTIFICATE-----\n{text}{padding}\n-----END CERTIFICATE-----\n");
    recording.policy.anchors.push(pem.clone());
    judged(&recording);
    let _ = Anchors::from_pem(pem.as_bytes());
}

/// What is read of a certificate as it should be written, a reader that forgives more reads too.
fn read_alike(bytes: &[u8]) {
    let Some(read) = Certificate::read(bytes) else {
        return;
    };
    let mut parser = TbsCertificateParser::new().with_deep_parse_extensions(false);
    let (rest, other) = parser.parse(read.signed).expect("a certificate");
    assert!(rest.is_empty());
    assert_eq!(
        (read.serial, read.version),
        (other.raw_serial(), other.version.0)
    );
    let validity = &other.validity;
    let (from, to) = (&validity.not_before, &validity.not_after);
    assert_eq!(
        (read.not_before, read.not_after),
        (from.timestamp(), to.timestamp())
    );
    let names = (other.issuer.as_raw(), other.subject.as_raw());
    assert_eq!((read.issuer, read.subject), names);
    let attributes = read
        .attributes
        .iter()
        .map(|found| (found.kind, Some(found.text)));
    let others = other.subject.iter_attributes();
    assert!(attributes.eq(others.map(|found| (found.attr_type().as_bytes(), found.as_str().ok()))));
    let (key, info) = (&read.key, &other.subject_pki);
    assert_eq!(
        (key.der, key.bits),
        (info.raw, info.subject_public_key.data.as_ref())
    );
    assert_eq!(key.algorithm, info.algorithm.algorithm.as_bytes());
    let extensions = read.extensions.iter();
    let others = other.extensions().iter();
    assert!(
        extensions
            .map(|found| (found.kind, found.critical, found.value))
            .eq(others.map(|found| (found.oid.as_bytes(), found.critical, found.value)))
    );
}

fn client_data(bytes: &[u8]) {
    let text = ClientDataText::decode(bytes);
    let _ = text.parse();
    drawn(bytes, Artifact::ClientData);
}

fn cose_key(bytes: &[u8]) {
    if let Ok(key) = CoseKey::decode(bytes) {
        let _ = (key.has_integer_labels(), key.labels().count());
    }
    drawn(bytes, Artifact::CoseKey);
}

/// A revocation list, DER or PEM: for the demonstration's BLOB and for an attestation.
fn crl(bytes: &[u8]) {
    let lists = RevocationList::read(bytes).unwrap_or_default();
    let _: Vec<_> = lists.iter().map(|list| list.find(&[1])).collect();
    if let Some(demonstration) = DEMONSTRATION.as_ref() {
        let options = Options {
            crls: vec![bytes.to_vec()],
            ..Options::default()
        };
        let _ = demonstration
            .blob
            .verify(&demonstration.anchors, now(), &options);
    }
    if let Some(recording) = REGISTRATION.as_ref() {
        let crls = [bytes.to_vec()];
        let context = Context {
            crls: &crls,
            ..present()
        };
        let _ = verify(recording, &context);
    }
}

fn dashboard(bytes: &[u8]) {
    let _ = yaml(bytes, |text| {
        Dashboard::parse(text, "fuzz.yaml", &["slis"]).is_ok()
    });
}

fn der_elements(bytes: &[u8]) {
    for element in der::Elements::new(bytes).flatten() {
        let _ = (element.kind(), element.integer());
    }
    drawn(bytes, Artifact::Der);
}

/// A line of every source that has a mapping.
fn events(bytes: &[u8]) {
    static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(Catalogue::builtin);
    let pseudonyms = Pseudonyms::new([7; 32]);
    let context = LineContext::new(&pseudonyms, now());
    let mut scratch = Scratch::new();
    for mapping in CATALOGUE.iter() {
        let _ = mapping.decode(bytes, &context, &mut scratch, &mut |_| ());
    }
    let _ = CATALOGUE.detect(&[bytes]);
}

/// An HTTP archive; the same bytes as W3C JSON; and what comes of either.
fn har(bytes: &[u8]) {
    for name in ["fuzz.har", "fuzz.json"] {
        let _ = Import::is_importable(name, bytes);
        let mut import = Import::new(Vec::new());
        import.add(name, bytes);
        let imported = import.finish();
        let _ = imported.words();
        for mut recording in imported.recordings {
            redact(&mut recording);
            judged(&recording);
        }
    }
}

fn inspect(bytes: &[u8]) {
    if let Ok(inspection) = draw(bytes, Request::default()) {
        let _ = (inspection.text(Style::default()), inspection.json());
    }
}

fn key_description(bytes: &[u8]) {
    let _ = KeyDescription::decode(bytes);
    drawn(bytes, Artifact::KeyDescription);
}

fn mapping(bytes: &[u8]) {
    let _ = yaml(bytes, |text| Mapping::parse(text, "fuzz.yaml").is_ok());
}

/// A BLOB as it is downloaded, under the demonstration's root.
fn metadata_blob(bytes: &[u8]) {
    if let (Ok(blob), Some(demonstration)) = (Blob::open(bytes), DEMONSTRATION.as_ref()) {
        let _ = blob.verify(&demonstration.anchors, now(), &Options::default());
        read_through(&blob, &demonstration.blob);
    }
}

/// The payload of a BLOB: nothing has to be signed or encoded to reach the entries.
fn metadata_payload(bytes: &[u8]) {
    let Some(demonstration) = DEMONSTRATION.as_ref() else {
        return;
    };
    let payload = base64url::encode(bytes);
    let text = format!("{}.{payload}.AAAA", demonstration.header);
    let Ok(blob) = Blob::open(text.as_bytes()) else {
        return;
    };
    read_through(&blob, &demonstration.blob);
    if let Some(recording) = REGISTRATION.as_ref() {
        let context = Context {
            metadata: Some(&blob),
            ..present()
        };
        let _ = verify(recording, &context);
    }
}

/// Everything that a BLOB is asked.
fn read_through(blob: &Blob, other: &Blob) {
    let today = now().date_naive();
    for entry in blob.entries() {
        let _ = (entry.description(), entry.level(today), entry.timeline());
        let _ = (entry.undesired(today).count(), entry.latest_status(today));
        if let Some(statement) = &entry.statement {
            let (hints, transports) = (statement.attachment_hints(), statement.transports());
            let _ = (hints.count(), transports.count());
        }
    }
    let search = Search {
        text: Some("a".to_owned()),
        ..Search::default()
    };
    let found = blob.search(&search, today).len();
    assert!(found <= blob.entries().len());
    let _ = (blob.lint(today), blob.state(now()).stale());
    let _ = (blob.difference(other), other.difference(blob));
    // Nothing differs from itself.
    assert_eq!(blob.difference(blob).len(), 0);
}

fn policy(bytes: &[u8]) {
    let _ = yaml(bytes, |text| PolicyFile::parse(text, "fuzz.yaml").is_ok());
}

fn recording(bytes: &[u8]) {
    let _ = load("fuzz.json", bytes);
    let _ = load("fuzz.jsonl", bytes);
}

fn rule(bytes: &[u8]) {
    let _ = yaml(bytes, |text| Rule::parse(text, "fuzz.yml").is_ok());
}

/// The signature of an assertion.
fn signature(bytes: &[u8]) {
    static ASSERTION: LazyLock<Option<Recording>> = LazyLock::new(|| {
        Recording::from_json(include_bytes!(
            "../../../datasets/ceremonies/authentication-packed.json"
        ))
        .ok()
    });
    let Some(mut recording) = ASSERTION.clone() else {
        return;
    };
    if let Some(credential) = recording.response.credential_mut()
        && let ResponseBody::Object(response) = &mut credential.response
    {
        response.signature = base64url::encode(bytes).into();
    }
    judged(&recording);
}

fn tpm(bytes: &[u8]) {
    let _ = (TpmAttest::decode(bytes), TpmPublic::decode(bytes));
    let _ = TpmSignature::decode(bytes);
    drawn(bytes, Artifact::TpmCertInfo);
    drawn(bytes, Artifact::TpmPubArea);
}

fn verify_bytes(bytes: &[u8]) {
    if let Ok(recording) = Recording::from_json(bytes) {
        judged(&recording);
    }
}

fn judged(recording: &Recording) {
    let _ = verify(recording, &present());
}

fn present() -> Context<'static> {
    Context {
        now: Some(now()),
        profile: Profile::WebauthnL3,
        ..Context::default()
    }
}

fn drawn(bytes: &[u8], artifact: Artifact) {
    let request = Request {
        artifact: Some(artifact),
        ..Request::default()
    };
    if let Ok(inspection) = draw(bytes, request) {
        let _ = inspection.text(Style::default());
    }
}

fn yaml(bytes: &[u8], parse: impl Fn(&str) -> bool) -> Option<bool> {
    std::str::from_utf8(bytes).ok().map(parse)
}

/// Exports of telemetry: protobuf becomes JSON, an object a line; JSON stays as it is, on one line.
/// Records are lines of JSON, but for bytes that are no text.
fn table(bytes: &[u8]) {
    let mut lines = Vec::new();
    if let Ok(mut table) = CsvLines::new(bytes) {
        let _ = table.read_to_end(&mut lines);
    }
    for line in lines.split_inclusive(|byte| *byte == b'\n') {
        let value: Result<serde_json::Value, _> = serde_json::from_slice(line);
        assert!(value.is_ok() || std::str::from_utf8(line).is_err());
    }
}

/// Carriers are taken off alike, however the bytes are cut into reads.
fn unwrapped(bytes: &[u8]) {
    let (mut whole, mut cut) = (Vec::new(), Vec::new());
    let _ = Unwrapped::new(bytes, Unwrapping::default()).read_to_end(&mut whole);
    let (first, second) = bytes.split_at(bytes.len() / 2);
    let _ = Unwrapped::new(first.chain(second), Unwrapping::default()).read_to_end(&mut cut);
    assert_eq!(whole, cut);
}

fn otlp(bytes: &[u8]) {
    for signal in [OtlpSignal::Logs, OtlpSignal::Traces] {
        let limits = OtlpLimits {
            total: 1 << 20,
            line: 1 << 20,
        };
        let lines = otlp_protobuf_lines(signal, bytes, limits);
        let lines = lines.map(|lines| lines.text).unwrap_or_default();
        assert!(lines.is_empty() || lines.ends_with(b"\n"));
        for line in lines.split_inclusive(|byte| *byte == b'\n') {
            let object: Result<serde_json::Map<String, serde_json::Value>, _> =
                serde_json::from_slice(line);
            let is_deep = |error: &serde_json::Error| error.to_string().contains("recursion");
            assert!(object.as_ref().err().is_none_or(is_deep), "{object:?}");
        }
        let Ok(lines) = otlp_json_lines(signal, bytes, limits) else {
            continue;
        };
        assert!(lines.text.is_empty() || lines.text.ends_with(b"\n"));
        for line in lines.lines() {
            // Damage of a record stays in it; the line is JSON all the same.
            let text = String::from_utf8_lossy(line);
            let json: Result<serde_json::Value, _> = serde_json::from_str(&text);
            let of_a_record = |error: &serde_json::Error| {
                let error = error.to_string();
                ["recursion", "out of range", "surrogate", "hex escape"]
                    .iter()
                    .any(|why| error.contains(why))
            };
            assert!(
                json.as_ref().err().is_none_or(of_a_record),
                "{text}: {json:?}"
            );
        }
    }
}
