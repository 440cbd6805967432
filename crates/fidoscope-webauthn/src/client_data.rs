//! Client data, by the JSON path of `WebAuthn L3 §7.1 steps 5-6`: decode as UTF-8, parse any JSON.

use std::borrow::Cow;
use std::fmt;

use serde::de::{MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

/// Client data after UTF-8 decode: a leading byte order mark is stripped, ill-formed bytes are
/// replaced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientDataText<'a> {
    text: Cow<'a, str>,
    /// Whether a byte order mark was stripped.
    pub byte_order_mark: bool,
    /// Offset in the original bytes of the first ill-formed byte.
    pub ill_formed_at: Option<usize>,
}

/// What client data says. Every member that steps look at is kept as it was found.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ClientData<'a> {
    /// `type`.
    pub kind: Field<'a>,
    /// `challenge`.
    pub challenge: Field<'a>,
    /// `origin`.
    pub origin: Field<'a>,
    /// `crossOrigin`.
    pub cross_origin: Field<'a>,
    /// `topOrigin`.
    pub top_origin: Field<'a>,
    /// `tokenBinding`.
    pub token_binding: Field<'a>,
    /// Names that came more than once; the last value counted.
    pub duplicates: Vec<String>,
    /// The bytes are just what the serialization of `WebAuthn L3 §5.8.1.1` makes of these members,
    /// none of which needs an escape. Other bytes may be so too; this is what most clients send.
    pub is_plain: bool,
}

/// A member of client data.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Field<'a> {
    /// Absent.
    #[default]
    Missing,
    /// Text.
    Text(Cow<'a, str>),
    /// A truth value.
    Bool(bool),
    /// Anything else.
    Other(serde_json::Value),
}

impl Field<'_> {
    /// The text, when it is text.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// True when the member is absent.
    #[must_use]
    pub fn is_missing(&self) -> bool {
        matches!(self, Self::Missing)
    }
}

impl fmt::Display for Field<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => f.write_str("missing"),
            Self::Text(text) => write!(f, "{text:?}"),
            Self::Bool(value) => write!(f, "{value}"),
            Self::Other(value) => write!(f, "{value}"),
        }
    }
}

/// Why text is no client data.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ClientDataError {
    /// No JSON.
    #[error("not JSON: {message}")]
    Json {
        /// What is wrong and where.
        message: String,
    },
    /// JSON, but no object.
    #[error("a JSON {kind}, not an object")]
    NotAnObject {
        /// The JSON type.
        kind: &'static str,
    },
}

impl<'a> ClientDataText<'a> {
    /// Decodes the bytes as UTF-8; this cannot fail.
    #[must_use]
    pub fn decode(bytes: &'a [u8]) -> Self {
        let (body, byte_order_mark) = match bytes.strip_prefix(b"\xef\xbb\xbf") {
            Some(rest) => (rest, true),
            None => (bytes, false),
        };
        match str::from_utf8(body) {
            Ok(text) => Self {
                text: Cow::Borrowed(text),
                byte_order_mark,
                ill_formed_at: None,
            },
            Err(error) => Self {
                text: String::from_utf8_lossy(body),
                byte_order_mark,
                ill_formed_at: Some(error.valid_up_to() + bytes.len() - body.len()),
            },
        }
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Parses the text.
    ///
    /// # Errors
    /// When it is no JSON object.
    pub fn parse(&self) -> Result<ClientData<'_>, ClientDataError> {
        if let Some(data) = serialized(&self.text) {
            let is_whole = !self.byte_order_mark && matches!(self.text, Cow::Borrowed(_));
            return Ok(ClientData {
                is_plain: is_whole,
                ..data
            });
        }
        let mut source = serde_json::Deserializer::from_str(&self.text);
        let shape = source.deserialize_any(ClientDataVisitor);
        match shape.and_then(|shape| source.end().map(|()| shape)) {
            Ok(Shape::Object(data)) => Ok(*data),
            Ok(Shape::Other(kind)) => Err(ClientDataError::NotAnObject { kind }),
            Err(error) => Err(ClientDataError::Json {
                message: error.to_string(),
            }),
        }
    }
}

