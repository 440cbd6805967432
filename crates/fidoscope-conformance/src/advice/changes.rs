//! Which changes may help at which step. None of them is advice before a replay has shown that it
//! helps, so that a change may stand here that only helps some causes.

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use fidoscope_recording::{Kind, Member, Recording};
use fidoscope_report::{Change, Replay, Step};
use fidoscope_verifier::is_written_by_clients;
use fidoscope_webauthn::base64url;
use serde_json::{Value, json};

use super::{bare, facts, forms};

/// Sets of changes, the best first; each set is made as a whole.
pub(super) fn candidates(recording: &Recording, replay: &Replay) -> Vec<Vec<Change>> {
    let Some(step) = replay.deciding() else {
        return Vec::new();
    };
    let id = bare(&step.id);
    let (room, rest) = id.split_once('.').unwrap_or((id, ""));
    let mut found = match room {
        "reg" | "auth" => of_ceremony(recording, rest),
        "env" => envelope(recording, rest),
        "att" => of_statement(recording, rest),
        "chain" => of_chain(recording, rest),
        "mds" => metadata(),
        _ => Vec::new(),
    };
    if matches!(room, "reg" | "mds") {
        found.extend(trust(recording, step));
    }
    if !["webauthn-l3", "webauthn-l2"].contains(&&*replay.profile) {
        found.push(under("webauthn-l3"));
    }
    found
}

fn of_ceremony(recording: &Recording, rest: &str) -> Vec<Vec<Change>> {
    match rest {
        "origin" => expected_origin(recording),
        "cross-origin" => vec![vec![Change::AllowCrossOrigin]],
        "top-origin" => framed(recording),
        "token-binding" => vec![under("webauthn-l3")],
        "challenge" => challenge(recording),
        "rp-id-hash" => rp_id(recording),
        "up" => vec![vec![Change::CallWithMediation {
            mediation: "conditional".into(),
        }]],
        "uv" => verification(recording),
        "be-policy" => vec![policy("backup.eligible", Value::Null)],
        "bs-policy" => vec![policy("backup.state", Value::Null)],
        "backup-state" => vec![policy("backup.unchanged", json!(false))],
        "sign-count" => vec![policy("signCount", json!("signal"))],
        "ext" => vec![policy("extensions", json!("ignore"))],
        "alg" => algorithm(recording),
        "allow-credentials" => answering(recording),
        "fmt" if facts::proof(recording).format == "android-safetynet" => {
            vec![policy("safetynet", json!(true))]
        }
        _ => Vec::new(),
    }
}

fn policy(member: &'static str, value: Value) -> Vec<Change> {
    vec![Change::SetPolicy {
        member: member.into(),
        value,
    }]
}

fn under(profile: &'static str) -> Vec<Change> {
    vec![Change::JudgeUnder {
        profile: profile.into(),
    }]
}

/// Only an origin that some client writes may be expected.
fn expected_origin(recording: &Recording) -> Vec<Vec<Change>> {
    let origin = facts::client_texts(recording).origin;
    let origin = origin.filter(|origin| is_written_by_clients(origin));
    let expect = |origin| vec![Change::ExpectOrigin { origin }];
    origin.map(expect).into_iter().collect()
}

/// Both what says that frames are expected and the page of the frame: either alone still rejects.
fn framed(recording: &Recording) -> Vec<Vec<Change>> {
    let mut changes = Vec::new();
    let framed = recording.rp.allow_cross_origin || recording.policy.cross_origin == Some(true);
    if !framed {
        changes.push(Change::AllowCrossOrigin);
    }
    let (own, general) = (&recording.rp.top_origins, &recording.policy.top_origins);
    if let Some(origin) = facts::client_texts(recording).top_origin
        && !own.iter().chain(general).any(|known| *known == origin)
    {
        if !is_written_by_clients(&origin) {
            return Vec::new();
        }
        changes.push(Change::AllowTopOrigin { origin });
    }
    vec![changes]
}

