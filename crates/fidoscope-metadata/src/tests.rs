use crate::*;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, NaiveDate, Utc};
use fidoscope_webauthn::Aaguid;
use proptest::prelude::*;
use std::path::PathBuf;

pub(crate) fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// A BLOB with this payload; its signature is three zero bytes.
pub(crate) fn unsigned(payload: &str) -> Vec<u8> {
    let part = |text: &str| URL_SAFE_NO_PAD.encode(text);
    format!("{}.{}.AAAA", part(r#"{"alg":"ES256"}"#), part(payload)).into_bytes()
}

pub(crate) fn one_entry(entry: &str) -> Blob {
    Blob::open(&unsigned(&format!(r#"{{"no":1,"entries":[{entry}]}}"#))).unwrap()
}

/// Real BLOBs with their file names and numbers of entries; none without `FIDOSCOPE_CORPUS`.
pub(crate) fn corpus_blobs() -> Vec<(&'static str, Blob, usize)> {
    let Some(folder) = corpus::folder() else {
        return Vec::new();
    };
    let open = |(file, _, entries, _, _)| {
        let bytes = std::fs::read(folder.join(file)).unwrap();
        (file, Blob::open(&bytes).unwrap(), entries)
    };
    corpus::BLOBS.into_iter().map(open).collect()
}

mod opening {
    use super::*;

    #[track_caller]
    fn check(input: &[u8], expected: &str) {
        assert_eq!(Blob::open(input).unwrap_err().to_string(), expected);
    }

    #[test]
    fn what_is_no_blob_is_named() {
        check(b"", "the file is empty");
        check(b" \n", "the file is empty");
        check(
            b"<!DOCTYPE html><html><body>503</body></html>",
            "this is a web page, not a metadata BLOB; the download was answered by something else",
        );
        check(
            br#"{"legalHeader":"x","no":291,"entries":[]}"#,
            "this is plain JSON, not a metadata BLOB: a BLOB is a signed JWS of three base64url \
             segments, so nothing vouches for this file",
        );
        let shape = "a compact JWS has three segments with a dot between them; found ";
        check(b"rate limit exceeded", &format!("{shape}1"));
        check(
            b"eyJhbGciOiJSUzI1NiJ9.eyJubyI6",
            &format!("{shape}2 (is the file cut short?)"),
        );
        check(b"a.b.c.d", &format!("{shape}4"));
    }

    #[test]
    fn a_broken_segment_is_named() {
        check(
            b"e+J.e30.AAAA",
            "the header (first segment) is not base64url: `+` of the standard base64 \
             alphabet at offset 1",
        );
        check(
            b"e30.e30=.AAAA",
            "the payload (second segment) is not base64url: padding `=` at offset 3",
        );
        check(b"e30..AAAA", "the payload (second segment) is empty");
        check(b"e30.e30.", "the signature (third segment) is empty");
        check(b"e30.e30.AAAA", "the payload has no list `entries`");
        let header = URL_SAFE_NO_PAD.encode("[1]");
        check(
            format!("{header}.e30.AAAA").as_bytes(),
            "the header (first segment) is not the JSON that belongs there: it is no object",
        );
        let header = URL_SAFE_NO_PAD.encode(r#"{"alg":7}"#);
        check(
            format!("{header}.e30.AAAA").as_bytes(),
            "header member `alg` has the wrong type",
        );
        let header = URL_SAFE_NO_PAD.encode(r#"{"alg":"RS256","x5c":["AAAA","%"]}"#);
        check(
            format!("{header}.e30.AAAA").as_bytes(),
            "`x5c[1]` of the header is not base64",
        );
    }

    #[test]
    fn a_payload_cut_short_is_an_error_with_its_place() {
        check(
            &unsigned(r#"{"no":1,"entries":[{"aaguid""#),
            "the payload (second segment) is not the JSON that belongs there: it ends at line 1, \
             column 28, before its last bracket is closed",
        );
    }

    #[test]
    fn a_megabyte_in_one_member_is_no_matter() {
        let long = "x".repeat(2 << 20);
        let payload = format!(
            r#"{{"no":1,"legalHeader":"{long}","entries":[
               {{"metadataStatement":{{"description":"{long}","icon":"{long}"}}}},
               {{"aaguid":"{long}"}}]}}"#
        );
        let blob = Blob::open(&unsigned(&payload)).unwrap();
        assert_eq!(blob.entries().len(), 2);
        assert_eq!(blob.entries()[0].description().len(), 2 << 20);
        assert!(blob.entries()[0].statement.as_ref().unwrap().has_icon());
        assert!(
            blob.problems()[0].message.len() < 200,
            "messages stay short"
        );
    }

    #[test]
    fn a_million_of_anything_is_refused_with_its_place() {
        let million = |item: &str| format!("[{}{item}]", format!("{item},").repeat(999_999));
        check(
            &unsigned(&format!(
                r#"{{"entries":[{{"statusReports":[{{}}]}},{{"statusReports":{}}}]}}"#,
                million("{}")
            )),
            "/entries/1/statusReports: more than 100000 status reports in one BLOB; the live \
             service has a thousand",
        );
        check(
            &unsigned(&format!(r#"{{"entries":{}}}"#, million("{}"))),
            "/entries/100000: more than 100000 entries in one BLOB; the live service has five \
             hundred",
        );
        let list = million("7");
        let blob = one_entry(&format!(
            r#"{{"attestationCertificateKeyIdentifiers":{list}}}"#
        ));
        assert_eq!(blob.problems().len(), 101);
        let last = blob.problems().last().unwrap();
        assert_eq!(
            format!("{}: {}", last.pointer, last.message),
            "/entries/0/attestationCertificateKeyIdentifiers: 1000000 items cannot be read; the \
             first of them are listed"
        );
    }

    #[test]
    fn nesting_without_end_is_refused() {
        let deep = format!(
            r#"{{"entries":[{}{}]}}"#,
            "[".repeat(100_000),
            "]".repeat(100_000)
        );
        let blob = Blob::open(&unsigned(&deep));
        assert!(blob.is_err() || blob.unwrap().entries().len() == 1);
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = Blob::open(&bytes);
        }

        #[test]
        fn no_mutation_makes_it_panic(
            at in 0_usize..2000, byte in any::<u8>(), cut in 0_usize..2000, now in 0_i64..4_000_000_000,
        ) {
            let mut bytes = unsigned(include_str!("tests/payload.json"));
            let length = bytes.len();
            bytes[at % length] = byte;
            if cut % 2 == 0 {
                bytes.truncate(cut % length);
            }
            if let Ok(blob) = Blob::open(&bytes) {
                let now = DateTime::from_timestamp(now, 0).unwrap();
                let verdict = blob.verify(&Anchors::builtin(), now, &Options::default());
                prop_assert!(!verdict.accepted());
            }
        }

        #[test]
        fn no_payload_makes_it_panic(payload in r#"\{"entries":\[[\[\]{}:,"a0 nu-]{0,60}\]\}"#) {
            let _ = Blob::open(&unsigned(&payload));
        }
    }
}

mod entries {
    use super::*;

    #[test]
    fn a_model_is_found_by_its_aaguid() {
        let blob = Blob::open(&unsigned(include_str!("tests/payload.json"))).unwrap();
        let aaguid: Aaguid = "f1d05c0e-e57a-41d0-9a11-6669646f7301".parse().unwrap();
        let entry = blob.model(&aaguid).unwrap().first();
        assert_eq!(entry.description(), "Juniper Key 2");
        assert_eq!(
            entry.attestation_roots(),
            [vec![0x30, 0x00], vec![0x30, 0x01, 0x00]]
        );
        let statement = entry.statement.as_ref().unwrap();
        assert_eq!(statement.attestation_types, ["basic_full"]);
        assert!(statement.has_icon());
        assert_eq!(
            statement.extra.keys().collect::<Vec<_>>(),
            ["cxConfigURL", "upv"]
        );
        assert!(
            blob.model(&Aaguid::ZERO).is_none(),
            "the zero AAGUID names no model"
        );
        let u2f = blob.model_by_key_identifier("BF7BCAA0D0C6187A8C6ABBDD16A15640E7C7BDE2");
        assert_eq!(u2f.unwrap().description(), "Juniper Key U2F");
        assert_eq!(blob.no(), Some(42));
        assert_eq!(blob.next_update(), Some(day("2026-11-01")));
        assert_eq!(blob.extra().keys().collect::<Vec<_>>(), ["fromTheFuture"]);
    }

    #[track_caller]
    fn check_picture(icon: &str, expected: &str) {
        let blob = one_entry(&format!(r#"{{"metadataStatement":{{"icon":{icon}}}}}"#));
        let statement = blob.entries()[0].statement.as_ref().unwrap();
        let picture = &statement.pictures[0];
        let media_type = picture.media_type.as_deref().unwrap_or("-");
        let bytes = picture
            .bytes
            .map_or("-".to_owned(), |bytes| bytes.to_string());
        assert_eq!(format!("{media_type} {bytes}"), expected);
    }

    #[test]
    fn of_pictures_only_type_and_size_are_kept() {
        check_picture(r#""data:image/png;base64,AAECAw==""#, "image/png 4");
        check_picture(
            r#""data:image\/svg+xml;base64,AA\/CAwQF""#,
            "image/svg+xml 6",
        );
        check_picture(r#""data:image/svg+xml,%3Csvg/%3E""#, "image/svg+xml -");
        check_picture(r#""https://example.org/icon.png""#, "- -");
        check_picture("7", "- -");
        check_picture(r#""data:,""#, " -");
    }

    #[track_caller]
    fn check_problems(entry: &str, expected: &[&str]) {
        let blob = one_entry(entry);
        assert_eq!(blob.entries().len(), 1, "no entry is dropped");
        let found: Vec<_> = blob
            .problems()
            .iter()
            .map(|p| format!("{}: {}", p.pointer, p.message))
            .collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn what_cannot_be_read_is_kept_and_named() {
        check_problems(r#""text""#, &["/entries/0: `\"text\"` is no object"]);
        check_problems(r#"{"aaguid":7}"#, &["/entries/0/aaguid: `7` is no text"]);
        check_problems(
            r#"{"aaguid":"not-a-uuid"}"#,
            &["/entries/0/aaguid: `not-a-uuid` is no AAGUID: a UUID"],
        );
        check_problems(
            r#"{"statusReports":[{"status":"REVOKED","effectiveDate":"soon"}]}"#,
            &["/entries/0/statusReports/0/effectiveDate: `soon` is no day: YYYY-MM-DD"],
        );
        check_problems(
            r#"{"statusReports":[{}]}"#,
            &["/entries/0/statusReports/0/status: no status"],
        );
        check_problems(
            r#"{"statusReports":7}"#,
            &["/entries/0/statusReports: `7` is no list"],
        );
        check_problems(
            r#"{"metadataStatement":{"authenticatorVersion":"5"}}"#,
            &["/entries/0/metadataStatement/authenticatorVersion: `\"5\"` is no whole number"],
        );
        let root = |text: &str, expected: &str| {
            let list = "metadataStatement/attestationRootCertificates";
            check_problems(
                &format!(
                    r#"{{"metadataStatement":{{"attestationRootCertificates":["MAA=","{text}"]}}}}"#
                ),
                &[&format!("/entries/0/{list}/1: is not base64: {expected}")],
            );
        };
        root("%", "`%` at offset 0");
        root("MAAAA", "5 symbols are no whole number of bytes");
        root("MAA", "the `=` at its end are wrong");
        root("MAB=", "the last symbol, at offset 2, has bits to spare");
    }

    /// What is told of a member that is read all the same.
    #[track_caller]
    fn check_oddities(entry: &str, expected: &[&str]) {
        let blob = one_entry(entry);
        assert_eq!(blob.problems(), []);
        let found: Vec<_> = blob
            .oddities()
            .iter()
            .map(|p| format!("{}: {}", p.pointer, p.message))
            .collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn what_is_oddly_written_is_read_and_named() {
        check_oddities(
            r#"{"aaguid":"f1d05c0ee57a41d09a116669646f7301"}"#,
            &["/entries/0/aaguid: is not in the form of a UUID: \
               f1d05c0e-e57a-41d0-9a11-6669646f7301"],
        );
        check_oddities(
            r#"{"metadataStatement":{"attestationRootCertificates":["MA\nA="]}}"#,
            &[
                "/entries/0/metadataStatement/attestationRootCertificates/0: white space inside \
               base64, which RFC 4648 §3.3 lets readers refuse",
            ],
        );
        check_oddities(
            r#"{"metadataStatement":{"authenticatorGetInfo":{"options":{"uv":true,"uv":false}}}}"#,
            &[
                "/entries/0/metadataStatement/authenticatorGetInfo/options/uv: stands here more \
               than once; the last one is read, another reader may take another",
            ],
        );
    }

    #[test]
    fn a_day_with_a_time_counts_by_its_day() {
        let told = |time: &str, day: &str| {
            format!("`{time}` has a time of day; it counts by its day, {day}")
        };
        let blob = one_entry(
            r#"{"timeOfLastStatusChange":"2026-03-01 00:00:00","statusReports":[{"status":"REVOKED",
              "effectiveDate":"2026-01-02T00:00:00Z","sunsetDate":"2026-06-01T10:00:00+02:00"}]}"#,
        );
        assert_eq!(blob.problems(), []);
        let entry = &blob.entries()[0];
        let report = &entry.status_reports[0];
        assert_eq!(report.effective_date, Some(day("2026-01-02")));
        assert_eq!(report.sunset_date, Some(day("2026-06-01")));
        assert_eq!(entry.time_of_last_status_change, Some(day("2026-03-01")));
        let messages: Vec<_> = blob.oddities().iter().map(|p| p.message.clone()).collect();
        let expected = [
            told("2026-01-02T00:00:00Z", "2026-01-02"),
            told("2026-06-01T10:00:00+02:00", "2026-06-01"),
            told("2026-03-01 00:00:00", "2026-03-01"),
        ];
        assert_eq!(messages, expected);
    }

    #[test]
    fn a_member_that_stands_there_twice_is_a_problem() {
        let revoked = r#"[{"status":"REVOKED"}]"#;
        let entry = format!(r#"{{"statusReports":{revoked},"statusReports":[]}}"#);
        let twice = "stands here more than once; the last one is read, another reader may take \
                     another";
        check_problems(&entry, &[&format!("/entries/0/statusReports: {twice}")]);
        check_problems(
            r#"{"metadataStatement":{"a/b":1,"a/b":2}}"#,
            &[&format!("/entries/0/metadataStatement/a~1b: {twice}")],
        );
        let blob = Blob::open(&unsigned(r#"{"no":1,"no":2,"entries":[]}"#)).unwrap();
        assert_eq!(blob.problems()[0].pointer, "/no");
    }

    #[test]
    fn what_is_unknown_is_kept_and_listed() {
        let blob = Blob::open(&unsigned(include_str!("tests/payload.json"))).unwrap();
        let pointers: Vec<_> = blob.unknown().into_iter().map(|u| u.pointer).collect();
        assert_eq!(pointers, ["/fromTheFuture"]);
        let blob = one_entry(
            r#"{"a/b":1,"metadataStatement":{"shiny":{}},"statusReports":[{"status":"NEW"}]}"#,
        );
        let found: Vec<_> = blob
            .unknown()
            .iter()
            .map(|u| format!("{}: {}", u.pointer, u.message))
            .collect();
        assert_eq!(
            found,
            [
                "/entries/0/a~1b: unknown member",
                "/entries/0/metadataStatement/shiny: unknown member",
                "/entries/0/statusReports/0/status: unknown status `NEW`",
            ]
        );
        assert_eq!(blob.entries()[0].extra["a/b"], 1);
    }

    #[test]
    fn two_entries_of_one_model_are_a_problem() {
        let entry = r#"{"aaguid":"f1d05c0e-e57a-41d0-9a11-6669646f7301"}"#;
        let blob = Blob::open(&unsigned(&format!(r#"{{"entries":[{entry},{entry}]}}"#))).unwrap();
        assert_eq!(blob.problems()[0].pointer, "/entries/1/aaguid");
    }
}

mod signed {
    use super::*;

    fn file(name: &str) -> Vec<u8> {
        let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests-data");
        std::fs::read(folder.join(name)).unwrap()
    }

    /// What a step says of a BLOB on 2026-11-20, or on another day.
    #[track_caller]
    fn check(blob: &[u8], root: &str, id: &str, now: &str, expected: &str) -> BlobVerdict {
        let blob = Blob::open(blob).unwrap();
        let anchors = Anchors::from_pem(&file(root)).unwrap();
        let now = format!("{now}T12:00:00Z").parse().unwrap();
        let verdict = blob.verify(&anchors, now, &Options::default());
        let step = verdict.step(id).unwrap();
        let (found, note) = (step.found.as_deref(), step.note.as_deref());
        let said = [found.unwrap_or_default(), note.unwrap_or_default()].join(" | ");
        assert_eq!(format!("{}: {said}", step.outcome), expected);
        verdict
    }

    #[test]
    fn a_header_that_asks_for_more_is_refused() {
        let blob = file("critical-header.jwt");
        let id = "mds.jws.compact";
        let expected = r#"fail: crit ["exp"] | "#;
        let verdict = check(&blob, "root-ec.pem", id, "2026-11-20", expected);
        assert_eq!(verdict.first_failed().unwrap().id, id);
    }

    #[test]
    fn an_issuer_that_may_not_sign_makes_no_path() {
        let blob = file("issuer-without-key-cert-sign.jwt");
        let expected = "fail: the key usage of `I` lacks keyCertSign, so it may not sign certificates (RFC 5280 §6.1.4 n) | ";
        let id = "mds.jws.chain";
        let verdict = check(&blob, "root-ec.pem", id, "2026-11-20", expected);
        assert_eq!(verdict.first_failed().unwrap().id, id);
        assert_eq!(verdict.anchor, None);
    }

    #[test]
    fn a_next_update_with_a_time_is_judged_by_its_day() {
        let blob = file("next-update-with-time.jwt");
        let (root, id) = ("root-rsa.pem", "mds.next-update");
        check(&blob, root, id, "2026-11-20", "pass: 2026-12-01 | ");
        let stale = "warn: 2026-12-01 | stale for 2 days";
        check(&blob, root, id, "2026-12-03", stale);
    }

    #[test]
    fn a_blob_that_does_not_say_its_day_could_be_of_any_age() {
        let (root, id) = ("root-rsa.pem", "mds.next-update");
        let blob = |member: &str| unsigned(&format!(r#"{{"no":1,{member}"entries":[]}}"#));
        let check = |member: &str, expected: &str| {
            check(&blob(member), root, id, "2026-11-20", expected);
        };
        check("", "fail: no `nextUpdate` | ");
        check(
            r#""nextUpdate":"01.12.2026","#,
            "fail: `01.12.2026` is no day: YYYY-MM-DD | ",
        );
        check(
            r#""nextUpdate":1796083200,"#,
            "fail: `1796083200` is no text | ",
        );
    }

    #[test]
    fn a_blob_is_read_in_the_encodings_of_windows() {
        let utf16 = file("utf-16.jwt");
        let (root, id) = ("root-rsa.pem", "mds.jws.signature");
        let expected = "pass: signed by `mds.fidoalliance.org` | ";
        check(&utf16, root, id, "2026-11-20", expected);
        check(&utf16[2..], root, id, "2026-11-20", expected);
        let (pairs, _) = utf16.as_chunks::<2>();
        let big: Vec<u8> = pairs.iter().flat_map(|[low, high]| [*high, *low]).collect();
        check(&big, root, id, "2026-11-20", expected);
        let plain: Vec<u8> = pairs[1..].iter().map(|[low, _]| *low).collect();
        let marked = [b"\xef\xbb\xbf", &*plain].concat();
        check(&marked, root, id, "2026-11-20", expected);
        let payload = "\u{feff}{\"no\":7,\"entries\":[]}";
        assert_eq!(Blob::open(&unsigned(payload)).unwrap().no(), Some(7));
        let pem = String::from_utf8(file(root)).unwrap();
        let pem: Vec<u8> = pem.encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(Anchors::from_pem(&pem).unwrap().iter().count(), 1);
    }

    #[test]
    fn of_two_entries_of_a_model_the_worst_counts_and_the_lint_is_told() {
        let blob = Blob::open(&file("two-entries-of-one-model.jwt")).unwrap();
        let aaguid = "f1d05c0b-514d-4f00-a000-0000000000aa".parse().ok();
        let attested = Attested {
            aaguid,
            ..Attested::default()
        };
        let policy = crate::MetadataPolicy::default();
        let verdict = blob.judge_model(&attested, day("2026-11-20"), &policy);
        let failed = verdict.steps.iter().filter(|s| s.outcome == Outcome::Fail);
        let failed: Vec<_> = failed
            .map(|step| format!("{}: {}", step.id, step.found.as_deref().unwrap_or_default()))
            .collect();
        assert_eq!(
            failed,
            [
                "mds.entry.identity: /entries/1/aaguid: f1d05c0b-514d-4f00-a000-0000000000aa is \
                 the model of /entries/0 already; the worst of both counts",
                "mds.status.revoked: REVOKED since 2026-03-01",
            ]
        );
    }
}

mod statuses {
    use super::*;

    /// Reports as `STATUS@effective..sunset`, and what holds on 2026-10-01.
    #[track_caller]
    fn check(reports: &str, latest: &str, level: &str, undesired: &str) {
        let report = |text: &str| {
            let (status, dates) = text.split_once('@').unwrap_or((text, ""));
            let (from, until) = dates.split_once("..").unwrap_or((dates, ""));
            let mut out = format!(r#"{{"status":"{status}""#);
            if !from.is_empty() {
                out += &format!(r#","effectiveDate":"{from}""#);
            }
            if !until.is_empty() {
                out += &format!(r#","sunsetDate":"{until}""#);
            }
            out + "}"
        };
        let list: Vec<_> = reports.split_whitespace().map(report).collect();
        let blob = one_entry(&format!(r#"{{"statusReports":[{}]}}"#, list.join(",")));
        assert!(blob.problems().is_empty(), "{:?}", blob.problems());
        let (entry, today) = (&blob.entries()[0], day("2026-10-01"));
        let text = |status: Option<String>| status.unwrap_or_else(|| "-".to_owned());
        let found_undesired: Vec<_> = entry
            .undesired(today)
            .map(|report| report.status.to_string())
            .collect();
        assert_eq!(
            text(entry.latest_status(today).map(|r| r.status.to_string())),
            latest
        );
        assert_eq!(
            text(entry.level(today).map(|level| level.to_string())),
            level
        );
        assert_eq!(found_undesired.join(" "), undesired);
    }

    #[test]
    fn the_latest_report_by_date_counts_in_either_order() {
        check(
            "FIDO_CERTIFIED_L1@2020-01-01 REVOKED@2023-12-20",
            "REVOKED",
            "-",
            "REVOKED",
        );
        check(
            "REVOKED@2023-12-20 FIDO_CERTIFIED_L1@2020-01-01",
            "REVOKED",
            "-",
            "REVOKED",
        );
        check("NOT_FIDO_CERTIFIED", "NOT_FIDO_CERTIFIED", "-", "");
        check("", "-", "-", "");
    }

    #[test]
    fn a_tie_goes_to_the_later_report_and_the_level_to_the_higher() {
        let newest_first = "FIDO_CERTIFIED_L2@2024-05-01 FIDO_CERTIFIED@2024-05-01";
        check(newest_first, "FIDO_CERTIFIED", "L2", "");
        check(
            "FIDO_CERTIFIED@2024-05-01 FIDO_CERTIFIED_L1@2024-05-01",
            "FIDO_CERTIFIED_L1",
            "L1",
            "",
        );
    }

    #[test]
    fn a_report_that_says_nothing_of_certification_leaves_the_level() {
        for later in ["UPDATE_AVAILABLE", "FIPS140_CERTIFIED_L2", "QUANTUM_SAFE"] {
            let reports = format!("{later}@2026-01-01 FIDO_CERTIFIED_L1plus@2024-05-01");
            check(&reports, later, "L1plus", "");
            let undated = format!("FIDO_CERTIFIED_L1plus@2024-05-01 {later}");
            check(&undated, later, "L1plus", "");
        }
        for later in ["NOT_FIDO_CERTIFIED", "SELF_ASSERTION_SUBMITTED"] {
            let reports = format!("{later}@2026-01-01 FIDO_CERTIFIED_L1@2024-05-01");
            check(&reports, later, "-", "");
        }
        let compromised = "USER_VERIFICATION_BYPASS@2026-01-01 FIDO_CERTIFIED_L1@2024-05-01";
        check(
            compromised,
            "USER_VERIFICATION_BYPASS",
            "-",
            "USER_VERIFICATION_BYPASS",
        );
    }

    #[test]
    fn only_reports_in_force_count() {
        check(
            "FIDO_CERTIFIED@2024-05-01 REVOKED@2026-12-01",
            "FIDO_CERTIFIED",
            "-",
            "",
        );
        check(
            "FIDO_CERTIFIED@2020-05-01 USER_VERIFICATION_BYPASS@2024-01-01..2024-06-01",
            "FIDO_CERTIFIED",
            "-",
            "",
        );
        let compromised = "ATTESTATION_KEY_COMPROMISE@2021-01-01 FIDO_CERTIFIED_L1@2024-01-01";
        check(
            compromised,
            "FIDO_CERTIFIED_L1",
            "L1",
            "ATTESTATION_KEY_COMPROMISE",
        );
    }

    #[test]
    fn an_unknown_status_is_kept_and_harmless() {
        check("QUANTUM_SAFE@2026-01-01", "QUANTUM_SAFE", "-", "");
    }

    #[test]
    fn every_known_word_survives() {
        let words = "NOT_FIDO_CERTIFIED SELF_ASSERTION_SUBMITTED FIDO_CERTIFIED FIDO_CERTIFIED_L1 \
            FIDO_CERTIFIED_L1plus FIDO_CERTIFIED_L2 FIDO_CERTIFIED_L2plus FIDO_CERTIFIED_L3 \
            FIDO_CERTIFIED_L3plus FIPS140_CERTIFIED_L1 FIPS140_CERTIFIED_L4 RETIRED REVOKED \
            USER_VERIFICATION_BYPASS ATTESTATION_KEY_COMPROMISE USER_KEY_REMOTE_COMPROMISE \
            USER_KEY_PHYSICAL_COMPROMISE UPDATE_AVAILABLE";
        for word in words.split_whitespace() {
            let status = Status::parse(word);
            assert_eq!(status.to_string(), word);
            assert!(!matches!(status, Status::Unknown(_)), "{word}");
        }
    }
}

mod anchors {
    use super::*;

    #[test]
    fn both_roots_of_the_service_are_built_in() {
        let mut names: Vec<_> = Anchors::builtin().iter().map(|a| a.name.clone()).collect();
        names.sort();
        assert_eq!(names, ["GlobalSign Root CA - R3", "GlobalSign Root R46"]);
    }

    #[track_caller]
    fn check(pem: &str, expected: &str) {
        assert_eq!(
            Anchors::from_pem(pem.as_bytes()).unwrap_err().to_string(),
            expected
        );
    }

    #[test]
    fn what_is_no_anchor_is_named() {
        check("", "there is no certificate among the trust anchors");
        check("hello", "there is no certificate among the trust anchors");
        check(
            "-----BEGIN PRIVATE KEY-----\nMAA=\n-----END PRIVATE KEY-----\n",
            "PEM block 1 is a `PRIVATE KEY`, not a CERTIFICATE",
        );
        check(
            "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n",
            "PEM block 1 is not a certificate",
        );
    }
}

/// Real BLOBs; they are not part of the project.
mod corpus {
    use super::*;

    pub(super) fn folder() -> Option<PathBuf> {
        let folder = std::env::var_os("FIDOSCOPE_CORPUS").map(PathBuf::from);
        if folder.is_none() {
            eprintln!("skipped: FIDOSCOPE_CORPUS is not set");
        }
        folder.map(|folder| folder.join("metadata"))
    }

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    /// File, number, entries, a time inside the chain's life.
    pub(super) const BLOBS: [(&str, u64, usize, &str, &str); 4] = [
        (
            "webauthn4j-blob.jwt",
            9,
            98,
            "2021-11-15T00:00:00Z",
            "certificate `mds.fidoalliance.org` expired 2022-05-14T19:57:24Z; certificate \
             `GlobalSign Extended Validation CA - SHA256 - G3` expired 2026-09-21T00:00:00Z",
        ),
        (
            "tweag-big-blob.jwt",
            23,
            148,
            "2023-01-15T00:00:00Z",
            "certificate `mds.fidoalliance.org` expired 2023-06-13T21:26:44Z; certificate \
             `GlobalSign Extended Validation CA - SHA256 - G3` expired 2026-09-21T00:00:00Z",
        ),
        (
            "tweag-big-blob-with-errors.jwt",
            25,
            160,
            "2023-03-15T00:00:00Z",
            "certificate `mds.fidoalliance.org` expired 2023-06-13T21:26:44Z; certificate \
             `GlobalSign Extended Validation CA - SHA256 - G3` expired 2026-09-21T00:00:00Z",
        ),
        (
            "opotonniee-2024-12-20-mds.blob.jwt",
            122,
            281,
            "2024-12-21T00:00:00Z",
            "certificate `mds.fidoalliance.org` expired 2025-07-28T20:17:03Z; certificate \
             `GlobalSign Extended Validation CA - SHA256 - G3` expired 2026-09-21T00:00:00Z",
        ),
    ];

    #[test]
    fn real_blobs_verify_in_their_time_and_not_today() {
        let Some(folder) = folder() else { return };
        for (file, no, entries, then, reason) in BLOBS {
            let blob = Blob::open(&std::fs::read(folder.join(file)).unwrap()).unwrap();
            assert_eq!(
                (blob.no(), blob.entries().len()),
                (Some(no), entries),
                "{file}"
            );
            let anchors = Anchors::builtin();
            let verdict = blob.verify(&anchors, at(then), &Options::default());
            assert!(verdict.accepted(), "{file}: {:#?}", verdict.first_failed());
            let anchor = verdict.anchor.as_ref().unwrap();
            assert_eq!(anchor.name, "GlobalSign Root CA - R3");
            assert_eq!(anchor.path.len(), 3);
            assert!(!verdict.test_root);
            let revoked = verdict.step("mds.jws.chain-revoked").unwrap();
            assert_eq!(revoked.outcome, Outcome::NotEvaluated);

            let today = blob.verify(&anchors, at("2026-11-22T00:00:00Z"), &Options::default());
            let failed = today.first_failed().unwrap();
            assert_eq!(
                (failed.id, failed.found.as_deref()),
                ("mds.jws.chain", Some(reason))
            );
            assert_eq!(
                today.step("mds.jws.signature").unwrap().outcome,
                Outcome::Pass
            );
            assert_eq!(
                today.step("mds.next-update").unwrap().outcome,
                Outcome::Warn
            );
        }
    }

    #[test]
    fn real_models_are_found_with_their_roots() {
        let Some(folder) = folder() else { return };
        let file = folder.join("opotonniee-2024-12-20-mds.blob.jwt");
        let blob = Blob::open(&std::fs::read(file).unwrap()).unwrap();
        let yubikey: Aaguid = "2fc0579f-8113-47ea-b116-bb5a8db9202a".parse().unwrap();
        let entry = blob.model(&yubikey).unwrap().first();
        let today = day("2024-12-20");
        assert_eq!(entry.description(), "YubiKey 5 Series with NFC");
        assert_eq!(entry.level(today).unwrap().to_string(), "L1");
        assert_eq!(entry.attestation_roots().len(), 1);
        let revoked: Vec<_> = blob
            .entries()
            .iter()
            .filter(|entry| entry.undesired(today).next().is_some())
            .map(|entry| entry.description().to_owned())
            .collect();
        assert_eq!(revoked, ["TruU Windows Authenticator"]);
    }

    #[test]
    fn the_pinned_roots_are_the_published_ones() {
        let Some(folder) = folder() else { return };
        for file in ["GlobalSign_Root_CA_R3.pem", "GlobalSign_Root_R46.pem"] {
            let given = Anchors::from_pem(&std::fs::read(folder.join(file)).unwrap()).unwrap();
            let given = given.iter().next().unwrap();
            assert!(given.known, "{file}");
            assert!(
                Anchors::builtin().iter().any(|anchor| anchor == given),
                "{file}"
            );
        }
    }

    #[test]
    fn another_root_than_the_chain_needs_is_named() {
        let Some(folder) = folder() else { return };
        let r46 = std::fs::read(folder.join("GlobalSign_Root_R46.pem")).unwrap();
        let blob = std::fs::read(folder.join("webauthn4j-blob.jwt")).unwrap();
        let verdict = Blob::open(&blob).unwrap().verify(
            &Anchors::from_pem(&r46).unwrap(),
            at("2021-11-15T00:00:00Z"),
            &Options::default(),
        );
        let failed = verdict.first_failed().unwrap();
        assert_eq!(failed.id, "mds.jws.chain");
        assert_eq!(failed.found.as_deref(), Some("no path to a trust anchor"));
    }
}
