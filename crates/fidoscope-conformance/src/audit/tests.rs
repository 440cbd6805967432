use std::sync::LazyLock;

use chrono::{DateTime, Utc};
use fidoscope_authenticator::{
    Created, MetadataPayload, MetadataSigner, MetadataStatus, Model, TestBench, Validity, crl_pem,
    metadata, models,
};
use fidoscope_metadata::{Blob, Level};
use fidoscope_report::{AuditRow, Options, Writer};
use fidoscope_verifier::{Past, Trust};
use fidoscope_webauthn::base64url;
use proptest::prelude::*;

use super::*;
use crate::builtin_advisories;

struct World {
    bench: TestBench,
    models: [Model; 4],
    made: Vec<Created>,
    payload: MetadataPayload,
    old: Blob,
    new: Blob,
}

const THEN: &str = "2026-03-01T12:00:00Z";
const NOW: &str = "2026-06-01T00:00:00Z";

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn blob(payload: &MetadataPayload) -> Blob {
    let signer = MetadataSigner::new(7, at(THEN)).unwrap();
    Blob::open(&signer.sign(payload).unwrap()).unwrap()
}

static WORLD: LazyLock<World> = LazyLock::new(|| {
    let bench = TestBench::new(7, "example.org", at(THEN)).unwrap();
    let payload = metadata(7, "example.org", at(THEN)).unwrap();
    let mut later = payload.clone();
    later.no = 43;
    later.next_update = "2026-07-01".parse().unwrap();
    let effective_date = "2026-05-01".parse().unwrap();
    let revoked = MetadataStatus {
        status: "REVOKED".to_owned(),
        effective_date,
    };
    // The phone is revoked; the key has another root from now on and says nothing else.
    later.entries[2].status_reports.insert(0, revoked);
    later.entries[2].time_of_last_status_change = effective_date;
    let models = models();
    let made = models.iter().map(|model| {
        let mut authenticator = bench.authenticator(model.clone(), 1).unwrap();
        authenticator.create(&bench.create_options("a")).unwrap()
    });
    World {
        made: made.collect(),
        models,
        old: blob(&payload),
        new: blob(&later),
        payload: later,
        bench,
    }
});