/// The same challenge as a client writes it (`WebAuthn L3 §5.8.1`): unpadded base64url, of whatever bytes
/// the page gave it. Another challenge is never to be expected afterwards.
fn challenge(recording: &Recording) -> Vec<Vec<Change>> {
    let found = facts::client_texts(recording).challenge;
    let written = |found: &String| {
        let forms = super::causes::same_text(&recording.options.challenge, found);
        forms.is_some_and(|(_, found)| matches!(found, forms::Form::Plain | forms::Form::Twice))
    };
    let found = found.filter(written);
    let write = |challenge| vec![Change::WriteChallenge { challenge }];
    found.map(write).into_iter().collect()
}

/// RP IDs that the origin may use (`WebAuthn L3 §5.1.3 step 8`) and those of the options: the one
/// whose hash is in the authenticator data.
fn rp_id(recording: &Recording) -> Vec<Vec<Change>> {
    let options = &recording.options;
    let mut names = Vec::new();
    names.extend(options.rp.as_ref().and_then(|rp| rp.id.clone()));
    names.extend(options.rp_id.clone());
    let texts = facts::client_texts(recording);
    let origins = texts.origin.iter().chain(&recording.rp.origins);
    for origin in origins.filter(|origin| is_written_by_clients(origin)) {
        let host = origin.split_once("://").map_or("", |(_, host)| host);
        let host = host.split(':').next().unwrap_or_default();
        let below = host
            .match_indices('.')
            .filter_map(|(at, _)| host.get(at + 1..));
        let below = std::iter::once(host).chain(below);
        names.extend(below.take(8).map(str::to_owned));
    }
    let hash = facts::said(recording).rp_id_hash;
    let is_hashed = |id: &String| {
        Some(digest(&SHA256, id.as_bytes()).as_ref()) == hash.as_ref().map(<[u8; 32]>::as_slice)
    };
    // A single label is a public suffix, `localhost` apart.
    let usable = |id: &String| id.contains('.') || id == "localhost";
    let id = names.into_iter().filter(usable).find(is_hashed);
    id.map(|id| vec![Change::ExpectRpId { id }])
        .into_iter()
        .collect()
}

/// Whoever requires user verification: the policy before the options.
fn verification(recording: &Recording) -> Vec<Vec<Change>> {
    match recording.policy.require_uv {
        Some(_) => vec![policy("requireUv", json!(false))],
        None => vec![vec![Change::AskForVerification {
            level: "preferred".into(),
        }]],
    }
}

fn algorithm(recording: &Recording) -> Vec<Vec<Change>> {
    let alg = facts::said(recording).algorithm;
    alg.map(|alg| vec![Change::OfferAlgorithm { alg }])
        .into_iter()
        .collect()
}

fn answering(recording: &Recording) -> Vec<Vec<Change>> {
    let credential = recording.response.credential();
    let id = credential.and_then(|credential| credential.raw_id.text());
    let id = id.filter(|id| base64url::decode(id).is_ok());
    id.map(|id| vec![Change::AllowCredential { id: id.to_owned() }])
        .into_iter()
        .collect()
}

/// Members of the JSON in the form in which they belong: they are bytes that nothing signs.
fn envelope(recording: &Recording, rest: &str) -> Vec<Vec<Change>> {
    let Some(credential) = recording.response.credential() else {
        return Vec::new();
    };
    let Some(response) = credential.authenticator_response() else {
        return Vec::new();
    };
    let named: Vec<(&'static str, &Member)> = match rest {
        "id" => vec![("id", &credential.id), ("rawId", &credential.raw_id)],
        "user-handle" => vec![("userHandle", &response.user_handle)],
        "type" => {
            let value = "public-key".to_owned();
            let member = "type".into();
            return vec![vec![Change::SendMember { member, value }]];
        }
        "response" => match recording.kind {
            Kind::Registration => vec![
                ("clientDataJSON", &response.client_data_json),
                ("attestationObject", &response.attestation_object),
            ],
            Kind::Authentication => vec![
                ("clientDataJSON", &response.client_data_json),
                ("authenticatorData", &response.authenticator_data),
                ("signature", &response.signature),
            ],
        },
        _ => return Vec::new(),
    };
    let changes: Vec<Change> = named.into_iter().filter_map(plain).collect();
    if changes.is_empty() {
        Vec::new()
    } else {
        vec![changes]
    }
}

