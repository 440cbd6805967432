//! Certificates as they were issued years ago: told of, and refused where the policy says so. And
//! issuers of rarer kinds: what nothing here verifies is told from a signature that is wrong.

use fidoscope_authenticator::{
    Algorithm, AuthorityOptions, Identity, LeafOptions, Seed, SignatureKind, TestKey, TestPki, pem,
};
use fidoscope_recording::{LegacyPolicy, Recording};
use fidoscope_verifier::{Context, Status, Trace, Verdict, verify};

use crate::algorithms::{key_for, leaf_options, packed, pki, registration};
use crate::android_key::validity;
use crate::chain::u2f;
use crate::fixture::Registration;
use crate::ledger;

/// A packed statement by the key of an identity.
fn statement(identity: Identity) -> Registration {
    let mut made = registration(&key_for(Algorithm::Es256));
    let (key, alg) = (identity.key.clone(), identity.key.algorithm().number());
    packed(&mut made, alg, move |m| key.sign(m), identity.x5c);
    made
}

fn judged(mut made: Registration, anchor: &[u8], policy: Option<LegacyPolicy>) -> Trace {
    let anchor = pem(anchor);
    made.around(move |recording: &mut Recording| {
        recording.policy.anchors = vec![anchor];
        recording.policy.legacy_certificates = policy;
    });
    let trace = verify(&made.build(), &Context::default());
    ledger::note(&trace);
    trace
}

/// Accepted with a finding that says `says`; refused for the same reason where old certificates
/// are not wanted.
#[track_caller]
fn check(made: impl Fn() -> Registration, anchor: &[u8], says: &[&str]) {
    for policy in [None, Some(LegacyPolicy::Warn), Some(LegacyPolicy::Reject)] {
        let trace = judged(made(), anchor, policy);
        let built = trace.outcome("chain.build").unwrap();
        let found = built.found().unwrap_or_default();
        // The first certificate that is not wanted ends it.
        let heard = |says: &&str| found.contains(*says);
        let told = match policy {
            Some(LegacyPolicy::Reject) => says.iter().any(heard),
            _ => says.iter().all(heard),
        };
        assert!(told, "{policy:?}: {found}");
        let (status, first, verdict) = match policy {
            Some(LegacyPolicy::Reject) => (Status::Fail, Some("chain.build"), Verdict::Reject),
            _ => (Status::Warn, None, Verdict::Accept),
        };
        assert_eq!((built.l3, built.l2), (status, status), "{policy:?}");
        assert_eq!(trace.first_failed.l3, first, "{policy:?}");
        assert_eq!(trace.verdict, verdict, "{policy:?}");
    }
}

/// Refused because of a signature, whatever the policy makes of old certificates.
#[track_caller]
fn check_forged(identity: &Identity, anchor: &[u8]) {
    for policy in [None, Some(LegacyPolicy::Warn)] {
        let trace = judged(statement(identity.clone()), anchor, policy);
        assert_eq!(trace.first_failed.l3, Some("chain.name-sig"));
        assert_eq!(trace.first_failed.l2, Some("chain.name-sig"));
    }
}

fn issued(pki: &TestPki, edit: impl FnOnce(&mut LeafOptions)) -> Identity {
    let mut options = leaf_options();
    edit(&mut options);
    pki.attestation("leaf", &options).unwrap()
}

/// Below an authority that `edit` may change.
fn below(root: Algorithm, edit: impl FnOnce(&mut AuthorityOptions)) -> TestPki {
    let mut options = AuthorityOptions::new("older", validity());
    edit(&mut options);
    pki(root).with_authority(&options).unwrap()
}

fn short_rsa(algorithm: Algorithm) -> TestKey {
    TestKey::derive_short_rsa(algorithm, &Seed::new(1, "old certificates"), "older")
}

#[test]
fn sha1_signatures() {
    for kind in [Algorithm::Es256, Algorithm::Es512, Algorithm::Rs256] {
        let root = pki(kind);
        let identity = issued(&root, |leaf| leaf.finish.sha1 = true);
        let made = || statement(identity.clone());
        check(made, root.root_der(), &["attestation`: a SHA-1 signature"]);
        let forged = issued(&root, |leaf| {
            leaf.finish.sha1 = true;
            leaf.finish.signature = SignatureKind::BitFlipped;
        });
        check_forged(&forged, root.root_der());
        // On an intermediate as well; on what is trusted itself nobody looks at it.
        let older = below(kind, |older| older.finish.sha1 = true);
        let identity = issued(&older, |_| {});
        let made = || statement(identity.clone());
        check(made, root.root_der(), &["older`: a SHA-1 signature"]);
        let anchor = &identity.x5c[1];
        let trace = judged(made(), anchor, Some(LegacyPolicy::Reject));
        assert_eq!(trace.verdict, Verdict::Accept);
        assert_eq!(trace.outcome("chain.build").unwrap().l3, Status::Pass);
    }
}

