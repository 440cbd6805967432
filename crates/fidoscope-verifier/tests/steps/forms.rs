//! Forms that both levels ask of whoever encodes and that no step of a ceremony looks at: told in every
//! profile, decisive in `strict`.

use ciborium::Value;
use fidoscope_authenticator::{SignatureKind, TpmDraft};
use fidoscope_recording::Recording;
use fidoscope_verifier::{Context, Status};

use crate::fixture::{Assertion, Registration, compare, compare_stricter, status_of, verify};

/// Accepted but in `strict`, where the lint says what was found.
#[track_caller]
fn lint(recording: &Recording, step: &str, l2: &str, found: &str) {
    compare(recording, "accept", l2);
    compare_stricter(recording, "accept", step);
    let trace = verify(recording, &Context::default());
    let said = trace.outcome(step).unwrap();
    assert_eq!((said.l3, said.found()), (Status::Observation, Some(found)));
}

/// The same in both ceremonies. The map begins at offset 164 of one and 37 of the other.
#[track_caller]
fn extensions(map: &[u8], step: &str, found: &str) {
    let mut made = Registration::new();
    made.flags |= 0x80;
    made.after_key = map.to_vec();
    let start = made.data().len() - map.len();
    let words = |start: usize| {
        let (what, offset) = found.split_once('@').unwrap();
        let at = start + offset.parse::<usize>().unwrap();
        format!("{what} at offset {at} of authData")
    };
    lint(&made.build(), step, "", &words(start));
    let mut used = Assertion::new();
    used.flags |= 0x80;
    used.after = map.to_vec();
    lint(&used.build(), step, "", &words(37));
}

#[test]
fn extension_maps() {
    let twice = b"\xa2\x61a\x01\x61a\x02";
    extensions(twice, "ad.ext.dup-key", "duplicate map key@4");
    // The other one is in order, and so is the map.
    let unsorted = b"\xa2\x6bhmac-secret\xf5\x6bcredProtect\x02";
    let step = "ad.ext.canonical";
    extensions(unsorted, step, "map key out of order@14");
    let long = "number or length not in its shortest form";
    let number = b"\xa1\x6bcredProtect\x18\x02";
    extensions(number, step, &format!("{long}@13"));
    let text = b"\xa1\x78\x0bcredProtect\x02";
    extensions(text, step, &format!("{long}@1"));
    let open = b"\xbf\x6bcredProtect\x02\xff";
    extensions(open, step, "indefinite length@0");
    let inside = b"\xa1\x61a\xa2\x61c\x01\x61b\x02";
    extensions(inside, step, "map key out of order@7");
    let tagged = b"\xa1\x61a\xc1\x01";
    extensions(tagged, step, "tag@3");
    let mut sorted = Registration::new();
    sorted.flags |= 0x80;
    sorted.after_key = b"\xa2\x6bcredProtect\x02\x6bhmac-secret\xf5".to_vec();
    let sorted = sorted.build();
    compare_stricter(&sorted, "accept", "accept");
    status_of(&sorted, "ad.ext.dup-key", Status::Pass);
    status_of(&sorted, step, Status::Pass);
}

#[test]
fn attestation_objects() {
    let object = |build: fn(&[u8]) -> Vec<u8>, found: &str| {
        let mut made = Registration::new();
        made.object_item = Some(build(&made.data()));
        lint(&made.build(), "att-obj.canonical", "", found);
    };
    // Authenticator data of 164 bytes.
    let data = |data: &[u8]| [b"\x68authData\x58\xa4", data].concat();
    fn rest() -> &'static [u8] {
        b"\x63fmt\x64none\x67attStmt\xa0"
    }
    assert_eq!(Registration::new().data().len(), 164);
    object(
        |bytes| [b"\xa3\x68authData\x58\xa4", bytes, rest()].concat(),
        "map key out of order at offset 176",
    );
    object(
        |bytes| [b"\xbf", rest(), b"\x68authData\x58\xa4", bytes, b"\xff"].concat(),
        "indefinite length at offset 0",
    );
    object(
        |bytes| [b"\xa3", rest(), b"\x68authData\x59\x00\xa4", bytes].concat(),
        "number or length not in its shortest form at offset 28",
    );
    let mut usual = Registration::new();
    usual.object_item = Some([b"\xa3", rest(), &data(&usual.data())].concat());
    compare_stricter(&usual.build(), "accept", "accept");
}

type Members = Vec<(Value, Value)>;

/// A statement with a member more, whose procedure finds everything that it reads.
#[track_caller]
fn member(mut made: Registration, at: usize, name: impl Into<Value>, l2: &str, found: &str) {
    let attest = made.attest.take().unwrap();
    let name = name.into();
    made.attest = Some(Box::new(move |registration, signed| {
        let add = |members: &mut Members| members.insert(at, (name.clone(), Value::Null));
        match attest(registration, signed) {
            Value::Map(mut members) => {
                add(&mut members);
                Value::Map(members)
            }
            Value::Array(mut parts) => {
                parts.iter_mut().filter_map(Value::as_map_mut).for_each(add);
                Value::Array(parts)
            }
            other => other,
        }
    }));
    // What no CDDL has stands where canonical form wants it.
    lint(&made.build(), "att.members", l2, found);
}

#[test]
fn statements() {
    let own = crate::packed::self_attested(|_| {});
    member(own, 2, "ecdaaKeyId", "", "\"ecdaaKeyId\"");
    let leaf = crate::packed::Pki::new().leaf(&|_| {});
    let certified = crate::packed::attested(vec![leaf], |_| {});
    member(certified, 2, "ver", "", "\"ver\"");
    let keystore = crate::android_key::attest(|_| {});
    member(keystore, 0, 1, "", "a key of type integer");
    let apple = crate::apple::attested(|_| {});
    member(apple, 0, "alg", "", "\"alg\"");
    let identity = crate::tpm::identity(|_| {});
    let tpm = TpmDraft::new(identity);
    let tpm = crate::tpm::attested(tpm, SignatureKind::Genuine, |_| {});
    member(tpm, 6, "ecdaaKeyId", "", "\"ecdaaKeyId\"");
    let service = crate::safetynet::attest(SignatureKind::Genuine, |_| {});
    member(service, 1, "error", "", "\"error\"");
    let parts = [crate::compound::Part::Own, crate::compound::Part::Certified];
    let compound = crate::compound::attested(&parts, None);
    member(compound, 1, "note", "att-obj.att-stmt", "\"note\"");
}

/// Both levels say that a statement of format none is empty.
#[test]
fn none_is_empty() {
    let mut none = Registration::new();
    none.object
        .push(("attStmt", Some(Value::Map(vec![("x".into(), 1.into())]))));
    compare(&none.build(), "att.none.empty", "");
}
