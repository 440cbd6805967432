use super::*;
use crate::*;
use aws_lc_rs::signature as lc;
use aws_lc_rs::signature::{RsaPublicKeyComponents, UnparsedPublicKey, VerificationAlgorithm};
use x509_parser::prelude::{FromDer as _, X509Certificate};

const MESSAGE: &[u8] = b"authenticator data, then the hash of the client data";

fn key(algorithm: Algorithm) -> TestKey {
    TestKey::derive_for(algorithm, &Seed::new(1, "key tests"), "credential")
}

/// Verifies with an implementation that did not sign, where there is one.
#[track_caller]
fn check(key: &TestKey, algorithm: Algorithm, signature: &[u8]) {
    use Algorithm as A;
    let verified = |with: &'static dyn VerificationAlgorithm| {
        UnparsedPublicKey::new(with, key.point()).verify(MESSAGE, signature)
    };
    let by_numbers = |with: &lc::RsaParameters| {
        let (n, e) = key.rsa_parts().unwrap();
        RsaPublicKeyComponents { n, e }.verify(with, MESSAGE, signature)
    };
    let result = match algorithm {
        A::Es256 | A::Esp256 => verified(&lc::ECDSA_P256_SHA256_ASN1),
        A::Es384 | A::Esp384 => verified(&lc::ECDSA_P384_SHA384_ASN1),
        A::Es512 | A::Esp512 => verified(&lc::ECDSA_P521_SHA512_ASN1),
        A::Es256k => verified(&lc::ECDSA_P256K1_SHA256_ASN1),
        A::EdDsa | A::Ed25519 => verified(&lc::ED25519),
        A::Rs256 => by_numbers(&lc::RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY),
        A::Rs384 => verified(&lc::RSA_PKCS1_2048_8192_SHA384),
        A::Rs512 => verified(&lc::RSA_PKCS1_2048_8192_SHA512),
        A::Rs1 => verified(&lc::RSA_PKCS1_1024_8192_SHA1_FOR_LEGACY_USE_ONLY),
        A::Ps256 => by_numbers(&lc::RSA_PSS_2048_8192_SHA256),
        A::Ps384 => verified(&lc::RSA_PSS_2048_8192_SHA384),
        A::Ps512 => verified(&lc::RSA_PSS_2048_8192_SHA512),
        A::MlDsa44 => verified(&lc::ML_DSA_44),
        A::MlDsa65 => verified(&lc::ML_DSA_65),
        A::MlDsa87 => verified(&lc::ML_DSA_87),
        A::Ed448 => {
            let point = key.point().try_into().unwrap();
            let key = ed448_goldilocks_plus::VerifyingKey::from_bytes(point).unwrap();
            let signature = ed448_goldilocks_plus::Signature::from_slice(signature).unwrap();
            key.verify_raw(&signature, MESSAGE).unwrap();
            return;
        }
    };
    assert!(result.is_ok(), "{algorithm:?}");
}

#[test]
fn every_signature_verifies_elsewhere() {
    for algorithm in Algorithm::ALL {
        let key = key(algorithm);
        check(&key, algorithm, &key.sign(MESSAGE));
    }
    let seed = Seed::new(1, "key tests");
    let short = TestKey::derive_short_rsa(Algorithm::Rs256, &seed, "old");
    assert_eq!(short.rsa_parts().unwrap().0.len(), 128);
    check(&short, Algorithm::Rs256, &short.sign(MESSAGE));
}

