//! What other verifiers got wrong about keys and signatures, each by its number.

use ciborium::Value;
use fidoscope_authenticator::{Algorithm, Hash, TestKey};
use fidoscope_verifier::Status;
use fidoscope_webauthn::base64url;

use crate::algorithms::{
    assertion, certified, cose, flipped, key_for, offer, packed, pki, registration,
};
use crate::fixture::{Registration, cbor, compare, compare_stricter, put, remove, status_of};

const EC: [Algorithm; 4] = [
    Algorithm::Es256,
    Algorithm::Es384,
    Algorithm::Es512,
    Algorithm::Es256k,
];

/// A registration whose key differs.
#[track_caller]
fn key(algorithm: Algorithm, edit: impl FnOnce(&mut Vec<(Value, Value)>), step: &str) {
    compare(&edited(algorithm, edit), step, "");
}

fn edited(
    algorithm: Algorithm,
    edit: impl FnOnce(&mut Vec<(Value, Value)>),
) -> fidoscope_recording::Recording {
    let mut made = registration(&key_for(algorithm));
    edit(&mut made.cose);
    if let Some(alg) = made.cose.iter().find(|(label, _)| *label == 3.into()) {
        let number = i64::try_from(alg.1.as_integer().unwrap()).unwrap();
        offer(&mut made, number);
    }
    made.build()
}

/// An assertion with another signature.
#[track_caller]
fn signed(
    algorithm: Algorithm,
    sign: impl FnOnce(&TestKey, &[u8]) -> Vec<u8> + 'static,
    step: &str,
) {
    let key = key_for(algorithm);
    let made = assertion(cose(&key), move |message| sign(&key, message));
    compare(&made.build(), step, "");
}

#[test]
fn n27_eddsa_keys_of_old_authenticators() {
    key(
        Algorithm::EdDsa,
        |cose| {
            put(cose, 1, Value::from("OKP"));
            put(cose, -1, Value::from("Ed25519"));
        },
        "cose.required",
    );
    let mut made = registration(&key_for(Algorithm::EdDsa));
    let mut item = cbor(&Value::Map(made.cose.clone()));
    assert_eq!(item[0], 0xa4);
    item[0] = 0xa3;
    made.key_item = Some(item);
    compare(&made.build(), "cose.required", "");
}

#[test]
fn n30_a_raw_point_is_no_cose_key() {
    let mut made = Registration::new();
    made.key_item = Some(key_for(Algorithm::Es256).point().to_vec());
    compare(&made.build(), "cose.map", "");
    let key = key_for(Algorithm::Es256);
    let point = base64url::encode(key.point());
    let mut made = assertion(cose(&key), move |message| key.sign(message));
    made.record(move |record| record.public_key = point);
    compare(&made.build(), "open: auth.credential-key", "");
}

#[test]
fn n33_curve_and_key_type_belong_to_the_algorithm() {
    key(Algorithm::Es384, |cose| put(cose, 3, -7), "cose.crv");
    key(Algorithm::Es256, |cose| put(cose, 3, -35), "cose.crv");
    key(Algorithm::Es256k, |cose| put(cose, 3, -7), "cose.crv");
    key(Algorithm::Es256, |cose| put(cose, 3, -47), "cose.crv");
    key(Algorithm::Es256, |cose| put(cose, 3, -51), "cose.crv");
    key(Algorithm::Ed448, |cose| put(cose, 3, -8), "cose.crv");
    key(Algorithm::Ed448, |cose| put(cose, 3, -19), "cose.crv");
    key(Algorithm::EdDsa, |cose| put(cose, 3, -53), "cose.crv");
    key(Algorithm::EdDsa, |cose| put(cose, 3, -7), "cose.alg-kty");
    key(Algorithm::Rs256, |cose| put(cose, 3, -7), "cose.alg-kty");
    key(Algorithm::Es256, |cose| put(cose, 3, -257), "cose.alg-kty");
    key(Algorithm::Es256, |cose| put(cose, 3, -48), "cose.alg-kty");
    key(Algorithm::MlDsa65, |cose| put(cose, 3, -7), "cose.alg-kty");
    key(
        Algorithm::MlDsa65,
        |cose| put(cose, 3, -48),
        "cose.coord-len",
    );
    key(Algorithm::MlDsa65, |cose| remove(cose, -1), "cose.required");
    key(
        Algorithm::MlDsa65,
        |cose| put(cose, -2, Value::Bytes(vec![7; 32])),
        "cose.optional",
    );
    // The stored key, whose number was changed.
    let p256 = key_for(Algorithm::Es256);
    let mut stored = cose(&p256);
    put(&mut stored, 3, -35);
    let made = assertion(stored, move |message| p256.sign(message));
    compare(&made.build(), "auth.signature", "");
}