/// Client data as the serialization of `WebAuthn L3 §5.8.1.1` writes it where nothing needs an
/// escape and no member is added, which is how most clients write it; `None` leaves it to the parser
/// of JSON.
fn serialized(text: &str) -> Option<ClientData<'_>> {
    let (kind, rest) = plain(text.strip_prefix("{\"type\":\"")?)?;
    let (challenge, rest) = plain(rest.strip_prefix(",\"challenge\":\"")?)?;
    let (origin, rest) = plain(rest.strip_prefix(",\"origin\":\"")?)?;
    let cross_origin = match rest {
        ",\"crossOrigin\":false}" => false,
        ",\"crossOrigin\":true}" => true,
        _ => return None,
    };
    Some(ClientData {
        kind,
        challenge,
        origin,
        cross_origin: Field::Bool(cross_origin),
        ..ClientData::default()
    })
}

/// Text up to its closing quote, and what follows; `None` when there is an escape in it, or a
/// character that JSON wants one for.
fn plain(text: &str) -> Option<(Field<'_>, &str)> {
    let special = |byte: u8| byte < b' ' || byte == b'"' || byte == b'\\';
    let end = text.bytes().position(special)?;
    let (value, rest) = text.split_at_checked(end)?;
    let rest = rest.strip_prefix('"')?;
    Some((Field::Text(Cow::Borrowed(value)), rest))
}

enum Shape<'a> {
    Object(Box<ClientData<'a>>),
    Other(&'static str),
}

struct ClientDataVisitor;

impl<'de> Visitor<'de> for ClientDataVisitor {
    type Value = Shape<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON value")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Shape<'de>, A::Error> {
        let mut data = ClientData::default();
        while let Some(Text(key)) = map.next_key()? {
            let place = match key.as_ref() {
                "type" => &mut data.kind,
                "challenge" => &mut data.challenge,
                "origin" => &mut data.origin,
                "crossOrigin" => &mut data.cross_origin,
                "topOrigin" => &mut data.top_origin,
                "tokenBinding" => &mut data.token_binding,
                _ => {
                    map.next_value::<serde::de::IgnoredAny>()?;
                    continue;
                }
            };
            if !place.is_missing() {
                data.duplicates.push(key.into_owned());
            }
            *place = map.next_value()?;
        }
        Ok(Shape::Object(Box::new(data)))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Shape<'de>, A::Error> {
        while seq.next_element::<serde::de::IgnoredAny>()?.is_some() {}
        Ok(Shape::Other("array"))
    }

    fn visit_bool<E>(self, _: bool) -> Result<Shape<'de>, E> {
        Ok(Shape::Other("boolean"))
    }

    fn visit_i64<E>(self, _: i64) -> Result<Shape<'de>, E> {
        Ok(Shape::Other("number"))
    }

    fn visit_u64<E>(self, _: u64) -> Result<Shape<'de>, E> {
        Ok(Shape::Other("number"))
    }

    fn visit_f64<E>(self, _: f64) -> Result<Shape<'de>, E> {
        Ok(Shape::Other("number"))
    }

    fn visit_str<E>(self, _: &str) -> Result<Shape<'de>, E> {
        Ok(Shape::Other("string"))
    }

    fn visit_unit<E>(self) -> Result<Shape<'de>, E> {
        Ok(Shape::Other("null"))
    }
}

/// Text borrowed from the input where it has no escapes.
struct Text<'de>(Cow<'de, str>);

struct FieldVisitor;

