//! How fast registrations are audited.
//!
//! ```text
//! cargo run --release -p fidoscope-conformance --example audit_speed -- models 1000000
//! cargo run --release -p fidoscope-conformance --example audit_speed -- objects 100000
//! cargo run --release -p fidoscope-conformance --example audit_speed -- supplied 100000
//! ```
//!
//! `supplied` is `objects` with anchors in PEM and revocation lists of two thousand entries each.
//!
//! The lines are made first and not counted; reading them is.

use std::io::{self, Write as _};
use std::num::NonZeroUsize;
use std::time::Instant;

use chrono::{DateTime, TimeDelta, Utc};
use fidoscope_authenticator::{
    MetadataPayload, MetadataSigner, Model, Seed, TestBench, TestKey, Validity, crl_pem, metadata,
    models,
};
use fidoscope_conformance::{
    AuditTotals, Auditor, DEFAULT_GROUP, LinePieces, builtin_advisories, in_order,
};
use fidoscope_metadata::{Blob, History};
use fidoscope_report::{AuditRow, Format, Options, Writer};
use fidoscope_verifier::{Assessor, Past, Trust};
use fidoscope_webauthn::{Aaguid, base64url};

type Failure = Box<dyn std::error::Error>;

const RP: &str = "example.org";

fn main() -> Result<(), Failure> {
    let mut arguments = std::env::args().skip(1);
    let (Some(what), Some(count)) = (arguments.next(), arguments.next()) else {
        return Err("say `models N`, `objects N` or `supplied N`".into());
    };
    let count: usize = count.parse()?;
    let then: DateTime<Utc> = "2026-03-01T12:00:00Z".parse()?;
    let payload = metadata(7, RP, then)?;
    let text = match what.as_str() {
        "models" => by_model(count, &payload, then),
        "objects" | "supplied" => by_bytes(count, then)?,
        other => return Err(format!("there is no `{other}`").into()),
    };
    let supplied = match what.as_str() {
        "supplied" => supplied(then)?,
        _ => Supplied::default(),
    };
    let megabytes = text.len() / 1_000_000;
    let mut out = io::stdout().lock();
    writeln!(out, "{count} lines, {megabytes} MB")?;
    for jobs in [1, 2] {
        let start = Instant::now();
        let totals = audit(&text, &payload, &supplied, then, jobs)?;
        let took = start.elapsed().as_secs_f64();
        let all = totals.registrations();
        writeln!(out, "{jobs} threads: {all} registrations in {took:.2} s")?;
    }
    Ok(())
}

/// Every model of the metadata in turn, and one that it does not list.
fn by_model(count: usize, payload: &MetadataPayload, then: DateTime<Utc>) -> String {
    let listed = payload.entries.iter().filter_map(|entry| entry.aaguid);
    let models: Vec<Aaguid> = listed.chain([Aaguid(*b"no model of ours")]).collect();
    let mut text = String::new();
    for (number, model) in models.iter().cycle().take(count).enumerate() {
        let at = then + TimeDelta::seconds(i64::try_from(number).unwrap_or(0));
        text.push_str(&format!(
            r#"{{"ts":"{}","kind":"registration.completed","outcome":"success","credential_ref":"c{number}","user_id":"u{number}","user_segment":"workforce","aaguid":"{model}"}}"#,
            at.to_rfc3339()
        ));
        text.push('\n');
    }
    text
}

/// Attestation objects with a certificate; a thousand are made, and each stands there often.
fn by_bytes(count: usize, then: DateTime<Utc>) -> Result<String, Failure> {
    let bench = TestBench::new(7, RP, then)?;
    let [key, ..] = models();
    let model: Model = key;
    let mut authenticator = bench.authenticator(model, 1)?;
    let mut made = Vec::new();
    for number in 0..count.min(1_000) {
        let created = authenticator.create(&bench.create_options(&format!("{number}")))?;
        made.push(format!(
            r#"{{"ts":"2026-03-01T12:00:00Z","kind":"registration.completed","outcome":"success","credential_id":"{}","user_segment":"workforce","attestation_object":"{}","client_data_json":"{}"}}"#,
            base64url::encode(&created.credential_id),
            base64url::encode(&created.attestation_object),
            base64url::encode(&created.client_data_json),
        ));
    }
    let mut text = String::new();
    for line in made.iter().cycle().take(count) {
        text.push_str(line);
        text.push('\n');
    }
    Ok(text)
}

/// Anchors and revocation lists of the command line.
#[derive(Default)]
struct Supplied {
    anchors: Vec<String>,
    lists: Vec<Vec<u8>>,
}

fn supplied(then: DateTime<Utc>) -> Result<Supplied, Failure> {
    let bench = TestBench::new(7, RP, then)?;
    let others: Vec<TestKey> = (0..2_000)
        .map(|number| TestKey::derive(&Seed::new(8, "others"), &format!("revoked {number}")))
        .collect();
    let validity = Validity {
        not_before: then,
        not_after: then + TimeDelta::days(365),
    };
    let revoked: Vec<&TestKey> = others.iter().collect();
    let lists = bench.pki().revocation_lists(&revoked, validity)?;
    Ok(Supplied {
        anchors: vec![bench.pki().root_pem()],
        lists: lists.iter().map(|der| crl_pem(der).into_bytes()).collect(),
    })
}

fn audit(
    text: &str,
    payload: &MetadataPayload,
    supplied: &Supplied,
    then: DateTime<Utc>,
    jobs: usize,
) -> Result<AuditTotals, Failure> {
    let signer = MetadataSigner::new(7, then)?;
    let old = Blob::open(&signer.sign(payload)?)?;
    let mut later = payload.clone();
    later.no += 1;
    later.next_update = (then + TimeDelta::days(120)).date_naive();
    let newest = Blob::open(&signer.sign(&later)?)?;
    let history = History::new(vec![old]);
    let advisories = builtin_advisories().map_err(|_| "our advisories cannot be read")?;
    let trust = Trust {
        newest: Some(&newest),
        past: Past::History(&history),
        advisories: &advisories,
        anchors: &supplied.anchors,
        crls: &supplied.lists,
        ..Trust::at(then + TimeDelta::days(90))
    };
    let auditor = Auditor::new(Assessor::new(trust), DEFAULT_GROUP, Format::Ndjson);
    let mut writer = Writer::of::<AuditRow>(io::sink(), Format::Ndjson, Options::default())?;
    let mut totals = AuditTotals::default();
    let jobs = NonZeroUsize::new(jobs).unwrap_or(NonZeroUsize::MIN);
    let pieces = LinePieces::new("lines", text.as_bytes());
    in_order(
        jobs,
        pieces,
        |piece| piece.map(|piece| auditor.lines(&piece)),
        |audited| {
            let audited = audited?;
            totals.merge(audited.totals);
            writer.push(audited.piece)
        },
    )?;
    Ok(totals)
}