#[test]
fn n33_points_are_on_their_curve() {
    for algorithm in EC {
        let test_key = key_for(algorithm);
        let length = test_key.x().len();
        let mut y = test_key.y().to_vec();
        y[length - 1] ^= 1;
        let off = Value::Bytes(y);
        key(
            algorithm,
            |cose| put(cose, -3, off.clone()),
            "cose.on-curve",
        );
        let zeros = || Value::Bytes(vec![0; length]);
        let infinity = |cose: &mut Vec<(Value, Value)>| {
            put(cose, -2, zeros());
            put(cose, -3, zeros());
        };
        key(algorithm, infinity, "cose.on-curve");
        let beyond = || Value::Bytes(vec![0xff; length]);
        key(algorithm, |cose| put(cose, -2, beyond()), "cose.on-curve");
        let long = Value::Bytes([&[0], test_key.x()].concat());
        key(algorithm, |cose| put(cose, -2, long), "cose.coord-len");
        // The stored key is no key, which is not the signature's fault, but no acceptance either.
        let mut stored = cose(&test_key);
        put(&mut stored, -3, off);
        let made = assertion(stored, move |message| test_key.sign(message));
        compare(&made.build(), "auth.signature", "");
    }
    let compressed = Value::Bool(true);
    for (algorithm, l2) in [(Algorithm::Es384, ""), (Algorithm::Esp384, "accept")] {
        let made = edited(algorithm, |cose| put(cose, -3, compressed.clone()));
        compare(&made, "cose.point-form", l2);
    }
}

#[test]
fn n34_an_unknown_algorithm_is_no_sha256() {
    key(
        Algorithm::Es256,
        |cose| put(cose, 3, -9999),
        "open: cose.alg-kty",
    );
    let leaf = key_for(Algorithm::Es256);
    let made = certified(&pki(Algorithm::Es256), leaf, -9999, |key, m| key.sign(m));
    compare(&made.build(), "open: att.packed.sig", "");
    let p256 = key_for(Algorithm::Es256);
    let mut stored = cose(&p256);
    put(&mut stored, 3, -9999);
    let made = assertion(stored, move |message| p256.sign(message));
    compare(&made.build(), "open: auth.signature", "");
}

/// `30 .. 02 .. r 02 .. s`, with anything as an element.
fn sequence(elements: &[&[u8]]) -> Vec<u8> {
    let body = elements.concat();
    let length = u8::try_from(body.len()).unwrap();
    match length {
        0..=127 => [&[0x30, length], &body[..]].concat(),
        _ => [&[0x30, 0x81, length], &body[..]].concat(),
    }
}

fn integer(bytes: &[u8]) -> Vec<u8> {
    [&[2, u8::try_from(bytes.len()).unwrap()], bytes].concat()
}

/// The two INTEGER elements of a signature.
fn parts(der: &[u8]) -> (Vec<u8>, Vec<u8>) {
    let body = if der[1] == 0x81 { &der[3..] } else { &der[2..] };
    let (r, s) = body.split_at(2 + usize::from(body[1]));
    (r.to_vec(), s.to_vec())
}

