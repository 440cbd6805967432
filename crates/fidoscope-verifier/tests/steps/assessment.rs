//! What stored registrations are worth, judged again.

use std::sync::LazyLock;

use chrono::{DateTime, NaiveDate, Utc};
use fidoscope_authenticator::{
    Created, Format, MetadataPayload, MetadataSigner, MetadataStatus, Model, TestBench, Validity,
    crl_pem, metadata, models, pem,
};
use fidoscope_metadata::{Blob, History, Level, NameSource, Names};
use fidoscope_recording::Member;
use fidoscope_verifier::{
    Advisory, AffectedModel, Assessment, Assessor, AttestationTrust, AttestationType, Enrolment,
    Past, Trust,
};
use fidoscope_webauthn::{Aaguid, base64url};
use proptest::prelude::*;

use crate::packed::Pki;

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// Everything that a registration is judged by, made once.
struct World {
    bench: TestBench,
    models: [Model; 4],
    made: Vec<Created>,
    payload: MetadataPayload,
}

static WORLD: LazyLock<World> = LazyLock::new(|| {
    let then = at("2026-03-01T12:00:00Z");
    let bench = TestBench::new(7, "example.org", then).unwrap();
    let models = models();
    let made = models.iter().map(|model| {
        let mut authenticator = bench.authenticator(model.clone(), 1).unwrap();
        authenticator.create(&bench.create_options("a")).unwrap()
    });
    World {
        made: made.collect(),
        payload: metadata(7, "example.org", then).unwrap(),
        bench,
        models,
    }
});

/// The key with an attestation certificate.
const KEY: usize = 0;
const PROVIDER: usize = 1;
const PHONE: usize = 2;
const U2F: usize = 3;

fn now() -> DateTime<Utc> {
    at("2026-06-01T00:00:00Z")
}

fn blob(edit: impl FnOnce(&mut MetadataPayload)) -> Blob {
    let mut payload = WORLD.payload.clone();
    edit(&mut payload);
    let signer = MetadataSigner::new(7, at("2026-03-01T12:00:00Z")).unwrap();
    Blob::open(&signer.sign(&payload).unwrap()).unwrap()
}

fn report(payload: &mut MetadataPayload, model: usize, status: &str, date: &str) {
    let entry = &mut payload.entries[model];
    let effective_date = day(date);
    entry.status_reports.insert(
        0,
        MetadataStatus {
            status: status.to_owned(),
            effective_date,
        },
    );
    entry.time_of_last_status_change = effective_date;
}

fn stored(model: usize) -> Enrolment<'static> {
    let made = &WORLD.made[model];
    Enrolment {
        attestation_object: Some(&made.attestation_object),
        client_data_json: Some(&made.client_data_json),
        registered_at: Some(at("2026-03-01T12:00:00Z")),
        ..Enrolment::default()
    }
}

/// Trust, the step that decided, type, name and level, in words.
fn words(found: &Assessment<'_>) -> String {
    let attestation = found.attestation.map_or("-", AttestationType::as_str);
    let name = found.model.map_or("-", |model| model.name);
    let level = found.newest.as_ref().and_then(|view| view.level);
    let level = level.map_or_else(|| "-".to_owned(), |level| level.to_string());
    let trust = &found.trust;
    format!(
        "{} by {}; {attestation}; {name}; {level}",
        trust.trust, trust.step
    )
}

#[track_caller]
fn check(enrolment: &Enrolment<'_>, expected: &str) {
    let blob = blob(|_| {});
    let trust = Trust {
        newest: Some(&blob),
        ..Trust::at(now())
    };
    assert_eq!(words(&Assessor::new(trust).assess(enrolment)), expected);
}

#[test]
fn bytes_are_verified_again() {
    check(
        &stored(KEY),
        "trusted by reg.trust; basic; Juniper Key 2; L2",
    );
    check(
        &stored(PHONE),
        "not-attested by reg.trust; self; Fennel Phone; L1",
    );
    check(
        &stored(PROVIDER),
        "not-attested by reg.trust; none; Larch Passwords; -",
    );
    // A key of the U2F generation is found by the key of its certificate.
    check(
        &stored(U2F),
        "trusted by reg.trust; basic; Juniper Key U2F; L1",
    );
}