#[test]
fn rsa_keys_of_1024_bits() {
    let root = pki(Algorithm::Rs256);
    let says = ["an RSA key of 1024 bits"];
    for algorithm in [Algorithm::Rs256, Algorithm::Rs1] {
        let identity = root.certify(short_rsa(algorithm), &leaf_options()).unwrap();
        check(|| statement(identity.clone()), root.root_der(), &says);
    }
    let older = |edit: fn(&mut AuthorityOptions)| {
        below(Algorithm::Rs256, |older| {
            older.key = Some(short_rsa(Algorithm::Rs256));
            edit(older);
        })
    };
    // In the path, and as what is trusted.
    let identity = issued(&older(|_| {}), |_| {});
    for anchor in [root.root_der(), &identity.x5c[1]] {
        check(|| statement(identity.clone()), anchor, &says);
    }
    let forged = issued(&older(|_| {}), |leaf| {
        leaf.finish.signature = SignatureKind::BitFlipped;
    });
    check_forged(&forged, root.root_der());
    // All at once, as in metadata of the first years.
    let oldest = older(|older| older.finish.version = 1);
    let identity = issued(&oldest, |leaf| leaf.finish.sha1 = true);
    let says = ["1024 bits", "X.509 version 1", "a SHA-1 signature"];
    check(|| statement(identity.clone()), &identity.x5c[1], &says);
}

/// Packed statements demand version 3; U2F ones do not.
#[test]
fn leaves_of_version_1() {
    let root = pki(Algorithm::Es256);
    let identity = issued(&root, |leaf| leaf.finish.version = 1);
    let trace = judged(statement(identity.clone()), root.root_der(), None);
    assert_eq!(trace.first_failed.l3, Some("att.packed.cert.version"));
    let made = || u2f(identity.clone(), root.root_der());
    check(made, root.root_der(), &["X.509 version 1"]);
}

/// Intermediates whose keys are of rarer kinds, with a fault in what they signed and without.
#[test]
fn issuers_of_rarer_kinds() {
    use Algorithm as A;
    for kind in [A::Es256k, A::Ed448, A::MlDsa44, A::MlDsa65, A::MlDsa87] {
        let rarer = below(A::Es256, |older| older.key = Some(key_for(kind)));
        let identity = issued(&rarer, |_| {});
        let trace = judged(statement(identity), rarer.root_der(), None);
        assert_eq!(trace.verdict, Verdict::Accept, "{kind:?}");
        let signed = trace.outcome("chain.name-sig").unwrap();
        assert_eq!((signed.l3, signed.l2), (Status::Pass, Status::Pass));
        let forged = issued(&rarer, |leaf| {
            leaf.finish.signature = SignatureKind::BitFlipped;
        });
        check_forged(&forged, rarer.root_der());
    }
}

/// SHA-1 with a curve that the backend does not pair with it: nobody can say that it is wrong.
#[test]
fn signatures_that_nothing_here_verifies() {
    let both = [SignatureKind::Genuine, SignatureKind::BitFlipped];
    let kinds = [Algorithm::Es384, Algorithm::Es256k];
    for (kind, signature) in kinds.iter().flat_map(|kind| both.map(|made| (*kind, made))) {
        let root = pki(kind);
        let identity = issued(&root, |leaf| {
            leaf.finish.sha1 = true;
            leaf.finish.signature = signature;
        });
        let trace = judged(statement(identity), root.root_der(), None);
        assert_eq!(trace.verdict, Verdict::Indeterminate);
        assert_eq!(trace.first_failed.l3, None);
        let signed = trace.outcome("chain.name-sig").unwrap();
        assert_eq!(signed.l3, Status::NotEvaluated);
        let note = signed.note().unwrap_or_default();
        let says = "unsupported signature algorithm 1.2.840.10045.4.1 with";
        assert!(note.contains(says), "{note}");
    }
}

/// Behind a link that nobody here verifies, one that is broken is still told; and a path of which
/// nothing is known to be wrong may be sound, whatever other paths there are.
#[test]
fn a_broken_link_behind_one_that_is_not_verified() {
    let leaf = |older: &TestPki| issued(older, |leaf| leaf.finish.sha1 = true);
    let broken = below(Algorithm::Es256, |older| {
        older.key = Some(key_for(Algorithm::Es384));
        older.finish.signature = SignatureKind::BitFlipped;
    });
    let trace = judged(statement(leaf(&broken)), broken.root_der(), None);
    assert_eq!(trace.first_failed.l3, Some("chain.name-sig"));
    let said = trace.outcome("chain.name-sig").unwrap();
    assert_eq!(said.l3, Status::Fail);
    assert!(
        said.found()
            .is_some_and(|found| found.contains("did not make"))
    );
    let sound = below(Algorithm::Es256, |older| {
        older.key = Some(key_for(Algorithm::Es384));
    });
    let trace = judged(statement(leaf(&sound)), sound.root_der(), None);
    assert_eq!(trace.verdict, Verdict::Indeterminate);
    // Two copies of the issuer, of which the first is forged: the other path counts.
    let mut identity = leaf(&sound);
    let forged = leaf(&broken).x5c[1].clone();
    identity.x5c.insert(1, forged);
    let trace = judged(statement(identity), sound.root_der(), None);
    assert_eq!(trace.verdict, Verdict::Indeterminate);
}
