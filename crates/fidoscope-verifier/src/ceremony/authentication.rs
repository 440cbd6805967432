//! Verifying an authentication assertion (`WebAuthn L3 §7.2`).

use std::borrow::Cow;

use aws_lc_rs::digest::{SHA256, digest};
use fidoscope_recording::{Credential, CredentialRecord, Kind, Recording, SignCountPolicy};
use fidoscope_webauthn::{AuthenticatorData, CoseKey, Flags, base64url};
use serde_json::Value;

use crate::attestation::judge_signature;
use crate::ceremony::envelope::Envelope;
use crate::ceremony::flags;
use crate::ceremony::rp_id::rp_id;
use crate::ceremony::{client_data, data, envelope, extensions, options};
use crate::facts::cose;
use crate::facts::signature::PublicKey;
use crate::verdict::judge::Judge;
use crate::verdict::registry as step;
use fidoscope_recording::Profile;

/// Judges every step.
pub(crate) fn run(recording: &Recording, profile: Profile) -> Judge {
    let mut judge = Judge::new(Kind::Authentication, profile);
    options::judge(&mut judge, recording, &step::AUTH_OPTIONS);
    if envelope::is_refusal(&mut judge, recording, &step::AUTH_GET) {
        return judge;
    }
    let envelope = envelope::open(&mut judge, &recording.response, Kind::Authentication);
    let (Some(credential), Some(response)) = (envelope.credential, envelope.response) else {
        return judge;
    };
    if !response.attestation_object.is_missing() {
        judge.fail(
            &step::AUTH_RESPONSE_TYPE,
            "an assertion response",
            "an attestation response",
        );
        return judge;
    }
    judge.pass(&step::AUTH_RESPONSE_TYPE);
    extensions::results(&mut judge, credential, &step::AUTH_CLIENT_EXT_RESULTS);
    allow_credentials(&mut judge, recording, &envelope);
    let key_bytes = key_bytes(&mut judge, recording);
    let key = key_bytes
        .as_deref()
        .and_then(|bytes| stored_key(&mut judge, bytes));
    user(&mut judge, recording, &envelope);
    let data = envelope
        .authenticator_data
        .as_deref()
        .map(AuthenticatorData::decode);
    if let Some(data) = &data {
        let mark = judge.mark();
        data::judge(&mut judge, data, Kind::Authentication);
        judge.sum_up(&step::AUTH_PARTS, mark);
    }
    if let Some(bytes) = &envelope.client_data {
        client_data::judge(&mut judge, bytes, recording, &client_data::AUTHENTICATION);
    }
    if let Some(data) = &data {
        authenticator_data(&mut judge, data, recording, credential);
    }
    signature(&mut judge, key.as_ref(), &envelope);
    if let Some(data) = &data {
        sign_count(&mut judge, data, recording);
    }
    extensions::judge(
        &mut judge,
        recording,
        credential,
        data.as_ref(),
        &step::AUTH_EXT,
    );
    judge.conclude([&step::AUTH_RECORD_UPDATE, &step::AUTH_FINISH]);
    judge
}

/// `WebAuthn L3 §7.2 step 5`.
fn allow_credentials(judge: &mut Judge, recording: &Recording, envelope: &Envelope<'_>) {
    let allowed = &recording.options.allow_credentials;
    if allowed.is_empty() {
        return judge.not_applicable(&step::AUTH_ALLOW_CREDENTIALS, "allowCredentials is empty");
    }
    let Some(id) = envelope.raw_id else { return };
    if allowed.iter().any(|descriptor| descriptor.id == id) {
        judge.pass(&step::AUTH_ALLOW_CREDENTIALS);
    } else {
        let expected = format!("one of {} allowed credentials", allowed.len());
        judge.fail(&step::AUTH_ALLOW_CREDENTIALS, expected, id.to_owned());
    }
}

/// `WebAuthn L3 §7.2 step 6`: who signs in, and the record that belongs to the credential.
fn user(judge: &mut Judge, recording: &Recording, envelope: &Envelope<'_>) {
    let Some(record) = &recording.record else {
        return judge.open(&step::AUTH_USER, "the recording has no credential record");
    };
    let Some(raw_id) = envelope.raw_id else {
        return;
    };
    if record.id == raw_id {
        account(judge, recording, record, envelope);
    } else {
        let expected = format!("the record's id {}", record.id);
        judge.fail(&step::AUTH_USER, expected, raw_id.to_owned());
    }
}