/// Lines as a relying party logs them: three with bytes, the others with the model only.
fn log() -> String {
    let mut lines = String::new();
    for (at, (model, made)) in WORLD.models.iter().zip(&WORLD.made).enumerate() {
        let segment = ["admin", "workforce"][at % 2];
        let object = base64url::encode(&made.attestation_object);
        let client_data = base64url::encode(&made.client_data_json);
        let id = base64url::encode(&made.credential_id);
        lines.push_str(&format!(
            r#"{{"ts":"{THEN}","kind":"registration.completed","outcome":"success","credential_id":"{id}","user_id":"user-{at}","user_segment":"{segment}","attestation_object":"{object}","client_data_json":"{client_data}"}}
{{"ts":"{THEN}","kind":"registration.completed","outcome":"success","credential_ref":"key {at}","user_id":"user-{at}","aaguid":"{}"}}
"#,
            model.aaguid
        ));
    }
    lines.push_str(
        r#"{"ts":"2026-03-02T08:00:00Z","kind":"authentication.completed","outcome":"success"}
{"aaguid":"f8a011f3-8c0a-4d15-8006-17111f9edc7d","ts":"2026-03-02T08:00:00Z","credential_ref":"old"}
{"aaguid":"not a model","kind":"registration.completed"}
{"aaguid":"f8a011f3-8c0a-4d15-8006-17111f9edc7d","ts":"yesterday"}
{"ts":"2026-03-02T08:00:00Z","aaguid":"#,
    );
    lines
}

fn audit(lines: &str, format: Format, edit: impl FnOnce(&mut Trust<'_>)) -> String {
    let advisories = builtin_advisories().unwrap();
    let mut trust = Trust {
        newest: Some(&WORLD.new),
        past: Past::Blob(&WORLD.old),
        advisories: &advisories,
        ..Trust::at(at(NOW))
    };
    edit(&mut trust);
    let auditor = Auditor::new(Assessor::new(trust), DEFAULT_GROUP, format);
    let mut writer = Writer::of::<AuditRow>(Vec::new(), format, Options::default()).unwrap();
    let mut totals = AuditTotals::default();
    for piece in LinePieces::new("log.ndjson", lines.as_bytes()) {
        let audited = auditor.lines(&piece.unwrap());
        totals.merge(audited.totals);
        writer.push(audited.piece).unwrap();
    }
    let report = totals.report(auditor.assessor(), auditor.by());
    String::from_utf8(writer.finish(report.closing()).unwrap()).unwrap()
}

#[test]
fn what_people_see() {
    let seen = |format| {
        audit(&log(), format, |trust| {
            trust.required_level = Some(Level::L1);
        })
    };
    insta::assert_snapshot!("audit_table", seen(Format::Table));
    insta::assert_snapshot!("audit_markdown", seen(Format::Markdown));
    insta::assert_snapshot!("audit_csv", seen(Format::Csv));
}

fn rows(lines: &str, edit: impl FnOnce(&mut Trust<'_>)) -> Vec<serde_json::Value> {
    let text = audit(lines, Format::Ndjson, edit);
    let rows = text.lines().map(|line| serde_json::from_str(line).unwrap());
    rows.collect()
}

/// The registration of the key with an attestation certificate: its bytes, or only its model.
#[track_caller]
fn check(line: usize, edit: impl FnOnce(&mut Trust<'_>), expected: &[(&str, &str)]) {
    let line = log().lines().nth(line).unwrap().to_owned();
    let rows = rows(&line, edit);
    let found: Vec<(String, String)> = rows
        .iter()
        .map(|row| {
            let new = row["new"].as_array().unwrap();
            let new: Vec<_> = new.iter().map(|word| word.as_str().unwrap()).collect();
            let step = row["now"]["step"].as_str().unwrap();
            (new.join(" "), step.to_owned())
        })
        .collect();
    let found: Vec<_> = found
        .iter()
        .map(|(a, b)| (a.as_str(), b.as_str()))
        .collect();
    assert_eq!(found, expected);
}

/// Nothing in the model's entry but its roots has changed: the view by AAGUID sees nothing, the
/// bytes fail.
#[test]
fn a_statement_can_fail_where_its_model_does_not() {
    let stranger = TestBench::new(8, "example.org", at(THEN)).unwrap();
    let mut payload = WORLD.payload.clone();
    let other = MetadataPayload {
        entries: vec![fidoscope_authenticator::MetadataEntry::new(
            &WORLD.models[0],
            &[stranger.pki().root_der()],
            &[],
        )],
        ..payload.clone()
    };
    let statement = &mut payload.entries[0].metadata_statement;
    statement.attestation_root_certificates = other.entries[0]
        .metadata_statement
        .attestation_root_certificates
        .clone();
    let blob: &Blob = Box::leak(Box::new(blob(&payload)));
    let (bytes, model) = (0, 1);
    check(
        bytes,
        |trust| trust.newest = Some(blob),
        &[("untrusted", "chain.name-sig")],
    );
    check(model, |trust| trust.newest = Some(blob), &[]);
}

#[test]
fn a_certificate_can_be_revoked_or_expire() {
    let identity = WORLD.bench.attestation_identity(&WORLD.models[0]).unwrap();
    let validity = Validity {
        not_before: at("2026-05-01T00:00:00Z"),
        not_after: at("2027-05-01T00:00:00Z"),
    };
    let pki = WORLD.bench.pki();
    let lists = pki.revocation_lists(&[&identity.key], validity).unwrap();
    let lists: Vec<Vec<u8>> = lists.iter().map(|der| crl_pem(der).into_bytes()).collect();
    let lists: &[Vec<u8>] = lists.leak();
    check(
        0,
        |trust| trust.crls = lists,
        &[("untrusted", "chain.revoked")],
    );
    check(1, |trust| trust.crls = lists, &[]);
    let late = at("2036-06-01T00:00:00Z");
    check(
        0,
        |trust| trust.now = late,
        &[("expired", "chain.validity")],
    );
    check(1, |trust| trust.now = late, &[]);
}

#[test]
fn hostile_lines_are_rejected_with_their_reason() {
    #[track_caller]
    fn check(line: &str, expected: &str) {
        let text = audit(line, Format::Json, |_| {});
        let audit: serde_json::Value = serde_json::from_str(&text).unwrap();
        let rejected = audit["rejected"].as_array().unwrap();
        let reasons = rejected.iter().map(|row| row["reason"].as_str().unwrap());
        let expected: Vec<&str> = expected.split_terminator('|').collect();
        assert_eq!(reasons.collect::<Vec<_>>(), expected, "{text}");
    }
    check(
        "{}",
        "neither `kind` nor a model, attestation object or authenticator data",
    );
    check(r#"{"kind":"authentication.completed","aaguid":null}"#, "");
    check(
        r#"{"kind":"registration.completed","aaguid":"2fc0579f"}"#,
        "an AAGUID has 32 hexadecimal digits, with dashes as a UUID or without: `2fc0579f` at column 53",
    );
    check(
        r#"{"kind":"registration.completed","attestation_object":"a*"}"#,
        "attestation_object is no base64url: byte 0x2a at offset 1 is not base64url",
    );
    check(
        r#"{"kind":"registration.completed","client_data_hash":"AQID"}"#,
        "client_data_hash has 3 bytes, not 32",
    );
    check(
        r#"{"kind":"registration.completed","aaguid":null,"aaguid":null}"#,
        "duplicate field `aaguid` at column 55",
    );
    check("[1]", "no JSON object");
}

#[test]
fn the_same_lines_count_the_same_in_any_pieces() {
    let advisories = builtin_advisories().unwrap();
    let trust = Trust {
        newest: Some(&WORLD.new),
        past: Past::Blob(&WORLD.old),
        advisories: &advisories,
        ..Trust::at(at(NOW))
    };
    let auditor = Auditor::new(Assessor::new(trust), "user_id", Format::Json);
    let report = |pieces: Vec<String>| {
        let mut totals = AuditTotals::default();
        for text in pieces {
            for piece in LinePieces::new("a", text.as_bytes()) {
                totals.merge(auditor.lines(&piece.unwrap()).totals);
            }
        }
        let mut report = totals.report(auditor.assessor(), auditor.by());
        report.rejected.clear();
        report
    };
    let whole = report(vec![log()]);
    let single = log().lines().map(str::to_owned).collect();
    assert_eq!(whole, report(single));
    assert_eq!((whole.total.registrations, whole.rejected_lines), (9, 3));
}

proptest! {
    #[test]
    fn never_panics(bytes in prop::collection::vec(any::<u8>(), 0..200), cut in 0_usize..3000) {
        let place = Place { source: "a".into(), line: None };
        let _ = read_registration(&bytes, &place, "kind");
        let text = log();
        let cut = text.get(..cut.min(text.len())).unwrap_or_default();
        let _ = audit(cut, Format::Ndjson, |_| {});
    }
}