impl<'de> Visitor<'de> for FieldVisitor {
    type Value = Field<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON value")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Field<'de>, E> {
        Ok(Field::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Field<'de>, E> {
        Ok(Field::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_bool<E>(self, value: bool) -> Result<Field<'de>, E> {
        Ok(Field::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Field<'de>, E> {
        Ok(Field::Other(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Field<'de>, E> {
        Ok(Field::Other(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Field<'de>, E> {
        Ok(Field::Other(value.into()))
    }

    fn visit_unit<E>(self) -> Result<Field<'de>, E> {
        Ok(Field::Other(serde_json::Value::Null))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Field<'de>, A::Error> {
        let source = serde::de::value::SeqAccessDeserializer::new(seq);
        serde_json::Value::deserialize(source).map(Field::Other)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Field<'de>, A::Error> {
        let source = serde::de::value::MapAccessDeserializer::new(map);
        serde_json::Value::deserialize(source).map(Field::Other)
    }
}

impl<'de> Deserialize<'de> for Field<'de> {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        source.deserialize_any(FieldVisitor)
    }
}

impl<'de> Deserialize<'de> for Text<'de> {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        match source.deserialize_str(FieldVisitor)? {
            Field::Text(text) => Ok(Self(text)),
            _ => Err(serde::de::Error::custom("a member name is text")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[track_caller]
    fn check(bytes: &[u8], expected: &str) {
        let text = ClientDataText::decode(bytes);
        let mut said = match text.parse() {
            Ok(data) => format!(
                "{} {} {} cross {} top {}{}",
                data.kind,
                data.challenge,
                data.origin,
                data.cross_origin,
                data.top_origin,
                data.duplicates
                    .iter()
                    .map(|name| format!(" twice {name}"))
                    .collect::<String>(),
            ),
            Err(error) => error.to_string(),
        };
        if text.byte_order_mark {
            said.push_str(" BOM");
        }
        if let Some(at) = text.ill_formed_at {
            said.push_str(&format!(" ill-formed at {at}"));
        }
        assert_eq!(said, expected);
    }

    #[test]
    fn members_are_kept_as_found() {
        check(
            br#"{"type":"webauthn.get","challenge":"AAAA","origin":"https:\/\/example.org","crossOrigin":false,"x":[1]}"#,
            r#""webauthn.get" "AAAA" "https://example.org" cross false top missing"#,
        );
        check(
            br#"{"type":7,"origin":null}"#,
            "7 missing null cross missing top missing",
        );
        check(
            br#"{"challenge":"good","challenge":"bad"}"#,
            r#"missing "bad" missing cross missing top missing twice challenge"#,
        );
    }

    #[test]
    fn the_usual_serialization_is_read_like_any_json() {
        let plain = br#"{"type":"webauthn.get","challenge":"AAAA","origin":"https://example.org","crossOrigin":true}"#;
        let said = r#""webauthn.get" "AAAA" "https://example.org" cross true top missing"#;
        check(plain, said);
        check(&[&plain[..], b" "].concat(), said);
        check(
            br#"{"type":"a","challenge":"b\\","origin":"c\u0022","crossOrigin":false}"#,
            r#""a" "b\\" "c\"" cross false top missing"#,
        );
        check(
            b"{\"type\":\"a\",\"challenge\":\"\t\",\"origin\":\"c\",\"crossOrigin\":false}",
            "not JSON: control character (\\u0000-\\u001F) found while parsing a string at line 1 column \
             26",
        );
        check(
            br#"{"type":"a","challenge":"b","origin":"c","crossOrigin":false}}"#,
            "not JSON: trailing characters at line 1 column 62",
        );
    }

    #[test]
    fn byte_order_mark_and_ill_formed_bytes_do_not_stop_it() {
        check(
            b"\xef\xbb\xbf{}",
            "missing missing missing cross missing top missing BOM",
        );
        check(
            b"{\"x\":\"\xff\",\"type\":\"a\"}",
            r#""a" missing missing cross missing top missing ill-formed at 6"#,
        );
    }

    #[test]
    fn only_a_json_object_will_do() {
        check(b"not json", "not JSON: expected ident at line 1 column 2");
        check(b"[1]", "a JSON array, not an object");
        check(b"{} x", "not JSON: trailing characters at line 1 column 4");
        check(
            b"",
            "not JSON: EOF while parsing a value at line 1 column 0",
        );
    }

    proptest! {
        #[test]
        fn never_panics(bytes in prop::collection::vec(any::<u8>(), 0..120)) {
            let _ = ClientDataText::decode(&bytes).parse();
        }

        #[test]
        fn what_was_written_is_read(challenge in ".{0,40}", origin in ".{0,40}") {
            let text = serde_json::json!({"type": "webauthn.get", "challenge": challenge, "origin": origin}).to_string();
            let decoded = ClientDataText::decode(text.as_bytes());
            let data = decoded.parse().unwrap();
            prop_assert_eq!(data.challenge.text(), Some(challenge.as_str()));
            prop_assert_eq!(data.origin.text(), Some(origin.as_str()));
        }
    }
}