#[test]
fn a_key_signs_as_another_algorithm_of_its_kind() {
    let rsa = key(Algorithm::Rs256);
    let pss = rsa.sign_as(Algorithm::Ps384, MESSAGE).unwrap();
    check(&rsa, Algorithm::Ps384, &pss);
    let by_hand = rsa
        .sign_pss(Hash::Sha256, Hash::Sha256, 32, MESSAGE)
        .unwrap();
    check(&rsa, Algorithm::Ps256, &by_hand);
    let p384 = key(Algorithm::Es384);
    let with_sha256 = p384.sign_as(Algorithm::Es256, MESSAGE).unwrap();
    UnparsedPublicKey::new(&lc::ECDSA_P384_SHA256_ASN1, p384.point())
        .verify(MESSAGE, &with_sha256)
        .unwrap();
    let p521 = key(Algorithm::Es512);
    let with_sha256 = p521.sign_as(Algorithm::Es256, MESSAGE).unwrap();
    UnparsedPublicKey::new(&lc::ECDSA_P521_SHA256_ASN1, p521.point())
        .verify(MESSAGE, &with_sha256)
        .unwrap();
    assert_eq!(p384.sign_as(Algorithm::Ed448, MESSAGE), None);
    assert_eq!(p384.sign_pss(Hash::Sha256, Hash::Sha256, 32, MESSAGE), None);
    let fixed = p521.sign_fixed(MESSAGE);
    UnparsedPublicKey::new(&lc::ECDSA_P521_SHA512_FIXED, p521.point())
        .verify(MESSAGE, &fixed)
        .unwrap();
}

/// The vector of RFC 8032 §7.4, one octet.
#[test]
fn ed448_is_that_of_its_specification() {
    let hex = |text: &str| -> Vec<u8> {
        let pairs = text.as_bytes().chunks(2);
        pairs
            .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
            .collect()
    };
    let secret = hex(
        "c4eab05d357007c632f3dbb48489924d552b08fe0c353a0d4a1f00acda2c463afbea67c5e8d2877c5e3bc397a659949ef8021e954e0a12274e",
    );
    let key = TestKey::new(Algorithm::Ed448, Secret::Ed448(secret.try_into().unwrap()));
    assert_eq!(
        key.point(),
        hex(
            "43ba28f430cdff456ae531545f7ecd0ac834a55d9358c0372bfa0c6c6798c0866aea01eb00742802b8438ea4cb82169c235160627b4c3a9480"
        )
    );
    assert_eq!(
        key.sign(&[3]),
        hex(
            "26b8f91727bd62897af15e41eb43c377efb9c610d48f2335cb0bd0087810f4352541b143c4b981b7e18f62de8ccdf633fc1bf037ab7cd779805e0dbcc0aae1cbcee1afb2e027df36bc04dcecbf154336c19f0af7e0a6472905e799f1953d2a0ff3348ab21aa4adafd1d234441cf807c03a00"
        )
    );
}

/// The same bytes on every machine: first digits of the digests of key and signature.
#[test]
fn keys_and_signatures_never_change() {
    let digest = |bytes: &[u8]| -> String {
        let digest = Sha256::digest(bytes);
        digest
            .iter()
            .take(4)
            .map(|byte| format!("{byte:02x}"))
            .collect()
    };
    let found: Vec<String> = Algorithm::ALL
        .into_iter()
        .map(|algorithm| {
            let key = key(algorithm);
            let signature = key.sign(MESSAGE);
            assert_eq!(signature, key.sign(MESSAGE));
            let name = algorithm.name();
            format!("{name} {} {}", digest(key.point()), digest(&signature))
        })
        .collect();
    let expected = [
        "ES256 b92986cf f1e268c1",
        "ESP256 b92986cf f1e268c1",
        "ES384 716e0005 afb77dee",
        "ESP384 716e0005 afb77dee",
        "ES512 105de382 20c6cc20",
        "ESP512 105de382 20c6cc20",
        "ES256K d2cf9586 f61c61e8",
        "EdDSA a31e0177 8c880377",
        "Ed25519 a31e0177 8c880377",
        "Ed448 838db432 96ddc66e",
        "RS256 efbe8802 d41599a0",
        "RS384 efbe8802 4ef8f8d0",
        "RS512 efbe8802 73f23e3d",
        "RS1 efbe8802 58fce021",
        "PS256 efbe8802 0471a474",
        "PS384 efbe8802 e4733be3",
        "PS512 efbe8802 aa2e235e",
        "ML-DSA-44 1c9b9870 1654cd07",
        "ML-DSA-65 a999db91 71d88a9d",
        "ML-DSA-87 397da17a 4818cce7",
    ];
    assert_eq!(found, expected);
}

