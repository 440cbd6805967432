//! Nothing that stands on a line makes decoding panic, and what is written reads back.

#![expect(
    clippy::indexing_slicing,
    reason = "a test says what it could not do by failing"
)]

use std::sync::LazyLock;

use chrono::{TimeZone as _, Utc};
use fidoscope_events::{
    Catalogue, Context, Event, KINDS, Line, Mapping, OUTCOMES, OtlpLimits, OtlpSignal, Pseudonyms,
    Scratch, otlp_json_lines, otlp_protobuf_lines, write_columns, write_line,
};
use proptest::prelude::*;

const LINES: &[(&str, &str)] = &[
    ("native", include_str!("../tests-data/native.ndjson")),
    ("okta", include_str!("../tests-data/okta.ndjson")),
    ("keycloak", include_str!("../tests-data/keycloak.ndjson")),
    (
        "govuk_one_login",
        include_str!("../tests-data/govuk_one_login.ndjson"),
    ),
    ("entra_id", include_str!("../tests-data/entra_id.ndjson")),
    ("auth0", include_str!("../tests-data/auth0.ndjson")),
    (
        "google_workspace",
        include_str!("../tests-data/google_workspace.ndjson"),
    ),
    (
        "ory_kratos",
        include_str!("../tests-data/ory_kratos.ndjson"),
    ),
    ("otlp", include_str!("../tests-data/otlp.ndjson")),
    (
        "ibm_verify",
        include_str!("../tests-data/ibm_verify.ndjson"),
    ),
    (
        "simplewebauthn",
        include_str!("../tests-data/simplewebauthn.ndjson"),
    ),
    ("ecs", include_str!("../tests-data/ecs.ndjson")),
];

static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(Catalogue::builtin);

/// Decodes a line; the events come back as text.
fn decode(mapping: &Mapping, line: &[u8], scratch: &mut Scratch) -> (Line, String) {
    let pseudonyms = Pseudonyms::new([7; 32]);
    let now = Utc.with_ymd_and_hms(2026, 3, 3, 0, 0, 0).unwrap();
    let mut out = String::new();
    let line = mapping.decode(
        line,
        &Context::new(&pseudonyms, now),
        scratch,
        &mut |event| {
            write_columns(event, &mut out);
        },
    );
    (line, out)
}

/// A line of ours with one byte changed, a part cut out or a part doubled.
fn mutated() -> impl Strategy<Value = (&'static str, Vec<u8>)> {
    let source = prop::sample::select(LINES);
    (
        source,
        any::<prop::sample::Index>(),
        any::<prop::sample::Index>(),
        any::<u8>(),
        0..4_u8,
    )
        .prop_map(|((source, lines), line, place, byte, how)| {
            let lines: Vec<_> = lines.lines().collect();
            let mut bytes = lines[line.index(lines.len())].as_bytes().to_vec();
            let place = place.index(bytes.len());
            match how {
                0 => bytes[place] = byte,
                1 => bytes.truncate(place),
                2 => drop(bytes.drain(place..(place + usize::from(byte % 9)).min(bytes.len()))),
                _ => bytes.extend_from_within(place..),
            }
            (source, bytes)
        })
}

prop_compose! {
    fn text()(text in "[ -~é\u{0}-\u{1f}\u{1f511}]{0,20}") -> String { text }
}

prop_compose! {
    fn event()(
        micros in 1_330_000_000_000_000..1_772_000_000_000_000_i64,
        kind in prop::sample::select(KINDS),
        outcome in prop::sample::select(OUTCOMES),
        event_id in "[a-z0-9]{1,12}",
        tenant in prop::option::of(text()),
        label in prop::option::of(text()),
        credential in prop::option::of(prop::collection::vec(any::<u8>(), 1..80)),
        challenge in prop::option::of(any::<[u8; 16]>()),
        aaguid in prop::option::of(any::<[u8; 16]>()),
        address in prop::option::of(any::<[u8; 16]>()),
        bits in prop::option::of((0..4_i16, 1..4_i16)),
        counter in prop::option::of(any::<u32>()),
        thousandths in prop::option::of(any::<u32>()),
        transports in prop::option::of(prop::collection::vec(text(), 0..3)),
        attrs in prop::collection::vec((text(), text()), 0..3),
    ) -> Event<'static> {
        Event {
            ts: micros,
            ts_precision: Some(6),
            kind: kind.into(),
            outcome: match kind.rsplit_once('.') {
                Some(("registration" | "authentication", "completed")) => "success".into(),
                Some((_, "failed" | "rejected")) => "failure".into(),
                Some((_, "abandoned")) => "abandoned".into(),
                _ => outcome.into(),
            },
            event_id: event_id.into(),
            tenant: tenant.map(Into::into),
            credential_label: label.map(Into::into),
            credential_id: credential.map(Into::into),
            challenge_hash: challenge,
            aaguid,
            client_ip: address,
            // Bits 2 and 3 are user verified and backup eligible.
            flags: bits.map(|(flags, known)| (flags & known) << 2),
            flags_known: bits.map(|(_, known)| known << 2),
            sign_count: counter.map(i64::from),
            server_ms: thousandths.map(|count| f64::from(count) / 1_000.0),
            transports: transports.map(|list| list.into_iter().map(Into::into).collect()),
            attrs: attrs.into_iter().map(|(name, value)| (name.into(), value.into())).collect(),
            ..Event::default()
        }
    }
}

