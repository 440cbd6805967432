use proptest::prelude::*;

use super::*;

type Shown<'a> = (&'a str, usize, &'a [u8]);

#[track_caller]
fn check(bytes: &[u8], expected: Result<&[Shown<'_>], DerErrorKind>) {
    let found: Result<Vec<_>, DerError> = Elements::new(bytes).collect();
    match (found, expected) {
        (Ok(found), Ok(expected)) => {
            let found: Vec<_> = found
                .iter()
                .map(|e| (e.kind(), e.offset, e.contents.to_vec()))
                .collect();
            let expected: Vec<_> = expected
                .iter()
                .map(|(kind, offset, contents)| ((*kind).to_owned(), *offset, contents.to_vec()))
                .collect();
            assert_eq!(found, expected);
        }
        (found, expected) => {
            assert_eq!(found.map(|_| ()).map_err(|e| e.kind), expected.map(|_| ()))
        }
    }
}

#[test]
fn frames() {
    check(&[], Ok(&[]));
    check(
        &[2, 1, 5, 5, 0],
        Ok(&[("INTEGER", 0, &[5]), ("NULL", 3, &[])]),
    );
    // allApplications, as Android writes it.
    check(&[0xbf, 0x84, 0x58, 2, 5, 0], Ok(&[("[600]", 0, &[5, 0])]));
    check(&[2], Err(DerErrorKind::Truncated));
    check(&[2, 2, 1], Err(DerErrorKind::Truncated));
    check(&[0xbf, 0x84], Err(DerErrorKind::Truncated));
    check(&[0xbf, 0x80, 1, 0], Err(DerErrorKind::Tag));
    check(&[0xbf, 5, 0], Err(DerErrorKind::Tag));
    check(
        &[0xbf, 0xff, 0xff, 0xff, 0xff, 1, 0],
        Err(DerErrorKind::Tag),
    );
    check(&[0x30, 0x80, 0, 0], Err(DerErrorKind::Length));
    check(&[4, 0x81, 1, 7], Err(DerErrorKind::Length));
    check(&[4, 0x82, 0, 1, 7], Err(DerErrorKind::Length));
    check(&[4, 0x85, 1, 1, 1, 1, 1], Err(DerErrorKind::Length));
    check(
        &[4, 0x84, 0xff, 0xff, 0xff, 0xff],
        Err(DerErrorKind::Truncated),
    );
}

#[test]
fn integers() {
    let read = |contents: &[u8]| {
        let bytes = [&[2, u8::try_from(contents.len()).unwrap()], contents].concat();
        Elements::new(&bytes).next().unwrap().unwrap().integer()
    };
    assert_eq!(read(&[]), None);
    assert_eq!(read(&[0]), Some(0));
    assert_eq!(read(&[1, 0x2c]), Some(300));
    assert_eq!(read(&[0xff]), Some(-1));
    assert_eq!(read(&[0, 0x80]), Some(128));
    assert_eq!(read(&[0, 1]), None);
    assert_eq!(read(&[0xff, 0x80]), None);
    assert_eq!(read(&[0x80, 0, 0, 0, 0, 0, 0, 0]), Some(i64::MIN));
    assert_eq!(read(&[1; 9]), None);
}

proptest! {
    #[test]
    fn any_bytes_are_read_to_an_end(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let mut at = 0;
        for element in Elements::new(&bytes) {
            let Ok(element) = element else { break };
            prop_assert_eq!(element.offset, at);
            at = element.contents_offset + element.contents.len();
            prop_assert_eq!(element.contents, &bytes[element.contents_offset..at]);
        }
        prop_assert!(at <= bytes.len());
    }
}
