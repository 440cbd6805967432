//! Bytes in the many forms in which they travel through JSON.

use fidoscope_webauthn::base64url;
use serde_json::Value;

/// Members of options and responses that hold bytes.
pub(super) const BINARY: [&str; 6] = [
    "clientDataJSON",
    "attestationObject",
    "authenticatorData",
    "signature",
    "userHandle",
    "publicKey",
];

/// The longest array of numbers that is read as bytes.
const MOST: usize = 1 << 20;

/// Every reading of a value as bytes, the likeliest one first: a text may be base64url, base64, hex
/// or the bytes themselves, and nothing in it says which.
pub(super) fn readings(value: &Value) -> Vec<Vec<u8>> {
    match value {
        Value::String(text) => of_text(text),
        Value::Array(numbers) => numbers_of(numbers.iter()).into_iter().collect(),
        Value::Object(members) => {
            // What Node writes for a Buffer, and JSON.stringify for a Uint8Array.
            let data = members.get("data").and_then(Value::as_array);
            let bytes = match data {
                Some(numbers) => numbers_of(numbers.iter()),
                None => indexed(members),
            };
            bytes.into_iter().collect()
        }
        _ => Vec::new(),
    }
}

fn of_text(text: &str) -> Vec<Vec<u8>> {
    let plain: String = text
        .trim()
        .trim_end_matches('=')
        .chars()
        .filter(|c| !matches!(c, '\r' | '\n'))
        .map(|c| match c {
            '+' => '-',
            '/' => '_',
            c => c,
        })
        .collect();
    let mut readings: Vec<Vec<u8>> = base64url::decode(&plain).into_iter().collect();
    readings.extend(hex(text.trim()));
    readings.push(text.as_bytes().to_vec());
    readings
}

fn hex(text: &str) -> Option<Vec<u8>> {
    let text = text.strip_prefix("0x").unwrap_or(text);
    let bytes = text.as_bytes();
    if bytes.is_empty() || !bytes.len().is_multiple_of(2) {
        return None;
    }
    let digit = |byte: u8| {
        char::from(byte)
            .to_digit(16)
            .and_then(|d| u8::try_from(d).ok())
    };
    bytes
        .chunks(2)
        .map(|pair| Some(digit(*pair.first()?)? << 4 | digit(*pair.last()?)?))
        .collect()
}

fn numbers_of<'v>(numbers: impl Iterator<Item = &'v Value>) -> Option<Vec<u8>> {
    numbers
        .take(MOST)
        .map(|number| number.as_u64().and_then(|n| u8::try_from(n).ok()))
        .collect()
}

/// `{"0": 1, "1": 2}`.
fn indexed(members: &serde_json::Map<String, Value>) -> Option<Vec<u8>> {
    if members.is_empty() {
        return None;
    }
    let numbers = (0..members.len()).map_while(|at| members.get(&at.to_string()));
    numbers_of(numbers).filter(|bytes| bytes.len() == members.len())
}

/// Whether a value is text in hex; what is base64 as a rule has other letters as well.
pub(super) fn is_hex(value: &Value) -> bool {
    value
        .as_str()
        .is_some_and(|text| hex(text.trim()).is_some())
}

/// The likeliest reading; `hexadecimal` when the members beside it are hex.
pub(super) fn reading(value: &Value, hexadecimal: bool) -> Option<Vec<u8>> {
    let as_hex = value
        .as_str()
        .filter(|_| hexadecimal)
        .and_then(|text| hex(text.trim()));
    as_hex.or_else(|| readings(value).into_iter().next())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[track_caller]
    fn check(value: Value) {
        let found = reading(&value, is_hex(&value)).unwrap();
        assert_eq!(String::from_utf8_lossy(&found), "{\"a\":\"?>\"}");
    }

    #[test]
    fn bytes_are_read_in_every_form() {
        check(json!("eyJhIjoiPz4ifQ"));
        check(json!("eyJhIjoiPz4ifQ=="));
        check(json!("eyJhIjoiPz4ifQ==\r\n"));
        check(json!("7b2261223a223f3e227d"));
        check(json!("0x7B2261223A223F3E227D"));
        check(json!([123, 34, 97, 34, 58, 34, 63, 62, 34, 125]));
        check(json!({"type": "Buffer", "data": [123, 34, 97, 34, 58, 34, 63, 62, 34, 125]}));
        check(json!({"0":123,"1":34,"2":97,"3":34,"4":58,"5":34,"6":63,"7":62,"8":34,"9":125}));
        check(json!("{\"a\":\"?>\"}"));
    }

    #[test]
    fn what_is_no_bytes_is_none() {
        for value in [
            json!(null),
            json!(7),
            json!([256]),
            json!({"a": 1}),
            json!({}),
            json!(["x"]),
        ] {
            assert_eq!(readings(&value), Vec::<Vec<u8>>::new(), "{value}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_can_be_read(text in ".*") {
            assert!(!readings(&Value::String(text)).is_empty());
        }

        #[test]
        fn any_bytes_survive_every_encoding(bytes: Vec<u8>) {
            let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            let forms = [json!(base64url::encode(&bytes)), json!(bytes), json!(hex)];
            for form in forms {
                let found = readings(&form);
                assert!(found.contains(&bytes) || bytes.is_empty(), "{form}");
            }
        }
    }
}