#[test]
fn n35_ecdsa_signatures_have_one_form() {
    for algorithm in EC {
        let changed = |change: fn(&[u8], &[u8]) -> Vec<u8>, step: &str| {
            signed(
                algorithm,
                move |key, message| {
                    let (r, s) = parts(&key.sign(message));
                    change(&r, &s)
                },
                step,
            );
        };
        changed(|r, s| sequence(&[r, s]), "accept");
        changed(|r, s| sequence(&[r, s, &integer(&[1])]), "sig.der");
        changed(|r, s| [sequence(&[r, s]), vec![0]].concat(), "sig.der");
        changed(
            |r, s| sequence(&[&integer(&[&[0, 0], &r[2..]].concat()), s]),
            "sig.der",
        );
        changed(|r, _| sequence(&[r, &integer(&[0])]), "sig.der");
        changed(|_, s| sequence(&[&integer(&[0]), s]), "sig.der");
        changed(|r, _| sequence(&[r, &integer(&[0xff])]), "sig.der");
        changed(|r, _| sequence(&[r]), "sig.der");
        // The indefinite and the long form of a length.
        changed(|r, s| [&[0x30, 0x80], r, s, &[0, 0]].concat(), "sig.der");
        changed(
            |r, s| {
                let body = [r, s].concat();
                [
                    &[0x30, 0x82, 0, u8::try_from(body.len()).unwrap()],
                    &body[..],
                ]
                .concat()
            },
            "sig.der",
        );
        signed(algorithm, |key, message| key.sign_fixed(message), "sig.der");
        signed(algorithm, |_, _| Vec::new(), "env.response");
    }
}

/// The order of P-256, as a number of a signature; and the greatest number that is allowed.
#[test]
fn n35_numbers_are_below_the_order() {
    const ORDER: [u8; 33] = *b"\x00\xff\xff\xff\xff\x00\x00\x00\x00\xff\xff\xff\xff\xff\xff\xff\xff\xbc\xe6\xfa\xad\xa7\x17\x9e\x84\xf3\xb9\xca\xc2\xfc\x63\x25\x51";
    let with_s = |last: u8, step: &str| {
        signed(
            Algorithm::Es256,
            move |key, message| {
                let (r, _) = parts(&key.sign(message));
                let mut s = ORDER;
                s[32] = last;
                sequence(&[&r, &integer(&s)])
            },
            step,
        );
    };
    with_s(0x51, "sig.der");
    with_s(0x50, "auth.signature");
}

/// `as-37`: n - s verifies as well, and nobody forbids it.
#[test]
fn n35_high_s_is_allowed() {
    signed(
        Algorithm::Es256,
        |key, message| {
            let (r, s) = parts(&key.sign(message));
            let order = *b"\xff\xff\xff\xff\x00\x00\x00\x00\xff\xff\xff\xff\xff\xff\xff\xff\xbc\xe6\xfa\xad\xa7\x17\x9e\x84\xf3\xb9\xca\xc2\xfc\x63\x25\x51";
            let mut digits = [0_u8; 32];
            let s = &s[2..];
            let s = if s[0] == 0 { &s[1..] } else { s };
            digits[32 - s.len()..].copy_from_slice(s);
            let mut other = [0_u8; 33];
            let mut borrow = 0_i16;
            for at in (0..32).rev() {
                let value = i16::from(order[at]) - i16::from(digits[at]) - borrow;
                borrow = i16::from(value < 0);
                other[at + 1] = u8::try_from(value.rem_euclid(256)).unwrap();
            }
            let other = if other[1] < 0x80 { &other[1..] } else { &other };
            sequence(&[&r, &integer(other)])
        },
        "accept",
    );
}

#[test]
fn n36_the_salt_is_as_long_as_the_hash() {
    let pss = |hash, mask, salt, step: &str| {
        let sign = move |key: &TestKey, m: &[u8]| key.sign_pss(hash, mask, salt, m).unwrap();
        signed(Algorithm::Ps256, sign, step);
    };
    pss(Hash::Sha256, Hash::Sha256, 32, "accept");
    for salt in [0, 20, 31, 33, 222] {
        pss(Hash::Sha256, Hash::Sha256, salt, "auth.signature");
    }
    pss(Hash::Sha256, Hash::Sha1, 32, "auth.signature");
    pss(Hash::Sha384, Hash::Sha384, 48, "auth.signature");
    let as_other = |from: Algorithm, to: Algorithm| {
        let sign = move |key: &TestKey, m: &[u8]| key.sign_as(to, m).unwrap();
        signed(from, sign, "auth.signature");
    };
    as_other(Algorithm::Ps256, Algorithm::Rs256);
    as_other(Algorithm::Rs256, Algorithm::Ps256);
    as_other(Algorithm::Rs256, Algorithm::Rs1);
    as_other(Algorithm::Rs1, Algorithm::Rs256);
}