fn account(
    judge: &mut Judge,
    recording: &Recording,
    record: &CredentialRecord,
    envelope: &Envelope<'_>,
) {
    let user = recording.user.as_ref();
    let handle = user.and_then(|user| user.handle.as_deref());
    let sent = envelope.user_handle;
    let known = user.and_then(|user| user.known).unwrap_or(true);
    let owner = record.user_handle.as_deref().or(handle);
    let account = if known { handle.or(owner) } else { sent };
    match (account, owner) {
        (None, _) if !known => {
            judge.fail(
                &step::AUTH_USER,
                "a user handle, as the user is unknown",
                "none",
            );
        }
        (Some(account), Some(owner)) if account != owner => {
            let expected = format!("the record's owner {owner:?}");
            judge.fail(&step::AUTH_USER, expected, format!("account {account:?}"));
        }
        (Some(account), _) if sent.is_some_and(|sent| sent != account) => {
            let found = format!("user handle {:?}", sent.unwrap_or_default());
            judge.fail(&step::AUTH_USER, format!("account {account:?}"), found);
        }
        (None, _) if sent.is_some() => {
            judge.skip(
                &step::AUTH_USER,
                "the recording does not tell the account's handle",
            );
        }
        _ => judge.pass(&step::AUTH_USER),
    }
}

fn key_bytes(judge: &mut Judge, recording: &Recording) -> Option<Vec<u8>> {
    let Some(record) = &recording.record else {
        judge.open(
            &step::AUTH_CREDENTIAL_KEY,
            "the recording has no credential record",
        );
        return None;
    };
    match base64url::decode(&record.public_key) {
        Ok(bytes) => Some(bytes),
        Err(error) => {
            judge.open(
                &step::AUTH_CREDENTIAL_KEY,
                format!("record.publicKey: {error}"),
            );
            None
        }
    }
}

/// The key of a credential record.
enum StoredKey<'k> {
    /// One for ES256 that needs no reader of CBOR.
    Es256(PublicKey<'k>),
    /// Any other.
    Cose(CoseKey<'k>),
}

impl StoredKey<'_> {
    fn algorithm(&self) -> i64 {
        match self {
            Self::Es256(_) => -7,
            Self::Cose(key) => key.algorithm().unwrap_or_default(),
        }
    }

    fn public_key(&self) -> Option<Cow<'_, PublicKey<'_>>> {
        match self {
            Self::Es256(key) => Some(Cow::Borrowed(key)),
            Self::Cose(key) => cose::public_key(key).map(Cow::Owned),
        }
    }
}

fn stored_key<'k>(judge: &mut Judge, bytes: &'k [u8]) -> Option<StoredKey<'k>> {
    if let Some(key) = cose::es256(bytes) {
        judge.pass(&step::AUTH_CREDENTIAL_KEY);
        return Some(StoredKey::Es256(key));
    }
    match CoseKey::decode(bytes) {
        Ok(key) if key.key_type().is_some() && key.algorithm().is_some() => {
            judge.pass(&step::AUTH_CREDENTIAL_KEY);
            Some(StoredKey::Cose(key))
        }
        Ok(_) => {
            judge.open(
                &step::AUTH_CREDENTIAL_KEY,
                "record.publicKey has no kty or alg",
            );
            None
        }
        Err(error) => {
            judge.open(
                &step::AUTH_CREDENTIAL_KEY,
                format!("record.publicKey: {error}"),
            );
            None
        }
    }
}

/// `WebAuthn L3 §7.2 steps 15-19`.
fn authenticator_data(
    judge: &mut Judge,
    data: &AuthenticatorData<'_>,
    recording: &Recording,
    credential: &Credential,
) {
    if let Some(found) = data.rp_id_hash {
        rp_id_hash(judge, found, recording, credential);
    }
    let Some(flags) = data.flags.filter(|_| data.bytes.len() >= 37) else {
        return;
    };
    if flags.up() {
        judge.pass(&step::AUTH_UP);
    } else {
        judge.fail(&step::AUTH_UP, "UP=1", "UP=0");
    }
    let asked = recording.options.user_verification.as_deref();
    flags::verification(judge, flags, asked, recording, &step::AUTH_UV);
    flags::backup(judge, flags, &step::AUTH_BE_BS);
    backup_state(judge, flags, recording);
}

/// `WebAuthn L3 §7.2 step 15` and `§10.1.1`: with `appid` the hash may, or must, be the AppID's.
fn rp_id_hash(judge: &mut Judge, found: &[u8; 32], recording: &Recording, credential: &Credential) {
    let asked = recording
        .options
        .extensions
        .as_ref()
        .and_then(|e| e.get("appid"))
        .map(|asked| {
            recording
                .rp
                .appid
                .as_deref()
                .or(asked.as_str())
                .unwrap_or_default()
        });
    let results = credential.client_extension_results.as_ref();
    let used = results.and_then(|results| results.get("appid")) == Some(&Value::Bool(true));
    let is = |text: &str| digest(&SHA256, text.as_bytes()).as_ref() == found;
    let Some(id) = rp_id(recording) else {
        return judge.open(&step::AUTH_RP_ID_HASH, "the recording names no RP ID");
    };
    let step = &step::AUTH_RP_ID_HASH;
    match asked {
        Some(appid) if used && is(appid) => judge.pass_with(step, appid.to_owned()),
        Some(appid) if used => {
            judge.fail(step, format!("SHA-256 of {appid:?}"), hex::encode(found))
        }
        Some(appid) if is(appid) => judge.pass_with(step, appid.to_owned()),
        _ if is(id) => judge.pass_with(step, id.to_owned()),
        _ => judge.fail(step, format!("SHA-256 of {id:?}"), hex::encode(found)),
    }
}

