//! The attestation object (`WebAuthn L3 §6.5.4`): a CBOR map of format, statement and
//! authenticator data.

use crate::cbor::{self, CborError, Decoded, Value};

/// An attestation object as found.
#[derive(Clone, Debug, PartialEq)]
pub struct AttestationObject<'a> {
    /// The bytes as received.
    pub bytes: &'a [u8],
    /// The item that they start with.
    pub item: Decoded<'a>,
}

impl<'a> AttestationObject<'a> {
    /// Reads an attestation object.
    ///
    /// # Errors
    /// When the bytes are no CBOR item.
    pub fn decode(bytes: &'a [u8]) -> Result<Self, CborError> {
        cbor::decode(bytes).map(|item| Self { bytes, item })
    }

    /// `fmt`, whatever its type.
    #[must_use]
    pub fn format(&self) -> Option<&Value<'a>> {
        self.item.value.member("fmt")
    }

    /// `attStmt`, whatever its type.
    #[must_use]
    pub fn statement(&self) -> Option<&Value<'a>> {
        self.item.value.member("attStmt")
    }

    /// `authData`, whatever its type.
    #[must_use]
    pub fn authenticator_data(&self) -> Option<&Value<'a>> {
        self.item.value.member("authData")
    }

    /// How many bytes follow the item.
    #[must_use]
    pub fn trailing(&self) -> usize {
        self.bytes.len() - self.item.consumed
    }

    /// Keys that an attestation object does not have, and where they are.
    #[must_use]
    pub fn foreign_keys(&self) -> Vec<(String, usize)> {
        let known = ["fmt", "attStmt", "authData"];
        let entries = self.item.value.as_map().unwrap_or_default();
        let foreign = entries
            .iter()
            .filter(|e| !e.key.as_text().is_some_and(|k| known.contains(&k)));
        foreign
            .map(|entry| {
                let name = entry
                    .key
                    .as_text()
                    .map_or_else(|| entry.key.kind().to_owned(), str::to_owned);
                (name, entry.offset)
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ciborium::Value as Theirs;
    use proptest::prelude::*;

    fn object(entries: Vec<(Theirs, Theirs)>) -> Vec<u8> {
        let mut bytes = Vec::new();
        ciborium::into_writer(&Theirs::Map(entries), &mut bytes).unwrap();
        bytes
    }

    #[track_caller]
    fn check(bytes: &[u8], expected: &str) {
        let said = match AttestationObject::decode(bytes) {
            Ok(object) => format!(
                "fmt {:?} attStmt {:?} authData {:?} trailing {} foreign {:?}",
                object.format().and_then(Value::as_text),
                object.statement().map(Value::kind),
                object.authenticator_data().and_then(Value::as_bytes),
                object.trailing(),
                object.foreign_keys(),
            ),
            Err(error) => error.to_string(),
        };
        assert_eq!(said, expected);
    }

    #[test]
    fn members_are_found_whatever_their_type() {
        let none = object(vec![
            ("fmt".into(), "none".into()),
            ("attStmt".into(), Theirs::Map(vec![])),
            ("authData".into(), Theirs::Bytes(vec![1])),
        ]);
        check(
            &none,
            "fmt Some(\"none\") attStmt Some(\"map\") authData Some([1]) trailing 0 foreign []",
        );
        let odd = object(vec![
            (1.into(), "none".into()),
            ("attStmt".into(), 7.into()),
        ]);
        check(
            &[odd, vec![0]].concat(),
            "fmt None attStmt Some(\"integer\") authData None trailing 1 foreign [(\"integer\", 1)]",
        );
        check(&[], "input ends inside an item at offset 0");
    }

    proptest! {
        #[test]
        fn never_panics(bytes in prop::collection::vec(any::<u8>(), 0..160)) {
            if let Ok(object) = AttestationObject::decode(&bytes) {
                let _ = (object.format(), object.trailing(), object.foreign_keys());
            }
        }

        #[test]
        fn what_was_put_together_is_taken_apart(fmt in "[a-z-]{1,20}", data in prop::collection::vec(any::<u8>(), 0..80)) {
            let bytes = object(vec![
                ("fmt".into(), fmt.as_str().into()),
                ("attStmt".into(), Theirs::Map(vec![])),
                ("authData".into(), Theirs::Bytes(data.clone())),
            ]);
            let object = AttestationObject::decode(&bytes).unwrap();
            prop_assert_eq!(object.format().and_then(Value::as_text), Some(fmt.as_str()));
            prop_assert_eq!(object.authenticator_data().and_then(Value::as_bytes), Some(&data[..]));
        }
    }
}
