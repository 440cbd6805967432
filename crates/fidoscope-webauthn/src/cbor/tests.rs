use super::*;
use proptest::prelude::*;

#[track_caller]
fn check(hex: &str, expected: &str) {
    let bytes: Vec<u8> = (0..hex.len() / 2)
        .map(|at| u8::from_str_radix(&hex[at * 2..at * 2 + 2], 16).unwrap())
        .collect();
    let said = match decode(&bytes) {
        Ok(decoded) => {
            let mut said = format!("{} in {}", decoded.value.kind(), decoded.consumed);
            for one in &decoded.irregularities {
                said.push_str(&format!("; {} at {}", one.kind, one.offset));
            }
            said
        }
        Err(error) => error.to_string(),
    };
    assert_eq!(said, expected);
}

#[test]
fn one_item_is_read_and_its_length_told() {
    check("a10126ff", "map in 3");
    check("3affffffff", "integer in 5");
    check("f97e00", "float in 3");
    check("f6", "null in 1");
}

#[test]
fn what_is_not_canonical_is_noted_with_its_place() {
    check("bf0126ff", "map in 4; indefinite length at 0");
    check(
        "a103390006",
        "map in 5; number or length not in its shortest form at 2",
    );
    check("a203260102", "map in 5; map key out of order at 3");
    check("a201020103", "map in 5; duplicate map key at 3");
    check(
        "a301020326180103",
        "map in 8; number or length not in its shortest form at 5; duplicate map key at 5",
    );
    check("c100", "tag in 2; tag at 0");
}

#[test]
fn what_is_not_well_formed_is_refused_with_its_place() {
    check("", "input ends inside an item at offset 0");
    check(
        "a1",
        "declared length 1 exceeds the 0 bytes left at offset 0",
    );
    check(
        "a101",
        "declared length 1 exceeds the 1 bytes left at offset 0",
    );
    check("1c", "reserved initial byte 0x1c at offset 0");
    check(
        "5b8000000000000000",
        "declared length 9223372036854775808 exceeds the 0 bytes left at offset 0",
    );
    check("818181818181818100", "array in 9");
    check("81818181818181818100", "more than 8 levels at offset 8");
    check("61ff", "text is not UTF-8 at offset 0");
    check("ff", "unexpected break at offset 0");
    check("bf01ff", "unexpected break at offset 2");
    check(
        "5f00ff",
        "wrong chunk inside an indefinite-length string at offset 1",
    );
    check("1fff", "reserved initial byte 0x1f at offset 0");
}

/// Nothing nests, so that depth is not what the two readers differ in.
fn leaf() -> impl Strategy<Value = ciborium::Value> {
    prop_oneof![
        any::<i64>().prop_map(ciborium::Value::from),
        any::<bool>().prop_map(ciborium::Value::from),
        any::<f64>().prop_map(ciborium::Value::from),
        ".{0,12}".prop_map(ciborium::Value::from),
        prop::collection::vec(any::<u8>(), 0..40).prop_map(ciborium::Value::Bytes),
        Just(ciborium::Value::Null),
    ]
}

fn tree() -> impl Strategy<Value = ciborium::Value> {
    leaf().prop_recursive(3, 24, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(ciborium::Value::Array),
            prop::collection::vec((leaf(), inner), 0..6).prop_map(ciborium::Value::Map),
        ]
    })
}

fn same(ours: &Value<'_>, theirs: &ciborium::Value) -> bool {
    match (ours, theirs) {
        (Value::Integer(a), ciborium::Value::Integer(b)) => *a == i128::from(*b),
        (Value::Bytes(a), ciborium::Value::Bytes(b)) => a.as_ref() == b.as_slice(),
        (Value::Text(a), ciborium::Value::Text(b)) => a == b,
        (Value::Bool(a), ciborium::Value::Bool(b)) => a == b,
        (Value::Null, ciborium::Value::Null) => true,
        (Value::Float(a), ciborium::Value::Float(b)) => {
            f64::from_bits(*a) == *b || (f64::from_bits(*a).is_nan() && b.is_nan())
        }
        (Value::Array(a), ciborium::Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b))
        }
        (Value::Map(a), ciborium::Value::Map(b)) => {
            a.len() == b.len()
                && a.iter()
                    .zip(b)
                    .all(|(a, (k, v))| same(&a.key, k) && same(&a.value, v))
        }
        _ => false,
    }
}

proptest! {
    #[test]
    fn never_panics_and_never_reads_past_the_end(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        if let Ok(decoded) = decode(&bytes) {
            prop_assert!(decoded.consumed <= bytes.len());
        }
    }

    #[test]
    fn what_another_encoder_wrote_is_read_back(value in tree()) {
        let mut bytes = Vec::new();
        ciborium::into_writer(&value, &mut bytes).unwrap();
        let decoded = decode(&bytes).unwrap();
        prop_assert_eq!(decoded.consumed, bytes.len());
        prop_assert!(same(&decoded.value, &value));
    }

    #[test]
    fn every_proper_prefix_is_refused(value in tree()) {
        let mut bytes = Vec::new();
        ciborium::into_writer(&value, &mut bytes).unwrap();
        for end in 0..bytes.len() {
            prop_assert!(decode(&bytes[..end]).is_err());
        }
    }
}
