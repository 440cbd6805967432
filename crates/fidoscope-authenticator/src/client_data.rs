//! Client data under construction (WebAuthn L3 §5.8.1).

use crate::error::Error;
use fidoscope_webauthn::base64url;

/// Client data; every field may be set to something wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientData {
    /// `webauthn.create` or `webauthn.get`.
    pub kind: String,
    /// Challenge, as the string that is written.
    pub challenge: String,
    /// Origin.
    pub origin: String,
    /// `crossOrigin`.
    pub cross_origin: bool,
    /// `topOrigin`, if the call came from an iframe.
    pub top_origin: Option<String>,
}

impl ClientData {
    /// Client data of a call made at the top level.
    #[must_use]
    pub fn new(kind: &str, challenge: &[u8], origin: &str) -> Self {
        Self {
            kind: kind.to_owned(),
            challenge: base64url::encode(challenge),
            origin: origin.to_owned(),
            cross_origin: false,
            top_origin: None,
        }
    }

    /// The bytes, in the order of the limited verification algorithm (WebAuthn L3 §5.8.1.1).
    ///
    /// # Errors
    /// When a string cannot be written as JSON.
    pub fn to_bytes(&self) -> Result<Vec<u8>, Error> {
        let mut out = format!(
            r#"{{"type":{},"challenge":{},"origin":{},"crossOrigin":{}"#,
            serde_json::to_string(&self.kind)?,
            serde_json::to_string(&self.challenge)?,
            serde_json::to_string(&self.origin)?,
            self.cross_origin,
        );
        if let Some(top) = &self.top_origin {
            out.push_str(r#","topOrigin":"#);
            out.push_str(&serde_json::to_string(top)?);
        }
        out.push('}');
        Ok(out.into_bytes())
    }
}
