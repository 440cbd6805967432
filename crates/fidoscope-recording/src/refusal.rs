//! What a client answers instead of a credential.

use std::fmt;

use serde_json::Value;

use super::credential::{Credential, CredentialBody, ResponseBody};

/// Longest name or text that is told of an error, in bytes.
const LONGEST: usize = 200;

/// The client's answer to a ceremony that it did not complete: nothing, or the exception that its
/// promise was rejected with (`WebAuthn L3 §5.1.3`, `§5.1.4`), in one of the forms in which pages
/// write it down: `null`, `"NotAllowedError: …"`, `{"name": "NotAllowedError", "message": "…"}`, or one
/// of the last two under `error`. Displayed, it is the exception's name, or its text where there is
/// no name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refusal<'r> {
    name: Option<&'r str>,
    text: Option<&'r str>,
}

impl CredentialBody {
    /// The refusal that the body is; `None` for whatever may be meant as a credential.
    #[must_use]
    pub fn refusal(&self) -> Option<Refusal<'_>> {
        match self {
            Self::Other(Value::Null) => Some(Refusal::NOTHING),
            Self::Other(Value::String(text)) => {
                let refusal = Refusal::of_text(text);
                refusal.name.is_some().then_some(refusal)
            }
            Self::Other(_) => None,
            Self::Object(credential) => of_object(credential),
        }
    }
}

/// An object with a member of a credential is meant as one.
fn of_object(credential: &Credential) -> Option<Refusal<'_>> {
    let members = [&credential.id, &credential.raw_id, &credential.kind];
    let is_credential = members.iter().any(|member| !member.is_missing())
        || !matches!(credential.response, ResponseBody::Missing);
    if is_credential {
        return None;
    }
    match &credential.error {
        Some(Value::Object(error)) => {
            let of = |name| error.get(name).and_then(Value::as_str);
            Some(Refusal::of(of("name"), of("message")))
        }
        Some(error) => Some(error.as_str().map_or(Refusal::NOTHING, Refusal::of_text)),
        None => {
            let name = credential.name.as_ref().and_then(Value::as_str);
            let message = credential.message.as_ref().and_then(Value::as_str);
            (name.is_some() || message.is_some()).then(|| Refusal::of(name, message))
        }
    }
}

impl<'r> Refusal<'r> {
    const NOTHING: Self = Self {
        name: None,
        text: None,
    };

    fn of(name: Option<&'r str>, text: Option<&'r str>) -> Self {
        let said = text.map_or(Self::NOTHING, Self::of_text);
        let name = name.filter(|name| !name.is_empty());
        Self {
            name: name.or(said.name),
            text: said.text,
        }
    }

    /// `Name: message`, as an exception is written as text; or just a message.
    fn of_text(text: &'r str) -> Self {
        let first = text.split(':').next().unwrap_or_default().trim();
        let is_name = first.len() > "Error".len()
            && first.ends_with("Error")
            && first.bytes().all(|byte| byte.is_ascii_alphanumeric());
        Self {
            name: is_name.then_some(first),
            text: Some(text).filter(|text| !text.is_empty()),
        }
    }

    /// Name of the exception, e.g. `NotAllowedError`.
    #[must_use]
    pub fn name(&self) -> Option<&'r str> {
        self.name
    }
}

impl fmt::Display for Refusal<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let told = self.name.or(self.text).unwrap_or("no credential");
        let end = told.floor_char_boundary(LONGEST);
        f.write_str(told.get(..end).unwrap_or_default())?;
        if end < told.len() {
            f.write_str(" …")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(body: &str, expected: Option<&str>) {
        let body: CredentialBody = serde_json::from_str(body).unwrap();
        let said = body.refusal().map(|refusal| refusal.to_string());
        assert_eq!(said.as_deref(), expected, "{body:?}");
        let again = serde_json::to_string(&body).unwrap();
        let again: CredentialBody = serde_json::from_str(&again).unwrap();
        assert_eq!(again, body, "written and read again");
    }

    #[test]
    fn exceptions_as_pages_write_them_down() {
        check("null", Some("no credential"));
        check(r#"{"error": null}"#, Some("no credential"));
        check(
            r#"{"error": "NotAllowedError: The operation either timed out or was not allowed."}"#,
            Some("NotAllowedError"),
        );
        check(r#"{"error": "NotAllowedError"}"#, Some("NotAllowedError"));
        check(
            r#""InvalidStateError: The user attempted to register an authenticator""#,
            Some("InvalidStateError"),
        );
        check(
            r#"{"name": "AbortError", "message": "signal is aborted without reason", "code": 20}"#,
            Some("AbortError"),
        );
        check(
            r#"{"error": {"name": "SecurityError", "message": "This is an invalid domain."}}"#,
            Some("SecurityError"),
        );
        check(
            r#"{"error": "the user closed the window"}"#,
            Some("the user closed the window"),
        );
        check(
            r#"{"message": "TypeError: CredentialContainer request is not supported."}"#,
            Some("TypeError"),
        );
        let long = "é".repeat(150);
        let cut = format!("{} …", "é".repeat(100));
        check(&format!(r#"{{"error": "{long}"}}"#), Some(&cut));
    }

    #[test]
    fn what_may_be_meant_as_a_credential_is_no_refusal() {
        for body in [
            "{}",
            "[]",
            "7",
            r#""a credential""#,
            r#"{"id": "AQ", "error": "NotAllowedError"}"#,
            r#"{"response": null, "error": "NotAllowedError"}"#,
            r#"{"type": 1, "name": "AbortError"}"#,
        ] {
            check(body, None);
        }
    }
}