#[test]
fn n37_the_hash_is_that_of_the_statement() {
    // A P-384 key under a root that signs with SHA-384, and ES256 in the statement.
    let p384 = || key_for(Algorithm::Es384);
    let root = pki(Algorithm::Es384);
    let wrong = certified(&root, p384(), -7, |key, m| {
        key.sign_as(Algorithm::Es256, m).unwrap()
    });
    compare(&wrong.build(), "att.packed.sig", "");
    let wrong = certified(&root, p384(), -35, |key, m| {
        key.sign_as(Algorithm::Es256, m).unwrap()
    });
    compare(&wrong.build(), "att.packed.sig", "");
    let right = certified(&root, key_for(Algorithm::Es256), -7, |key, m| key.sign(m));
    compare(&right.build(), "accept", "");
    // An RSA key certified with SHA-384.
    let rsa = || key_for(Algorithm::Rs256);
    let root = pki(Algorithm::Rs384);
    let wrong = certified(&root, rsa(), -257, |key, m| {
        key.sign_as(Algorithm::Rs384, m).unwrap()
    });
    compare(&wrong.build(), "att.packed.sig", "");
    let right = certified(&root, rsa(), -257, |key, m| key.sign(m));
    compare(&right.build(), "accept", "");
}

#[test]
fn n38_unsupported_is_not_a_bad_signature() {
    signed(Algorithm::Es512, |key, m| key.sign(m), "accept");
    signed(Algorithm::EdDsa, |key, m| key.sign(m), "accept");
    let number = -260;
    let p521 = key_for(Algorithm::Es512);
    let mut stored = cose(&p521);
    put(&mut stored, 3, number);
    let made = assertion(stored, move |m| p521.sign(m)).build();
    compare(&made, "open: auth.signature", "");
    status_of(&made, "auth.signature", Status::NotEvaluated);
    let key = key_for(Algorithm::Es256);
    let mut made = registration(&key);
    packed(&mut made, number, move |m| key.sign(m), Vec::new());
    compare(&made.build(), "att.packed.self.alg", "");
}

#[test]
fn n39_small_order_keys() {
    // The neutral element, and the point of order two.
    let lint = |algorithm, x: Vec<u8>| {
        let made = edited(algorithm, |cose| put(cose, -2, Value::Bytes(x)));
        compare(&made, "accept", "");
        compare_stricter(&made, "accept", "cose.on-curve");
        status_of(&made, "cose.on-curve", Status::Observation);
    };
    let one = |length: usize| [vec![1], vec![0; length - 1]].concat();
    lint(Algorithm::EdDsa, one(32));
    lint(
        Algorithm::EdDsa,
        [vec![0xec], vec![0xff; 30], vec![0x7f]].concat(),
    );
    lint(Algorithm::EdDsa, vec![0; 32]);
    lint(Algorithm::Ed448, one(57));
    lint(Algorithm::Ed448, vec![0; 57]);
    let fails = |algorithm, x: Vec<u8>| {
        key(
            algorithm,
            |cose| put(cose, -2, Value::Bytes(x)),
            "cose.on-curve",
        );
    };
    // y = 2 is on neither curve; y = p and a sign of zero have another encoding.
    let mut two = one(32);
    two[0] = 2;
    fails(Algorithm::EdDsa, two);
    fails(
        Algorithm::EdDsa,
        [vec![0xed], vec![0xff; 30], vec![0x7f]].concat(),
    );
    fails(Algorithm::EdDsa, [one(31), vec![0x80]].concat());
    fails(Algorithm::Ed448, [vec![0xff; 56], vec![0]].concat());
    fails(Algorithm::Ed448, [one(56), vec![0x80]].concat());
    // Nobody holds a secret for such a key, and Ed448 does not verify with it: that is no verdict.
    let mut stored = cose(&key_for(Algorithm::Ed448));
    put(&mut stored, -2, Value::Bytes(one(57)));
    let made = assertion(stored, |m| key_for(Algorithm::Ed448).sign(m));
    compare(&made.build(), "open: auth.signature", "");
}

