use proptest::prelude::*;

use super::*;

fn der(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let contents = parts.concat();
    let mut bytes = vec![tag];
    match u8::try_from(contents.len()) {
        Ok(length @ 0..=0x7f) => bytes.push(length),
        Ok(length) => bytes.extend([0x81, length]),
        Err(_) => {
            bytes.push(0x82);
            bytes.extend(u16::try_from(contents.len()).unwrap().to_be_bytes());
        }
    }
    bytes.extend(contents);
    bytes
}

/// What a certificate is made of, each part in DER.
struct Made {
    version: Vec<u8>,
    serial: Vec<u8>,
    outer_algorithm: Vec<u8>,
    subject: Vec<u8>,
    validity: Vec<u8>,
    key: Vec<u8>,
    extensions: Vec<u8>,
}

const ECDSA: &[u8] = &[0x30, 10, 6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2];

fn common_name(tag: u8, text: &[u8]) -> Vec<u8> {
    let pair = der(0x30, &[&der(6, &[&[0x55, 4, 3]]), &der(tag, &[text])]);
    der(0x30, &[&der(0x31, &[&pair])])
}

fn validity(tag: u8, from: &str, to: &str) -> Vec<u8> {
    let instant = |text: &str| der(tag, &[text.as_bytes()]);
    der(0x30, &[&instant(from), &instant(to)])
}

/// A key usage; `critical` is what stands before its value.
fn usage(critical: &[u8]) -> Vec<u8> {
    let parts: [&[u8]; 3] = [&[6, 3, 0x55, 0x1d, 15], critical, &[4, 4, 3, 2, 7, 0x80]];
    der(0xa3, &[&der(0x30, &[&der(0x30, &parts)])])
}

impl Made {
    fn usual() -> Self {
        let kind = der(0x30, &[&[6, 3, 0x2b, 0x65, 0x70]]);
        Self {
            version: vec![0xa0, 3, 2, 1, 2],
            serial: vec![2, 1, 7],
            outer_algorithm: ECDSA.to_vec(),
            subject: common_name(0x0c, "Juniper Schlüssel".as_bytes()),
            validity: validity(0x17, "240229120000Z", "491231235959Z"),
            key: der(0x30, &[&kind, &der(3, &[&[0], &[9; 32]])]),
            extensions: usage(&[1, 1, 0xff]),
        }
    }

    fn der(&self) -> Vec<u8> {
        let signed = der(
            0x30,
            &[
                &self.version,
                &self.serial,
                ECDSA,
                &common_name(0x13, b"Juniper Root"),
                &self.validity,
                &self.subject,
                &self.key,
                &self.extensions,
            ],
        );
        let signature = der(3, &[&[0], &[1; 70]]);
        der(0x30, &[&signed, &self.outer_algorithm, &signature])
    }
}

#[test]
fn every_part_is_a_piece_of_the_bytes() {
    let made = Made::usual();
    let der = made.der();
    let read = Certificate::read(&der).unwrap();
    assert_eq!((read.version, read.serial), (2, &[7][..]));
    assert_eq!(read.issuer, common_name(0x13, b"Juniper Root"));
    assert_eq!(read.subject, made.subject);
    let names: Vec<_> = read.attributes.iter().map(|found| found.text).collect();
    assert_eq!(names, ["Juniper Schlüssel"]);
    assert_eq!(
        (read.not_before, read.not_after),
        (1_709_208_000, 2_524_607_999)
    );
    assert_eq!(
        (read.key.algorithm, read.key.parameters),
        (&[0x2b, 0x65, 0x70][..], None)
    );
    assert_eq!(
        (read.key.bits, read.key.der),
        (&[9; 32][..], made.key.as_slice())
    );
    let [usage] = read.extensions.as_slice() else {
        panic!("{:?}", read.extensions);
    };
    assert_eq!((usage.kind, usage.critical), (&[0x55, 0x1d, 15][..], true));
    assert_eq!(usage.value, [3, 2, 7, 0x80]);
    assert_eq!((read.algorithm.der, read.signature), (ECDSA, &[1; 70][..]));
    let rest = [read.signed, ECDSA, &[3, 71, 0], &[1; 70]].concat();
    assert!(der.ends_with(&rest));
}

#[track_caller]
fn check(change: impl FnOnce(&mut Made), is_read: bool) {
    let mut made = Made::usual();
    change(&mut made);
    assert_eq!(Certificate::read(&made.der()).is_some(), is_read);
}

#[test]
fn a_certificate_has_its_one_form() {
    check(|_| (), true);
    check(|made| made.version = vec![0xa0, 3, 2, 1, 0], false);
    check(|made| made.version = vec![], true);
    check(|made| made.serial = vec![2, 2, 0, 7], false);
    check(|made| made.serial = vec![2, 2, 0, 0x87], true);
    check(|made| made.serial = vec![2, 0], false);
    check(|made| made.outer_algorithm = vec![0x30, 2, 5, 0], false);
    check(
        |made| made.outer_algorithm = [ECDSA, &[5, 0]].concat(),
        false,
    );
    check(|made| made.subject = vec![0x30, 0], true);
    check(|made| made.subject = common_name(0x0c, b"\xff"), false);
    check(|made| made.subject = common_name(0x14, b"Teletex"), false);
    check(|made| made.extensions = vec![], true);
    check(|made| made.extensions = usage(&[]), true);
    check(|made| made.extensions = usage(&[1, 1, 0]), false);
    check(|made| made.extensions = usage(&[1, 1, 1]), false);
    check(|made| made.extensions.push(0), false);
    check(|made| made.key.push(5), false);
}

#[test]
fn an_instant_has_its_one_form() {
    let utc = |from: &str| validity(0x17, from, "491231235959Z");
    check(|made| made.validity = utc("500101000000Z"), true);
    check(|made| made.validity = utc("2401010000Z"), false);
    check(|made| made.validity = utc("240101000000+0000"), false);
    check(|made| made.validity = utc("240230000000Z"), false);
    check(|made| made.validity = utc("240101000060Z"), false);
    check(|made| made.validity = utc("24010100000aZ"), false);
    let general = |to: &str| validity(0x18, "20500101000000Z", to);
    check(|made| made.validity = general("99991231235959Z"), true);
    check(|made| made.validity = general("20500101000000.5Z"), false);
    check(|made| made.validity = general("205001010000Z"), false);
}

proptest! {
    #[test]
    fn never_panics(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        prop_assert_eq!(Certificate::read(&bytes), None);
    }

    #[test]
    fn changed_bytes_are_read_or_not(at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let mut der = Made::usual().der();
        let at = at.index(der.len());
        der[at] = byte;
        if let Some(read) = Certificate::read(&der) {
            // Whatever is read is there.
            let place = read.signed.as_ptr().addr() - der.as_ptr().addr();
            prop_assert_eq!(&der[place..place + read.signed.len()], read.signed);
        }
        for end in 0..der.len() {
            prop_assert_eq!(Certificate::read(&der[..end]), None);
        }
    }
}
