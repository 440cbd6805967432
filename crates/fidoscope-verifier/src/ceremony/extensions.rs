//! Extension outputs (`WebAuthn L3 §7.1 step 28`, `§7.2 step 23`). Level 2 checks them before the
//! cryptography, Level 3 last, and lets a relying party ignore all of them. So an output fails only
//! where the policy refuses what nobody asked for; one that is not what its definition says is a
//! strict lint.

mod shape;

use fidoscope_recording::{Credential, ExtensionPolicy, Kind, Recording};
use fidoscope_webauthn::AuthenticatorData;
use serde_json::{Map, Value};

use crate::ceremony::options::is_identifier;
use crate::verdict::judge::Judge;
use crate::verdict::registry::StepInfo;

/// Reads `clientExtensionResults`; nothing about it can fail.
pub(crate) fn results(judge: &mut Judge, credential: &Credential, step: &'static StepInfo) {
    match &credential.client_extension_results {
        Some(value) if value.is_object() => judge.pass(step),
        Some(_) => judge.observe(step, "clientExtensionResults is no object"),
        None => judge.observe(step, "no clientExtensionResults"),
    }
}

/// Judges the outputs of client and authenticator.
pub(crate) fn judge(
    judge: &mut Judge,
    recording: &Recording,
    credential: &Credential,
    data: Option<&AuthenticatorData<'_>>,
    step: &'static StepInfo,
) {
    let outputs = Outputs {
        kind: recording.kind,
        asked: recording.options.extensions.as_ref(),
        client: credential
            .client_extension_results
            .as_ref()
            .and_then(Value::as_object),
        authenticator: data.and_then(|data| data.extensions.as_ref()),
    };
    if outputs.are_none() {
        return judge.pass(step);
    }
    let unsolicited = outputs.unsolicited();
    let mistyped = outputs.mistyped();
    let inconsistent = outputs.inconsistent();
    let reject = recording.policy.extensions == Some(ExtensionPolicy::RejectUnsolicited);
    if reject && !unsolicited.is_empty() {
        let expected = "outputs of extensions that were asked for";
        let found = [unsolicited, mistyped].concat().join(", ");
        return judge.fail(step, expected, found);
    }
    if !mistyped.is_empty() {
        let found = mistyped.join(", ");
        return judge.lint(step, "outputs as their extensions define them", found);
    }
    let mut notes = inconsistent;
    if !unsolicited.is_empty() {
        notes.push(format!("nobody asked for {}", unsolicited.join(", ")));
    }
    if notes.is_empty() {
        judge.pass(step);
    } else {
        judge.observe(step, notes.join("; "));
    }
}

struct Outputs<'o> {
    kind: Kind,
    asked: Option<&'o Map<String, Value>>,
    client: Option<&'o Map<String, Value>>,
    authenticator: Option<&'o fidoscope_webauthn::Extensions<'o>>,
}

impl Outputs<'_> {
    /// Most ceremonies have no outputs, and nothing can be wrong with those.
    fn are_none(&self) -> bool {
        self.client.is_none_or(Map::is_empty) && self.authenticator.is_none()
    }

    /// `ext.unsolicited`: outputs without any input that leads to them.
    fn unsolicited(&self) -> Vec<String> {
        let client = self.client.into_iter().flat_map(Map::keys);
        let client = client.map(String::as_str);
        let authenticator = self.authenticator.and_then(|outputs| outputs.names());
        let names = client.chain(authenticator.into_iter().flatten());
        let alone = names.filter(|name| !self.was_asked_for(name));
        let mut alone: Vec<String> = alone.map(str::to_owned).collect();
        alone.dedup();
        alone
    }

    fn was_asked_for(&self, output: &str) -> bool {
        let Some(asked) = self.asked else {
            return false;
        };
        asked.contains_key(output)
            || inputs(output)
                .iter()
                .any(|input| asked.contains_key(*input))
    }

    /// `ext.<id>.type`: outputs that are not what their extension defines.
    fn mistyped(&self) -> Vec<String> {
        let mut found = Vec::new();
        for (name, value) in self.client.into_iter().flatten() {
            if !is_identifier(name) {
                found.push(format!("{name:?} is no identifier"));
            } else if let Some(expected) = shape::client(name, value, self.kind) {
                found.push(format!("ext.{name}.type: {value}, not {expected}"));
            }
        }
        let outputs = self.authenticator.and_then(|e| e.item.value.as_map());
        for entry in outputs.into_iter().flatten() {
            let Some(name) = entry.key.as_text() else {
                continue;
            };
            if let Some(expected) = shape::authenticator(name, &entry.value, self.kind) {
                let kind = entry.value.kind();
                found.push(format!(
                    "ext.{name}.type: {kind} in the authenticator data, not {expected}"
                ));
            }
        }
        found
    }

    /// `ext.inconsistent`: a client's claim about what the authenticator did, which the
    /// authenticator data does not bear out. Platforms process some extensions themselves, so this
    /// proves nothing.
    fn inconsistent(&self) -> Vec<String> {
        let Some(client) = self.client else {
            return Vec::new();
        };
        let done = |name: &str| {
            let outputs = self.authenticator.and_then(|e| e.item.value.as_map());
            let mut outputs = outputs.into_iter().flatten();
            outputs.any(|entry| entry.key.as_text() == Some(name))
        };
        let enabled = client.get("prf").and_then(|prf| prf.get("enabled"));
        let claims = [
            (
                "hmacCreateSecret",
                client.get("hmacCreateSecret"),
                "hmac-secret",
            ),
            ("prf.enabled", enabled, "hmac-secret"),
            ("uvm", client.get("uvm").map(|_| &Value::Bool(true)), "uvm"),
        ];
        claims
            .into_iter()
            .filter(|(_, claim, output)| *claim == Some(&Value::Bool(true)) && !done(output))
            .map(|(name, _, output)| {
                format!("ext.inconsistent: {name} is claimed, but the authenticator data has no {output}")
            })
            .collect()
    }
}

/// Inputs by other names that lead to an output.
fn inputs(output: &str) -> &'static [&'static str] {
    match output {
        "hmac-secret" => &["prf", "hmacCreateSecret", "hmacGetSecret"],
        "credProtect" => &["credentialProtectionPolicy"],
        "largeBlobKey" => &["largeBlob"],
        "credBlob" => &["getCredBlob"],
        _ => &[],
    }
}
