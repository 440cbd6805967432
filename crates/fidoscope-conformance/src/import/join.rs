//! Joins responses with their options, and authentications with the registrations before them.

use std::collections::BTreeMap;

use fidoscope_webauthn::{
    AttestationObject, AuthenticatorData, CredentialRecord, Decision, DecisionVerdict, Kind,
    Recording, RelyingParty, SCHEMA, Source, User, base64url,
};
use serde_json::json;

use super::problems;
use super::{Imported, OptionsPart, ResponsePart};

/// Parts that wait for each other.
#[derive(Debug, Default)]
pub(super) struct Joiner {
    pub(super) options: Vec<OptionsPart>,
    pub(super) responses: Vec<ResponsePart>,
    pub(super) others: usize,
}

impl Joiner {
    pub(super) fn join(mut self, origins: &[String]) -> Imported {
        let mut imported = Imported {
            others: self.others,
            ..Imported::default()
        };
        let mut records = BTreeMap::new();
        for response in std::mem::take(&mut self.responses) {
            let Some(options) = self.options_of(&response) else {
                imported.unmatched += 1;
                let problem = problems::unmatched(&response.arrival.file, &response.at);
                imported.diagnostics.push(problem);
                continue;
            };
            match recording(
                &response,
                &options,
                origins,
                &mut records,
                imported.recordings.len(),
            ) {
                Ok(recording) => imported.recordings.push(recording),
                Err(why) => {
                    let problem = problems::response(&response.arrival.file, &response.at, &why);
                    imported.diagnostics.push(problem);
                }
            }
        }
        imported.unanswered = self.options.iter().filter(|part| !part.answered).count();
        imported
    }

    /// The last options of the same kind with the response's challenge.
    fn options_of(&mut self, response: &ResponsePart) -> Option<OptionsPart> {
        let wanted = response.challenge.as_ref()?;
        let part = self
            .options
            .iter_mut()
            .rev()
            .find(|part| part.kind == response.kind && part.challenges.contains(wanted))?;
        part.answered = true;
        let mut part = part.clone();
        // Now it is known how the challenge was meant.
        part.options.challenge = base64url::encode(wanted);
        Some(part)
    }
}

/// Stored records by credential id, as a relying party would have them.
type Records = BTreeMap<Vec<u8>, CredentialRecord>;

fn recording(
    response: &ResponsePart,
    part: &OptionsPart,
    origins: &[String],
    records: &mut Records,
    number: usize,
) -> Result<Recording, String> {
    let arrival = &response.arrival;
    let credential = response.credential.clone();
    let mut recording: Recording = serde_json::from_value(json!({
        "schema": SCHEMA,
        "id": format!("{}-{}", response.kind.as_str(), number + 1),
        "kind": response.kind,
        "options": part.options,
        "rp": party(response, part, origins),
        "response": credential,
    }))
    .map_err(|error| error.to_string())?;
    recording.mediation.clone_from(&part.mediation);
    recording.recorded_at = arrival.time;
    recording.now = arrival.time;
    recording.decision.clone_from(&arrival.decision);
    recording.source = Some(Source {
        tool: Some(arrival.tool.to_owned()),
        file: Some(arrival.file.clone()),
        entry: Some(response.at.clone()).filter(|at| !at.is_empty()),
    });
    let refused = |decision: &Decision| decision.verdict == DecisionVerdict::Reject;
    let refused = arrival.decision.as_ref().is_some_and(refused);
    match response.kind {
        Kind::Registration => {
            let handle = part.options.user.as_ref().map(|user| user.id.clone());
            recording.user = handle.map(|handle| User {
                known: Some(true),
                handle: Some(handle),
            });
            if let Some((id, record)) = registered(&recording).filter(|_| !refused) {
                records.insert(id, record);
            }
        }
        Kind::Authentication => authenticated(&mut recording, part, records, refused),
    }
    Ok(recording)
}

/// What the relying party expects of a client: what the user said, else what the file says, else
/// the page that sent the response.
fn party(response: &ResponsePart, part: &OptionsPart, origins: &[String]) -> RelyingParty {
    let mut rp = response.arrival.rp.clone().unwrap_or_default();
    if !origins.is_empty() {
        rp.origins = origins.to_vec();
    } else if rp.origins.is_empty() {
        rp.origins.extend(response.arrival.origin.clone());
    }
    let options = &part.options;
    let named = options
        .rp
        .as_ref()
        .and_then(|rp| rp.id.clone())
        .or_else(|| options.rp_id.clone());
    let host = || {
        let origin = rp.origins.first()?.split_once("://")?.1;
        Some(origin.split(':').next().unwrap_or(origin).to_owned())
    };
    rp.id = rp.id.clone().or(named).or_else(host);
    rp
}

/// The record that a registration makes.
fn registered(recording: &Recording) -> Option<(Vec<u8>, CredentialRecord)> {
    let response = recording.response.credential()?.authenticator_response()?;
    let bytes = base64url::decode(response.attestation_object.text()?).ok()?;
    let object = AttestationObject::decode(&bytes).ok()?;
    let data = AuthenticatorData::decode(object.authenticator_data()?.as_bytes()?);
    let attested = data.attested.as_ref()?;
    let id = attested.credential_id?.to_vec();
    let flags = data.flags?;
    let texts = |value: &serde_json::Value| serde_json::from_value(value.clone()).ok();
    let record = CredentialRecord {
        id: base64url::encode(&id),
        public_key: base64url::encode(attested.key_bytes),
        sign_count: data.sign_count,
        uv_initialized: Some(flags.uv()),
        backup_eligible: Some(flags.be()),
        backup_state: Some(flags.bs()),
        transports: response
            .transports
            .as_ref()
            .and_then(texts)
            .unwrap_or_default(),
        user_handle: recording.user.as_ref().and_then(|user| user.handle.clone()),
    };
    Some((id, record))
}

/// Gives an authentication the record of its credential, and the record the new counter.
fn authenticated(
    recording: &mut Recording,
    part: &OptionsPart,
    records: &mut Records,
    refused: bool,
) {
    let credential = recording.response.credential();
    let id = credential.and_then(|c| base64url::decode(c.raw_id.text()?).ok());
    let Some(record) = id.and_then(|id| records.get_mut(&id)) else {
        return;
    };
    recording.record = Some(record.clone());
    recording.user = Some(User {
        known: Some(!part.options.allow_credentials.is_empty()),
        handle: record.user_handle.clone(),
    });
    let response = recording
        .response
        .credential()
        .and_then(|c| c.authenticator_response());
    let data = response.and_then(|r| base64url::decode(r.authenticator_data.text()?).ok());
    if let Some(data) = data.filter(|_| !refused) {
        let data = AuthenticatorData::decode(&data);
        record.sign_count = data.sign_count.or(record.sign_count);
        record.backup_state = data.flags.map(|flags| flags.bs()).or(record.backup_state);
    }
}