#[test]
fn n39_odd_rsa_keys() {
    let lint = |label: i64, number: Vec<u8>| {
        let made = edited(Algorithm::Rs256, |cose| {
            put(cose, label, Value::Bytes(number))
        });
        compare(&made, "accept", "");
        status_of(&made, "cose.rsa", Status::Observation);
        compare_stricter(&made, "accept", "cose.rsa");
    };
    lint(-2, vec![0, 1, 0, 1]);
    lint(-1, [&[0x80][..], &[1; 127]].concat());
    let (n, _) = key_for(Algorithm::Rs256).rsa_parts().unwrap();
    lint(-1, [&[0], &n[..]].concat());
    // A leading zero changes no number; what the backend has no room for is unknown.
    let stored = |label: i64, number: Vec<u8>, expected: &str| {
        let mut stored = cose(&key_for(Algorithm::Rs256));
        put(&mut stored, label, Value::Bytes(number));
        let made = assertion(stored, |m| key_for(Algorithm::Rs256).sign(m));
        compare(&made.build(), expected, "");
    };
    stored(-2, vec![0, 1, 0, 1], "accept");
    stored(-2, vec![1], "auth.signature");
    stored(-2, vec![2], "auth.signature");
    stored(-2, vec![0xff; 8], "open: auth.signature");
    stored(-1, vec![0xff; 64], "open: auth.signature");
}

/// `as-39`: RFC 8017 §8.1.2 and §8.2.2 want as many bytes as the modulus has.
#[test]
fn rsa_signatures_are_as_long_as_the_modulus() {
    for algorithm in [Algorithm::Rs256, Algorithm::Ps256] {
        signed(
            algorithm,
            |key, m| key.sign(m)[1..].to_vec(),
            "auth.signature",
        );
        let longer = |key: &TestKey, m: &[u8]| [vec![0], key.sign(m)].concat();
        signed(algorithm, longer, "auth.signature");
    }
}

/// `as-40`: S + L verifies in careless implementations.
#[test]
fn edwards_signatures_are_reduced() {
    const L25519: &[u8] = b"\xed\xd3\xf5\x5c\x1a\x63\x12\x58\xd6\x9c\xf7\xa2\xde\xf9\xde\x14\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x10";
    const L448: &[u8] = b"\xf3\x44\x58\xab\x92\xc2\x78\x23\x55\x8f\xc5\x8d\x72\xc2\x6c\x21\x90\x36\xd6\xae\x49\xdb\x4e\xc4\xe9\x23\xca\x7c\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x3f\0";
    let add = |order: &'static [u8]| {
        move |key: &TestKey, message: &[u8]| {
            let mut signature = key.sign(message);
            let half = signature.len() / 2;
            let mut carry = 0_u16;
            for (byte, more) in signature[half..].iter_mut().zip(order) {
                let sum = u16::from(*byte) + u16::from(*more) + carry;
                *byte = u8::try_from(sum & 0xff).unwrap();
                carry = sum >> 8;
            }
            signature
        }
    };
    signed(Algorithm::EdDsa, add(L25519), "auth.signature");
    signed(Algorithm::Ed448, add(L448), "auth.signature");
    signed(
        Algorithm::Ed448,
        |key, m| flipped(key.sign(m)),
        "auth.signature",
    );
}

/// `as-41`: a shorter hash under the number of a longer one.
#[test]
fn the_hash_is_that_of_the_stored_number() {
    let with = |from: Algorithm, to: Algorithm| {
        let sign = move |key: &TestKey, m: &[u8]| key.sign_as(to, m).unwrap();
        signed(from, sign, "auth.signature");
    };
    with(Algorithm::Es384, Algorithm::Es256);
    with(Algorithm::Es512, Algorithm::Es256);
    with(Algorithm::Es256, Algorithm::Es384);
    with(Algorithm::Rs512, Algorithm::Rs256);
}