#[test]
fn what_is_missing_leaves_trust_open() {
    let key = Some(WORLD.models[KEY].aaguid);
    let model = Enrolment {
        aaguid: key,
        ..Enrolment::default()
    };
    check(&model, "not-evaluated by reg.att-obj; -; Juniper Key 2; L2");
    let data = Enrolment {
        authenticator_data: Some(&WORLD.made[KEY].authenticator_data),
        ..Enrolment::default()
    };
    check(&data, "not-evaluated by reg.att-obj; -; Juniper Key 2; L2");
    let unsigned = Enrolment {
        client_data_json: None,
        ..stored(KEY)
    };
    check(
        &unsigned,
        "not-evaluated by reg.client-data-hash; basic; Juniper Key 2; L2",
    );
    check(
        &Enrolment::default(),
        "not-evaluated by reg.att-obj; -; -; -",
    );
}

#[test]
fn the_zero_aaguid_and_none_are_no_model() {
    let zero = Enrolment {
        aaguid: Some(Aaguid::ZERO),
        ..Enrolment::default()
    };
    check(&zero, "not-attested by mds.entry.zero-aaguid; -; -; -");
    let none = Enrolment {
        attestation_format: Some("none"),
        ..zero
    };
    check(&none, "not-attested by reg.trust; -; -; -");
}

#[test]
fn a_hash_serves_as_well_as_the_client_data() {
    let made = &WORLD.made[KEY];
    let hash = crate::fixture::sha256(&made.client_data_json);
    let hashed = Enrolment {
        client_data_json: None,
        client_data_hash: hash.try_into().ok(),
        ..stored(KEY)
    };
    check(&hashed, "trusted by reg.trust; basic; Juniper Key 2; L2");
    let other = Enrolment {
        client_data_hash: Some([7; 32]),
        ..hashed
    };
    check(&other, "untrusted by att.packed.sig; -; Juniper Key 2; L2");
}

/// A stored statement in an algorithm that nobody here verifies, below a root that counts and below one
/// that does not.
#[test]
fn a_chain_that_leads_nowhere_is_untrusted_whatever_signed() {
    let made = crate::packed::attested(vec![Pki::new().leaf(&|_| {})], |members| {
        crate::packed::map(members, "alg", Some((-46).into()));
    });
    let recording = made.build();
    let credential = recording.response.credential().unwrap();
    let response = credential.authenticator_response().unwrap();
    let bytes = |member: &Member| base64url::decode(member.text().unwrap()).unwrap();
    let object = bytes(&response.attestation_object);
    let client_data = bytes(&response.client_data_json);
    let enrolment = Enrolment {
        attestation_object: Some(&object),
        client_data_json: Some(&client_data),
        ..Enrolment::default()
    };
    let judged = |root: &Pki| {
        let anchors = [root.root_pem()];
        let trust = Trust {
            anchors: &anchors,
            ..Trust::at(now())
        };
        let found = Assessor::new(trust).assess(&enrolment).trust;
        format!("{} by {}", found.trust, found.step)
    };
    assert_eq!(judged(&Pki::named("another")), "untrusted by chain.build");
    assert_eq!(judged(&Pki::new()), "not-evaluated by att.packed.sig");
}

#[test]
fn broken_bytes_are_untrusted_at_their_step() {
    let broken = Enrolment {
        attestation_object: Some(b"\xa3"),
        ..stored(KEY)
    };
    check(&broken, "untrusted by cbor.wellformed; -; -; -");
    let other = Enrolment {
        attestation_object: Some(b"\x80"),
        ..stored(KEY)
    };
    check(&other, "untrusted by att-obj.map; -; -; -");
}

#[test]
fn a_logged_model_does_not_count_against_the_signed_one() {
    let logged = Enrolment {
        aaguid: Some(WORLD.models[PROVIDER].aaguid),
        ..stored(KEY)
    };
    let blob = blob(|_| {});
    let trust = Trust {
        newest: Some(&blob),
        ..Trust::at(now())
    };
    let assessor = Assessor::new(trust);
    let found = assessor.assess(&logged);
    assert_eq!(found.aaguid, Some(WORLD.models[KEY].aaguid));
    assert_eq!(found.contradicted, Some(WORLD.models[PROVIDER].aaguid));
}