/// The first octets say whether the algorithm identifier is the one of `rcgen`, and the rest what
/// kind of key a certificate parser takes it for.
#[test]
fn a_subject_public_key_info_says_what_it_is() {
    for algorithm in Algorithm::ALL {
        let key = key(algorithm);
        let written = key.spki_der();
        if key.certificate_algorithm().is_some() {
            let by_rcgen = rcgen::PublicKeyData::subject_public_key_info(&key);
            assert_eq!(written, by_rcgen, "{algorithm:?}");
        }
        if let Algorithm::MlDsa44 | Algorithm::MlDsa65 | Algorithm::MlDsa87 = algorithm {
            let with: &'static dyn VerificationAlgorithm = match algorithm {
                Algorithm::MlDsa44 => &lc::ML_DSA_44,
                Algorithm::MlDsa65 => &lc::ML_DSA_65,
                _ => &lc::ML_DSA_87,
            };
            let parsed = UnparsedPublicKey::new(with, &written);
            parsed.verify(MESSAGE, &key.sign(MESSAGE)).unwrap();
        }
    }
}

/// Registers and signs in with a key of the algorithm; both ends agree on the number.
#[test]
fn an_authenticator_makes_credentials_of_any_algorithm() {
    let now = "2026-10-01T12:00:00Z".parse().unwrap();
    let bench = TestBench::new(7, "login.example.org", now).unwrap();
    for algorithm in Algorithm::ALL {
        let [mut model, ..] = models();
        model.format = Format::PackedSelf;
        model.algorithm = algorithm;
        let mut authenticator = bench.authenticator(model, 1).unwrap();
        let (created, registered) = bench.registration("r", &mut authenticator, None).unwrap();
        let cose = fidoscope_webauthn::CoseKey::decode(&created.public_key).unwrap();
        assert_eq!(cose.algorithm(), Some(algorithm.number()));
        assert_eq!(cose.item().not_canonical(), None, "{algorithm:?}");
        let offered = registered.options.pub_key_cred_params.clone().unwrap();
        assert!(offered.iter().any(|offer| offer.alg == algorithm.number()));
        let used = bench.authentication("a", &mut authenticator, &registered, &created, None);
        assert!(!used.unwrap().0.signature.is_empty());
    }
}

/// Key and algorithm stand in a certificate as the key itself names them, in both places.
#[test]
fn certificates_are_written_for_every_key() {
    let now: chrono::DateTime<chrono::Utc> = "2026-10-01T12:00:00Z".parse().unwrap();
    let validity = Validity {
        not_before: now,
        not_after: now + chrono::TimeDelta::days(1),
    };
    let options = LeafOptions::new("Key", fidoscope_webauthn::Aaguid([1; 16]), validity);
    for algorithm in Algorithm::ALL {
        let seed = Seed::new(1, "pki");
        let pki = TestPki::new_for(algorithm, &seed, "fidoscope test root", validity).unwrap();
        let identity = pki.attestation_for(algorithm, "leaf", &options).unwrap();
        assert_eq!(identity.key.algorithm(), algorithm);
        let (rest, leaf) = X509Certificate::from_der(&identity.x5c[0]).unwrap();
        assert!(rest.is_empty(), "{algorithm:?}");
        assert_eq!(leaf.public_key().raw, identity.key.spki_der());
        assert_eq!(leaf.signature_algorithm, leaf.tbs_certificate.signature);
        assert!(!leaf.signature_value.data.is_empty(), "{algorithm:?}");
        let (_, root) = X509Certificate::from_der(pki.root_der()).unwrap();
        assert_eq!(leaf.signature_algorithm, root.signature_algorithm);
        let lists = pki
            .revocation_lists(&[], validity)
            .map_err(|e| e.to_string());
        let usual = identity.key.certificate_algorithm().is_some();
        assert_eq!(lists.is_ok(), usual, "{algorithm:?}");
    }
}