/// `WebAuthn L3 §7.2 step 19`: only when the policy uses the backup state.
fn backup_state(judge: &mut Judge, flags: Flags, recording: &Recording) {
    let step = &step::AUTH_BACKUP_STATE;
    let before = recording
        .record
        .as_ref()
        .and_then(|record| record.backup_eligible);
    let changed = before.is_some_and(|before| before != flags.be());
    let policy = recording.policy.backup.as_ref();
    let wanted = policy.and_then(|policy| policy.state);
    let bit = |set: bool| if set { "1" } else { "0" };
    match (policy.and_then(|policy| policy.unchanged), wanted) {
        (Some(true), _) if before.is_none() => judge.skip(step, "the record has no backupEligible"),
        (Some(true), _) if changed => {
            let expected = format!("BE={} as at registration", bit(!flags.be()));
            judge.fail(step, expected, format!("BE={}", bit(flags.be())));
        }
        (_, Some(wanted)) if wanted != flags.bs() => {
            judge.fail(
                step,
                format!("BS={}", bit(wanted)),
                format!("BS={}", bit(flags.bs())),
            );
        }
        (Some(true), _) | (_, Some(_)) => judge.pass(step),
        _ if changed => judge.observe(step, "BE changed since registration"),
        _ => judge.not_applicable(step, "the policy does not use backup state"),
    }
}

/// `WebAuthn L3 §7.2 steps 20-21`: over the bytes as received, with the stored key and its
/// algorithm.
fn signature(judge: &mut Judge, key: Option<&StoredKey<'_>>, envelope: &Envelope<'_>) {
    let Some(client_data) = &envelope.client_data else {
        return;
    };
    let hash = digest(&SHA256, client_data);
    judge.pass(&step::AUTH_CLIENT_DATA_HASH);
    let (Some(data), Some(bytes)) = (&envelope.authenticator_data, &envelope.signature) else {
        return;
    };
    let Some(key) = key else {
        return judge.skip(
            &step::AUTH_SIGNATURE,
            "auth.credential-key was not evaluated",
        );
    };
    let algorithm = key.algorithm();
    if crate::facts::signature::algorithm(algorithm).is_none() {
        let note = format!("unsupported algorithm {algorithm}");
        return judge.open(&step::AUTH_SIGNATURE, note);
    }
    match key.public_key() {
        Some(key) => joined(data, hash.as_ref(), |message| {
            let step = &step::AUTH_SIGNATURE;
            judge_signature(judge, step, algorithm, &key, message, bytes);
        }),
        None => {
            let expected = format!("a stored key for algorithm {algorithm}");
            judge.fail(&step::AUTH_SIGNATURE, expected, "other parameters");
        }
    }
}

/// Hands over two texts as one. Usual authenticator data and a hash need no room but the stack's.
fn joined(data: &[u8], hash: &[u8], take: impl FnOnce(&[u8])) {
    let mut room = [0; 128];
    match room.get_mut(..data.len().saturating_add(hash.len())) {
        Some(whole) => {
            let (before, after) = whole.split_at_mut(data.len());
            before.copy_from_slice(data);
            after.copy_from_slice(hash);
            take(whole);
        }
        None => take(&[data, hash].concat()),
    }
}

/// `WebAuthn L3 §7.2 step 22`: a sign of a clone, not a proof. The FIDO server requirements demand
/// an increase.
fn sign_count(judge: &mut Judge, data: &AuthenticatorData<'_>, recording: &Recording) {
    let Some(new) = data.sign_count else { return };
    let record = recording.record.as_ref();
    let Some(stored) = record.and_then(|record| record.sign_count) else {
        return judge.skip(
            &step::AUTH_SIGN_COUNT,
            "the record has no signature counter",
        );
    };
    let step = &step::AUTH_SIGN_COUNT;
    match recording.policy.sign_count {
        _ if new > stored => judge.pass(step),
        _ if new == 0 && stored == 0 => judge.not_applicable(step, "both counters are 0"),
        Some(SignCountPolicy::Reject) => {
            judge.fail(step, format!("more than {stored}"), new.to_string());
        }
        _ => {
            judge.warn(step, format!("more than {stored}"), new.to_string());
            judge.fails_also_in(Profile::FidoServer);
        }
    }
}