fn plain((name, member): (&'static str, &Member)) -> Option<Change> {
    let text = member.text().filter(|text| !text.is_empty())?;
    let (form, bytes) = forms::read(text)?;
    (form != forms::Form::Plain).then(|| Change::SendMember {
        member: name.into(),
        value: base64url::encode(&bytes),
    })
}

fn of_statement(recording: &Recording, rest: &str) -> Vec<Vec<Change>> {
    match rest {
        "packed.cert.sernum" => vec![vec![Change::AskForAttestation {
            conveyance: "enterprise".into(),
        }]],
        "safetynet.source" | "safetynet.cts" => valid_times(recording),
        "compound.sub" | "compound.enough" => vec![policy("compound", json!("any"))],
        _ if rest.starts_with("android-key.") => vec![policy("androidKey", json!("union"))],
        _ => Vec::new(),
    }
}

fn of_chain(recording: &Recording, rest: &str) -> Vec<Vec<Change>> {
    let mut found = match rest {
        "validity" => valid_times(recording),
        "build" => anchor(recording),
        _ => Vec::new(),
    };
    found.push(policy("legacyCertificates", json!("warn")));
    found.push(policy("untrusted", json!("downgrade")));
    found
}

/// Instants of the ceremony itself, then one at which its certificates were all valid.
fn valid_times(recording: &Recording) -> Vec<Vec<Change>> {
    let proof = facts::proof(recording);
    let times = [proof.answered, recording.recorded_at, proof.valid_from()];
    let times = times.into_iter().flatten();
    times.map(|time| vec![Change::JudgeAt { time }]).collect()
}

fn anchor(recording: &Recording) -> Vec<Vec<Change>> {
    let proof = facts::proof(recording);
    let topmost = proof.topmost().map(|(subject, der)| Change::TrustAnchor {
        subject,
        pem: pem(der),
    });
    topmost.map(|change| vec![change]).into_iter().collect()
}

fn pem(der: &[u8]) -> String {
    let text = STANDARD.encode(der);
    let mut pem = String::from("-----BEGIN CERTIFICATE-----\n");
    let mut rest = text.as_str();
    while let Some((line, more)) = rest.split_at_checked(64) {
        pem.push_str(line);
        pem.push('\n');
        rest = more;
    }
    pem.push_str(rest);
    pem.push_str("\n-----END CERTIFICATE-----\n");
    pem
}

/// What a policy may say of an attestation.
fn trust(recording: &Recording, step: &Step) -> Vec<Vec<Change>> {
    if !(step.id.starts_with("reg.trust") || step.id.starts_with("mds.")) {
        return Vec::new();
    }
    let mut found = vec![
        policy("requireAttestation", json!(false)),
        policy("acceptSelf", json!(true)),
    ];
    let models = recording.policy.accepted_models.as_deref();
    if let (Some(models), Some(aaguid)) = (models, facts::said(recording).aaguid) {
        let mut models: Vec<String> = models.iter().map(ToString::to_string).collect();
        models.push(aaguid);
        found.push(policy("acceptedModels", json!(models)));
    }
    if step.id == "reg.trust-anchors" {
        found.extend(anchor(recording));
    }
    found.push(policy("untrusted", json!("downgrade")));
    found
}

fn metadata() -> Vec<Vec<Change>> {
    vec![
        policy("metadata.acceptRetired", json!(true)),
        policy("metadata.reports", json!("current")),
        policy("metadata.rejectStale", json!(false)),
    ]
}
