//! Joins responses with their options, and authentications with the registrations before them.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::{
    Credential, CredentialRecord, DecisionVerdict, Kind, Recording, RelyingParty, Source, User,
};
use fidoscope_webauthn::{AttestationObject, AuthenticatorData, base64url};

use super::problems;
use super::{Imported, OptionsPart, ResponsePart};

/// Parts that wait for each other.
#[derive(Debug, Default)]
pub(super) struct Joiner {
    pub(super) options: Vec<OptionsPart>,
    pub(super) responses: Vec<ResponsePart>,
    /// Entries of archives without any part, each with the challenges that it has all the same: places
    /// in `options`.
    pub(super) others: Vec<Range<usize>>,
    pub(super) unread: usize,
    /// Which of the recordings made so far the relying party refused.
    refused: Vec<bool>,
}

impl Joiner {
    pub(super) fn join(mut self, origins: &[String]) -> Imported {
        let mut imported = Imported {
            unread: self.unread,
            ..Imported::default()
        };
        for response in std::mem::take(&mut self.responses) {
            self.add(&response, origins, &mut imported);
        }
        give_records(&mut imported.recordings, &self.refused);
        let is_other = |challenges: &&Range<usize>| {
            let challenges = self.options.get((*challenges).clone()).unwrap_or_default();
            !challenges.iter().any(|part| part.answered)
        };
        imported.others = self.others.iter().filter(is_other).count();
        let certain = self.options.iter().filter(|part| part.kind.is_some());
        imported.unanswered = certain.filter(|part| !part.answered).count();
        imported
    }

    /// Adds the ceremony of a response, or why there is none.
    fn add(&mut self, response: &ResponsePart, origins: &[String], imported: &mut Imported) {
        let (file, at) = (&response.arrival.file, &response.at);
        let Some(challenge) = &response.challenge else {
            return imported.diagnostics.push(problems::no_challenge(file, at));
        };
        let Some(options) = self.options_of(response.kind, challenge) else {
            imported.unmatched += 1;
            let problem = problems::unmatched(file, at, self.unread);
            return imported.diagnostics.push(problem);
        };
        match recording(response, &options, origins, imported.recordings.len()) {
            Ok(recording) => {
                imported.recordings.push(recording);
                let decision = response.arrival.decision.as_ref();
                let refused = decision.is_some_and(|d| d.verdict == DecisionVerdict::Reject);
                self.refused.push(refused);
            }
            Err(why) => imported
                .diagnostics
                .push(problems::response(file, at, &why)),
        }
    }

    /// The last options of the same kind with the response's challenge; without any, whatever else had
    /// that challenge.
    fn options_of(&mut self, kind: Kind, challenge: &Vec<u8>) -> Option<OptionsPart> {
        let position = |wanted: Option<Kind>| {
            let mut options = self.options.iter();
            options.rposition(|part| part.kind == wanted && part.challenges.contains(challenge))
        };
        let at = position(Some(kind)).or_else(|| position(None))?;
        let part = self.options.get_mut(at)?;
        part.answered = true;
        let mut part = part.clone();
        // Now it is known how the challenge was meant.
        part.options.challenge = base64url::encode(challenge);
        Some(part)
    }
}

/// Stored records by credential id, as a relying party would have them.
type Records = BTreeMap<Vec<u8>, CredentialRecord>;

fn recording(
    response: &ResponsePart,
    part: &OptionsPart,
    origins: &[String],
    number: usize,
) -> Result<Recording, String> {
    let arrival = &response.arrival;
    let credential = serde_json::from_value(response.credential.clone());
    let mut recording = Recording::new(
        format!("{}-{}", response.kind.as_str(), number + 1),
        response.kind,
        part.options.clone(),
        party(response, part, origins),
        Credential::default(),
    );
    recording.response = credential.map_err(|error| error.to_string())?;
    recording.mediation.clone_from(&part.mediation);
    recording.recorded_at = arrival.time;
    recording.now = arrival.time;
    recording.decision.clone_from(&arrival.decision);
    recording.source = Some(Source {
        tool: Some(arrival.tool.to_owned()),
        file: Some(arrival.file.clone()),
        entry: Some(response.at.clone()).filter(|at| !at.is_empty()),
    });
    if response.kind == Kind::Registration {
        let handle = part.options.user.as_ref().map(|user| user.id.clone());
        recording.user = handle.map(|handle| User {
            known: Some(true),
            handle: Some(handle),
        });
    }
    Ok(recording)
}

/// Gives every sign-in the record of its credential as it was by then. A sign-in that comes before
/// its registration, as files of a folder may, gets that of the registration: it was stored by then
/// all the same.
fn give_records(recordings: &mut [Recording], refused: &[bool]) {
    let accepted = |(recording, refused): (&Recording, &bool)| {
        let is_new = recording.kind == Kind::Registration && !refused;
        is_new.then(|| registered(recording)).flatten()
    };
    let all = recordings.iter().zip(refused).rev();
    let mut records: Records = all.filter_map(accepted).collect();
    for (recording, refused) in recordings.iter_mut().zip(refused) {
        match recording.kind {
            Kind::Registration => records.extend(accepted((recording, refused))),
            Kind::Authentication => authenticated(recording, &mut records, *refused),
        }
    }
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
fn authenticated(recording: &mut Recording, records: &mut Records, refused: bool) {
    let credential = recording.response.credential();
    let id = credential.and_then(|c| base64url::decode(c.raw_id.text()?).ok());
    let Some(record) = id.and_then(|id| records.get_mut(&id)) else {
        return;
    };
    recording.record = Some(record.clone());
    recording.user = Some(User {
        known: Some(!recording.options.allow_credentials.is_empty()),
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
