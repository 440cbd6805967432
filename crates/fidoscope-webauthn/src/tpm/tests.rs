use proptest::prelude::*;

use super::*;

/// A signing key of P-256 as Windows makes them: scheme and key derivation left open.
fn ecc(x: &[u8], y: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0, 0x23, 0, 0x0b, 0, 6, 4, 0x72, 0, 2, 0xaa, 0xbb];
    bytes.extend([0, 0x10, 0, 0x18, 0, 0x0b, 0, 3, 0, 0x10]);
    for coordinate in [x, y] {
        bytes.extend(u16::try_from(coordinate.len()).unwrap().to_be_bytes());
        bytes.extend(coordinate);
    }
    bytes
}

fn rsa(exponent: u32, modulus: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0, 1, 0, 0x0b, 0, 6, 4, 0x72, 0, 0, 0, 0x10];
    bytes.extend([0, 0x14, 0, 0x0b, 8, 0]);
    bytes.extend(exponent.to_be_bytes());
    bytes.extend(u16::try_from(modulus.len()).unwrap().to_be_bytes());
    bytes.extend(modulus);
    bytes
}

fn certify(extra: &[u8], name: &[u8]) -> Vec<u8> {
    let mut bytes = b"\xffTCG\x80\x17\0\0".to_vec();
    bytes.extend(u16::try_from(extra.len()).unwrap().to_be_bytes());
    bytes.extend(extra);
    bytes.extend([0, 0, 0, 0, 0, 0, 0, 9, 0, 0, 0, 1, 0, 0, 0, 2, 0x33]);
    bytes.extend([0, 0, 0, 0, 0, 0, 0, 7]);
    bytes.extend(u16::try_from(name.len()).unwrap().to_be_bytes());
    bytes.extend(name);
    bytes.extend([0, 0]);
    bytes
}

#[test]
fn keys_of_both_kinds_are_read() {
    let bytes = ecc(&[1; 32], &[2; 31]);
    let public = TpmPublic::decode(&bytes);
    let key = TpmKey::Ecc {
        scheme: algorithm::ECDSA,
        curve: 3,
        x: &[1; 32],
        y: &[2; 31],
    };
    assert_eq!((public.key, public.problem), (Some(key), None));
    assert_eq!(public.auth_policy, Some(&[0xaa, 0xbb][..]));

    let bytes = rsa(0, &[9; 256]);
    let public = TpmPublic::decode(&bytes);
    let key = TpmKey::Rsa {
        scheme: algorithm::RSASSA,
        bits: 2048,
        exponent: 0,
        modulus: &[9; 256],
    };
    assert_eq!((public.key, public.problem), (Some(key), None));
}

/// A restricted decryption key has a cipher, and schemes differ in what follows them.
#[test]
fn parameters_of_every_length_are_skipped() {
    let mut bytes = vec![0, 1, 0, 0x0b, 0, 3, 0, 0x72, 0, 0];
    bytes.extend([0, 6, 0, 0x80, 0, 0x43]); // AES, 128 bits, CFB
    bytes.extend([0, 0x15]); // RSAES has no hash
    bytes.extend([8, 0, 0, 0, 0, 0, 0, 1, 0xff]);
    assert_eq!(TpmPublic::decode(&bytes).problem, None);
    let mut bytes = vec![0, 0x23, 0, 0x0b, 0, 3, 0, 0x72, 0, 0];
    bytes.extend([0, 0x0a, 0, 0x0b]); // XOR with SHA-256
    bytes.extend([0, 0x1a, 0, 0x0b, 0, 1]); // ECDAA with SHA-256 and a count
    bytes.extend([0, 3, 0, 0x20, 0, 0x0b, 0, 0, 0, 0]);
    assert_eq!(TpmPublic::decode(&bytes).problem, None);
}

#[test]
fn what_is_wrong_has_a_place() {
    let mut bytes = ecc(&[1; 32], &[2; 32]);
    bytes.push(0);
    let text = TpmPublic::decode(&bytes).problem.unwrap().to_string();
    assert_eq!(text, "1 bytes left over at offset 90");
    let text = TpmPublic::decode(&bytes[..40]).problem.unwrap().to_string();
    assert_eq!(text, "unique.x at offset 24 needs 32 bytes, 16 are left");
    let prefixed = [&[0, 90], bytes.as_slice()].concat();
    let text = TpmPublic::decode(&prefixed).problem.unwrap().to_string();
    assert_eq!(
        text,
        "authPolicy at offset 10 needs 1138 bytes, 83 are left"
    );
    let text = TpmPublic::decode(&[0, 8, 0, 11, 0, 0, 0, 0, 0, 0]).problem;
    assert_eq!(text.unwrap().to_string(), "type 0x0008 at offset 0");
}

