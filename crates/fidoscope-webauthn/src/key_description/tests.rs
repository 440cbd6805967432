use proptest::prelude::*;

use super::*;

/// One DER element, the tag as it is written.
fn der(tag: &[u8], contents: &[u8]) -> Vec<u8> {
    let [high, low] = u16::try_from(contents.len()).unwrap().to_be_bytes();
    let length = match (high, low) {
        (0, 0..=0x7f) => vec![low],
        (0, _) => vec![0x81, low],
        _ => vec![0x82, high, low],
    };
    [tag, &length, contents].concat()
}

const PURPOSE: &[u8] = &[0xa1];
const ALL_APPLICATIONS: &[u8] = &[0xbf, 0x84, 0x58];
const ORIGIN: &[u8] = &[0xbf, 0x85, 0x3e];

fn sign() -> Vec<u8> {
    der(PURPOSE, &der(&[0x31], &[2, 1, 2]))
}

fn generated() -> Vec<u8> {
    der(ORIGIN, &[2, 1, 0])
}

fn description(level: &[u8], software: &[u8], tee: &[u8]) -> Vec<u8> {
    let parts = [
        &[2, 2, 1, 0x2c],
        level,
        &[2, 2, 1, 0x2c],
        &[10, 1, 2],
        &der(&[4], b"challenge"),
        &[4, 0],
        &der(&[0x30], software),
        &der(&[0x30], tee),
    ];
    der(&[0x30], &parts.concat())
}

fn tee(list: &[u8]) -> Vec<u8> {
    description(&[10, 1, 1], &[], list)
}

#[test]
fn a_key_description() {
    let bytes = tee(&[sign(), generated()].concat());
    let found = KeyDescription::decode(&bytes).unwrap();
    assert_eq!(found.attestation_version, 300);
    assert_eq!(
        found.attestation_security_level,
        SecurityLevel::TrustedEnvironment
    );
    assert_eq!(found.keymaster_security_level, SecurityLevel::StrongBox);
    assert_eq!(found.challenge, b"challenge");
    assert_eq!(found.tee.purposes(), Some([2].as_slice()));
    assert_eq!(found.tee.origin(), Some(0));
    assert_eq!(found.software, AuthorizationList::default());
    assert_eq!(found.tee.unknown(), None);
    assert_eq!(found.tee.misplaced(), None);
    let origin = found.tee.get(authorization::ORIGIN).unwrap();
    assert_eq!(&bytes[origin.offset..origin.offset + 3], ORIGIN);
}

/// A reader that stops at a tag it does not know would lose the origin behind it.
#[test]
fn unknown_tags_hide_nothing() {
    let unknown = der(&[0xbf, 0x85, 0x30], &[5, 0]);
    let bytes = tee(&[sign(), unknown, generated()].concat());
    let found = KeyDescription::decode(&bytes).unwrap();
    assert_eq!(found.tee.origin(), Some(0));
    assert_eq!(found.tee.unknown().unwrap().tag, 688);
    let bytes = tee(&[generated(), sign(), der(ALL_APPLICATIONS, &[5, 0])].concat());
    let found = KeyDescription::decode(&bytes).unwrap();
    assert_eq!(found.tee.misplaced().unwrap().tag, 1);
    assert!(found.tee.has_all_applications());
    assert_eq!(found.tee.purposes(), Some([2].as_slice()));
}

#[track_caller]
fn check(bytes: &[u8], expected: &str) {
    let error = KeyDescription::decode(bytes).unwrap_err();
    assert_eq!(error.to_string(), expected);
}

#[test]
fn faults() {
    check(&[], "the end at offset 0, where a SEQUENCE belongs");
    check(
        &description(&[2, 1, 1], &[], &[]),
        "INTEGER at offset 6, where a security level as ENUMERATED belongs",
    );
    check(
        &tee(&[generated(), generated()].concat()),
        "[702] a second time at offset 40",
    );
    check(
        &tee(&[5, 0]),
        "NULL at offset 33, where an explicit context tag belongs",
    );
    check(
        &tee(&der(ORIGIN, &[10, 1, 0])),
        "ENUMERATED at offset 37, where an origin belongs",
    );
    check(
        &tee(&der(PURPOSE, &[2, 1, 2])),
        "INTEGER at offset 35, where a SET of purposes belongs",
    );
    check(
        &tee(&der(ORIGIN, &[2, 1, 0, 5, 0])),
        "further bytes at offset 40",
    );
    check(
        &[tee(&[]), vec![5, 0]].concat(),
        "further bytes at offset 33",
    );
    check(&tee(&[0x30, 0x80]), "a length that is not DER at offset 33");
    let many = (0x01..=0x03).flat_map(|high| (0..=0x7f).map(move |low| (high, low)));
    let many: Vec<u8> = many
        .flat_map(|(high, low)| der(&[0xbf, 0x80 | high, low], &[]))
        .collect();
    check(&tee(&many), "more than 256 authorizations");
}

proptest! {
    #[test]
    fn any_bytes_are_refused_or_read(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = KeyDescription::decode(&bytes);
    }

    /// Whatever single byte changes, nothing panics, and what is read stays inside the bytes.
    #[test]
    fn any_change_is_refused_or_read(at in 0_usize..45, value in any::<u8>()) {
        let mut bytes = tee(&[sign(), generated()].concat());
        let at = at % bytes.len();
        bytes[at] = value;
        if let Ok(found) = KeyDescription::decode(&bytes) {
            for entry in found.tee.entries().iter().chain(found.software.entries()) {
                prop_assert!(entry.offset + entry.value.len() <= bytes.len());
            }
        }
    }

    /// What was written is read back.
    #[test]
    fn round_trip(purposes in prop::collection::vec(0_u8..0x7f, 0..8), origin in 0_u8..0x7f) {
        let set: Vec<u8> = purposes.iter().flat_map(|p| [2, 1, *p]).collect();
        let list = [der(PURPOSE, &der(&[0x31], &set)), der(ORIGIN, &[2, 1, origin])].concat();
        let bytes = description(&[10, 1, 0], &list, &[]);
        let found = KeyDescription::decode(&bytes).unwrap();
        let read: Vec<u8> = found
            .software
            .purposes()
            .unwrap()
            .iter()
            .map(|p| u8::try_from(*p).unwrap())
            .collect();
        prop_assert_eq!(read, purposes);
        prop_assert_eq!(found.software.origin(), Some(i64::from(origin)));
        prop_assert_eq!(found.tee.origin(), None);
    }
}