/// What differs between a BLOB of the past and the newest, in words.
#[track_caller]
fn differ(
    enrolment: &Enrolment<'_>,
    newest: impl FnOnce(&mut MetadataPayload),
    edit: impl FnOnce(&mut Trust<'_>),
    expected: &[&str],
) {
    let newest = blob(|payload| {
        payload.no = 50;
        payload.next_update = day("2026-07-01");
        newest(payload);
    });
    let history = History::new(vec![blob(|_| {})]);
    let mut trust = Trust {
        newest: Some(&newest),
        past: Past::History(&history),
        ..Trust::at(now())
    };
    edit(&mut trust);
    let assessor = Assessor::new(trust);
    let found = assessor.assess(enrolment);
    let differences = found.differences().into_iter();
    let words = differences.map(|d| format!("{}: {} -> {}", d.what, d.then, d.now));
    assert_eq!(words.collect::<Vec<_>>(), expected);
}

#[test]
fn then_and_now_are_compared() {
    let model = Enrolment {
        aaguid: Some(WORLD.models[KEY].aaguid),
        registered_at: Some(at("2026-03-01T12:00:00Z")),
        ..Enrolment::default()
    };
    differ(&model, |_| {}, |_| {}, &[]);
    let revoke = |payload: &mut MetadataPayload| report(payload, KEY, "REVOKED", "2026-05-01");
    let statuses = "statuses: FIDO_CERTIFIED_L2 -> FIDO_CERTIFIED_L2, REVOKED";
    differ(&model, revoke, |_| {}, &[statuses, "level: L2 -> none"]);
    let drop = |payload: &mut MetadataPayload| {
        payload.entries.remove(KEY);
    };
    let gone = [
        "listing: listed -> not listed",
        "statuses: FIDO_CERTIFIED_L2 -> none",
        "level: L2 -> none",
    ];
    differ(&model, drop, |_| {}, &gone);
    let undated = Enrolment {
        registered_at: None,
        ..model
    };
    differ(&undated, revoke, |_| {}, &[]);
}

/// The model's entry says the same as ever; only its bytes tell.
#[test]
fn bytes_fail_where_the_model_does_not() {
    let model = Enrolment {
        aaguid: Some(WORLD.models[KEY].aaguid),
        attestation_object: None,
        client_data_json: None,
        ..stored(KEY)
    };
    let other_root = |payload: &mut MetadataPayload| {
        let stranger = TestBench::new(8, "example.org", now()).unwrap();
        let root = pem(stranger.pki().root_der());
        let root = root.lines().filter(|line| !line.starts_with('-')).collect();
        let statement = &mut payload.entries[KEY].metadata_statement;
        statement.attestation_root_certificates = vec![root];
    };
    differ(&model, other_root, |_| {}, &[]);
    let found = assess_with(&stored(KEY), other_root, |_| {});
    assert_eq!(found, "trusted -> untrusted by chain.name-sig");

    let pki = WORLD.bench.pki();
    let identity = WORLD
        .bench
        .attestation_identity(&WORLD.models[KEY])
        .unwrap();
    let validity = Validity {
        not_before: at("2026-05-01T00:00:00Z"),
        not_after: at("2027-05-01T00:00:00Z"),
    };
    let lists = pki.revocation_lists(&[&identity.key], validity).unwrap();
    let lists: Vec<Vec<u8>> = lists.iter().map(|der| crl_pem(der).into_bytes()).collect();
    let found = assess_with(&stored(KEY), |_| {}, |trust| trust.crls = lists.leak());
    assert_eq!(found, "trusted -> untrusted by chain.revoked");

    let late = at("2036-06-01T00:00:00Z");
    let found = assess_with(&stored(KEY), |_| {}, |trust| trust.now = late);
    assert_eq!(found, "trusted -> untrusted by chain.validity");
}

fn assess_with(
    enrolment: &Enrolment<'_>,
    newest: impl FnOnce(&mut MetadataPayload),
    edit: impl FnOnce(&mut Trust<'_>),
) -> String {
    let newest = blob(|payload| {
        payload.no = 50;
        payload.next_update = day("2026-07-01");
        newest(payload);
    });
    let old = blob(|_| {});
    let mut trust = Trust {
        newest: Some(&newest),
        past: Past::Blob(&old),
        ..Trust::at(now())
    };
    edit(&mut trust);
    let assessor = Assessor::new(trust);
    let found = assessor.assess(enrolment);
    let then = found.earlier.as_ref().unwrap().trust.trust;
    format!("{then} -> {} by {}", found.trust.trust, found.trust.step)
}

#[test]
fn a_required_level_is_missed_or_unknown() {
    #[track_caller]
    fn check(model: usize, required: Level, expected: Option<bool>) {
        let blob = blob(|payload| {
            payload.entries[PHONE].status_reports[0].status = "FIDO_CERTIFIED".to_owned();
            payload.entries.remove(U2F);
        });
        let trust = Trust {
            newest: Some(&blob),
            required_level: Some(required),
            ..Trust::at(now())
        };
        let assessor = Assessor::new(trust);
        let found = assessor.assess(&stored(model));
        assert_eq!(found.newest.unwrap().below_required, expected);
    }
    check(KEY, Level::L2, Some(false));
    check(KEY, Level::L3, Some(true));
    check(PROVIDER, Level::L1, Some(true));
    // Certified before there were levels.
    check(PHONE, Level::L1, Some(false));
    check(PHONE, Level::L2, Some(true));
    check(U2F, Level::L1, None);
}

#[test]
fn a_second_source_names_what_metadata_does_not() {
    let mut names = Names::default();
    let other: Aaguid = "ea9b8d66-4d01-1d21-3ce4-b6b48cb575d4".parse().unwrap();
    let key = WORLD.models[KEY].aaguid;
    let list = format!(r#"{{"{other}":{{"name":"Some Passwords"}},"{key}":{{"name":"Key"}}}}"#);
    names.add(list.as_bytes()).unwrap();
    let blob = blob(|_| {});
    let trust = Trust {
        newest: Some(&blob),
        names: Some(&names),
        ..Trust::at(now())
    };
    let assessor = Assessor::new(trust);
    let name = |aaguid| {
        let enrolment = Enrolment {
            aaguid: Some(aaguid),
            ..Enrolment::default()
        };
        let model = assessor.assess(&enrolment).model?;
        Some((model.name.to_owned(), model.source))
    };
    let (metadata, community) = (NameSource::Metadata, NameSource::Community);
    assert_eq!(name(key), Some(("Juniper Key 2".to_owned(), metadata)));
    assert_eq!(name(other), Some(("Some Passwords".to_owned(), community)));
    assert_eq!(name(Aaguid::ZERO), None);
}

#[test]
fn an_advisory_is_shown_and_changes_nothing() {
    let advisories = [Advisory {
        id: "TEST-1".to_owned(),
        title: "A test".to_owned(),
        url: "https://example.org/1".to_owned(),
        published: day("2026-01-01"),
        caveats: Vec::new(),
        affected: vec![AffectedModel {
            aaguid: WORLD.models[KEY].aaguid,
            fixed_in: "5.7".parse().ok(),
        }],
    }];
    let blob = blob(|_| {});
    let trust = Trust {
        newest: Some(&blob),
        advisories: &advisories,
        ..Trust::at(now())
    };
    let assessor = Assessor::new(trust);
    let found = assessor.assess(&stored(KEY));
    assert_eq!(found.trust.trust, AttestationTrust::Trusted);
    assert_eq!(found.newest.as_ref().unwrap().is_undesired(), Some(false));
    let [hit] = found.advisories[..] else {
        panic!("{:?}", found.advisories)
    };
    assert_eq!(
        (hit.advisory.id.as_str(), hit.firmware_affected),
        ("TEST-1", None)
    );
    assert!(assessor.assess(&stored(PHONE)).advisories.is_empty());
}

#[test]
fn every_format_can_be_stored_and_judged_again() {
    let bench = &WORLD.bench;
    let aaguid = Aaguid(*b"formats of tests");
    let anchors = [bench.pki().root_pem()];
    let makes = [
        Model::security_key(aaguid, "k"),
        Model::android_phone(aaguid, "k"),
        Model::computer(aaguid, "k"),
        Model::apple_device(aaguid, "k"),
        Model::compound_key(aaguid, "k"),
    ];
    let trust = Trust {
        anchors: &anchors,
        ..Trust::at(now())
    };
    let assessor = Assessor::new(trust);
    for model in makes {
        let format: Format = model.format;
        let mut authenticator = bench.authenticator(model, 3).unwrap();
        let made = authenticator.create(&bench.create_options("f")).unwrap();
        let enrolment = Enrolment {
            attestation_object: Some(&made.attestation_object),
            client_data_json: Some(&made.client_data_json),
            ..Enrolment::default()
        };
        let found = assessor.assess(&enrolment);
        assert_eq!(
            found.trust.trust,
            AttestationTrust::Trusted,
            "{format:?}: {found:?}"
        );
        assert_eq!(found.format.as_deref(), Some(format.identifier()));
    }
}

proptest! {
    #[test]
    fn never_panics(
        object in prop::option::of(prop::collection::vec(any::<u8>(), 0..200)),
        data in prop::option::of(prop::collection::vec(any::<u8>(), 0..80)),
        client_data in prop::option::of(prop::collection::vec(any::<u8>(), 0..40)),
        flip in 0_usize..600,
    ) {
        let assessor = Assessor::new(Trust::at(now()));
        let _ = assessor.assess(&Enrolment {
            attestation_object: object.as_deref(),
            authenticator_data: data.as_deref(),
            client_data_json: client_data.as_deref(),
            ..Enrolment::default()
        });
        let mut bytes = WORLD.made[KEY].attestation_object.clone();
        let at = flip % bytes.len();
        bytes[at] ^= 1;
        let found = assessor.assess(&Enrolment { attestation_object: Some(&bytes), ..stored(KEY) });
        prop_assert_ne!(found.trust.trust, AttestationTrust::Trusted);
    }
}