#[test]
fn a_certification_is_read() {
    let bytes = certify(&[5; 32], &[0, 0x0b, 6]);
    let attest = TpmAttest::decode(&bytes);
    assert_eq!(attest.problem, None);
    assert_eq!(attest.magic, Some(GENERATED));
    assert_eq!(attest.kind, Some(ATTEST_CERTIFY));
    assert_eq!(attest.extra_data, Some(&[5; 32][..]));
    assert_eq!(attest.clock.map(|clock| clock.safe), Some(0x33));
    assert_eq!(attest.name, Some(&[0, 0x0b, 6][..]));
    assert_eq!(attest.qualified_name, Some(&[][..]));
}

/// Of a quote, everything before `attested` is there.
#[test]
fn another_type_is_read_up_to_what_it_attests() {
    let mut bytes = certify(&[5; 32], &[0, 0x0b, 6]);
    bytes[5] = 0x18;
    let attest = TpmAttest::decode(&bytes);
    assert_eq!(attest.firmware_version, Some(7));
    assert_eq!(attest.name, None);
    assert_eq!(
        attest.problem.unwrap().to_string(),
        "type 0x8018 at offset 4"
    );
}

#[test]
fn wrapped_signatures_are_read_to_their_last_byte() {
    let bytes = [0, 0x14, 0, 0x0b, 0, 2, 7, 8];
    let rsa = TpmSignature::Rsa {
        scheme: algorithm::RSASSA,
        hash: algorithm::SHA256,
        signature: &[7, 8],
    };
    assert_eq!(TpmSignature::decode(&bytes), Some(rsa));
    assert_eq!(TpmSignature::decode(&[&bytes[..], &[0]].concat()), None);
    let ecdsa = TpmSignature::Ecdsa {
        hash: algorithm::SHA256,
        r: &[1],
        s: &[2],
    };
    let bytes = [0, 0x18, 0, 0x0b, 0, 1, 1, 0, 1, 2];
    assert_eq!(TpmSignature::decode(&bytes), Some(ecdsa));
    assert_eq!(TpmSignature::decode(&[0x30, 0x44, 2, 0x20]), None);
}

proptest! {
    #[test]
    fn no_bytes_make_a_decoder_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = TpmPublic::decode(&bytes);
        let _ = TpmAttest::decode(&bytes);
        let _ = TpmSignature::decode(&bytes);
    }

    #[test]
    fn every_cut_and_every_flip_is_survived(at in 0_usize..90, bit in 0_u8..8) {
        for mut bytes in [ecc(&[1; 32], &[2; 32]), rsa(3, &[9; 64]), certify(&[5; 32], &[6; 34])] {
            let at = at % bytes.len();
            let cut = &bytes[..at];
            prop_assert!(TpmPublic::decode(cut).problem.is_some());
            prop_assert!(TpmAttest::decode(cut).problem.is_some());
            bytes[at] ^= 1 << bit;
            let _ = TpmPublic::decode(&bytes);
            let _ = TpmAttest::decode(&bytes);
        }
    }

    #[test]
    fn what_was_written_is_read(
        x in proptest::collection::vec(any::<u8>(), 0..70),
        y in proptest::collection::vec(any::<u8>(), 0..70),
        exponent: u32,
    ) {
        let bytes = ecc(&x, &y);
        let key = TpmKey::Ecc { scheme: algorithm::ECDSA, curve: 3, x: &x, y: &y };
        prop_assert_eq!(TpmPublic::decode(&bytes).key, Some(key));
        let bytes = rsa(exponent, &x);
        let key = TpmKey::Rsa { scheme: algorithm::RSASSA, bits: 2048, exponent, modulus: &x };
        prop_assert_eq!(TpmPublic::decode(&bytes).key, Some(key));
        let bytes = certify(&x, &y);
        let attest = TpmAttest::decode(&bytes);
        prop_assert_eq!((attest.extra_data, attest.name), (Some(&x[..]), Some(&y[..])));
        prop_assert_eq!(attest.problem, None);
    }
}