proptest! {
    #[test]
    fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        for mapping in CATALOGUE.iter() {
            decode(mapping, &bytes, &mut Scratch::new());
        }
    }

    #[test]
    fn arbitrary_json_never_panics(json in "[\\[\\]{}:,\"0-9a-z.\\-\\\\ eE+]{0,80}") {
        for mapping in CATALOGUE.iter() {
            decode(mapping, json.as_bytes(), &mut Scratch::new());
        }
    }

    #[test]
    fn mutated_lines_never_panic((source, bytes) in mutated()) {
        let mapping = CATALOGUE.get(source).unwrap();
        // What was decoded before has no influence on what comes after.
        let mut used = Scratch::new();
        let (_, lines) = LINES.iter().find(|(name, _)| *name == source).unwrap();
        for line in lines.lines() {
            decode(mapping, line.as_bytes(), &mut used);
        }
        prop_assert_eq!(
            decode(mapping, &bytes, &mut used),
            decode(mapping, &bytes, &mut Scratch::new())
        );
        let _ = CATALOGUE.detect(&[&bytes]);
    }

    #[test]
    fn what_is_written_reads_back(event in event()) {
        let mut line = String::new();
        write_line(&event, &mut line);
        let native = CATALOGUE.get("native").unwrap();
        let mut again = String::new();
        let pseudonyms = Pseudonyms::new([7; 32]);
        let now = Utc.with_ymd_and_hms(2026, 3, 3, 0, 0, 0).unwrap();
        let context = Context::new(&pseudonyms, now);
        let mut check = |read: &Event<'_>| {
            let expected = Event {
                source: read.source.clone(),
                mapping_version: read.mapping_version.clone(),
                source_event_type: read.source_event_type.clone(),
                ceremony: read.ceremony.clone(),
                credential_kind: read.credential_kind.clone(),
                latency_basis: read.latency_basis.clone(),
                ..event.clone()
            };
            assert_eq!(*read, expected);
            write_line(read, &mut again);
        };
        let found = native.decode(line.trim_end().as_bytes(), &context, &mut Scratch::new(), &mut check);
        prop_assert_eq!(found, Line::Mapped(1));
    }
}

proptest! {
    /// Whatever is sent as an export: lines of JSON, or a reason, within the limit.
    #[test]
    fn exports_never_panic(
        bytes in proptest::collection::vec(any::<u8>(), 0..200),
        // Protobuf is more than noise only with tags of messages in it.
        nested in proptest::collection::vec((1_u8..16, proptest::collection::vec(any::<u8>(), 0..20)), 0..6),
    ) {
        let mut message = Vec::new();
        for (number, inner) in nested {
            message.extend([number << 3 | 2, u8::try_from(inner.len()).unwrap()]);
            message.extend(inner);
        }
        let length = u8::try_from(message.len()).unwrap();
        let wrapped = [&[0x0a, length + 2, 0x12, length][..], &message].concat();
        for signal in [OtlpSignal::Logs, OtlpSignal::Traces] {
            for bytes in [&bytes, &message, &wrapped] {
                let limits = OtlpLimits { total: 10_000, line: 10_000 };
                let protobuf = otlp_protobuf_lines(signal, bytes, limits);
                for lines in [protobuf, otlp_json_lines(signal, bytes, limits)] {
                    let lines = lines.map(|lines| lines.text).unwrap_or_default();
                    prop_assert!(lines.len() <= 10_000);
                    prop_assert!(lines.is_empty() || lines.ends_with(b"\n"));
                }
            }
        }
    }
}
