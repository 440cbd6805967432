//! Why a step failed in a case, where the case itself tells it. The usual words of a step stand in
//! the table of steps.

use std::borrow::Cow;

use fidoscope_recording::{Kind, Recording};
use fidoscope_report::Step;
use fidoscope_verifier::is_written_by_clients;
use fidoscope_webauthn::base64url;

use super::forms::{self, Form};
use super::{bare, facts, refusals};

/// A cause, and what is done about it where that differs from what is usually done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Cause {
    pub(crate) why: Cow<'static, str>,
    pub(crate) usual: Option<&'static str>,
}

impl Cause {
    fn of(why: impl Into<Cow<'static, str>>) -> Self {
        let why = why.into();
        Self { why, usual: None }
    }

    pub(super) fn with(why: impl Into<Cow<'static, str>>, usual: &'static str) -> Self {
        let why = why.into();
        let usual = Some(usual);
        Self { why, usual }
    }
}

/// The cause that can be told from the case itself.
pub(crate) fn cause(recording: &Recording, step: &Step) -> Option<Cause> {
    match bare(&step.id) {
        "reg.create" | "auth.get" => refusals::cause(recording),
        "reg.uv" | "auth.uv" => Some(verification(recording)),
        "reg.origin" | "auth.origin" => origin(recording),
        "reg.top-origin" | "auth.top-origin" => top_origin(recording),
        "reg.challenge" | "auth.challenge" => challenge(recording),
        "reg.fmt" => format(recording),
        "env.id" => identifiers(recording),
        "auth.user" => handles(recording),
        "cose.required" => parameter(step),
        "ad.ext.map" => extension_key(step.found.as_deref()?),
        "att.packed.cert.ca" | "att.tpm.cert.ca" => leaf(step.found.as_deref()?),
        "chain.ca" => authority(step.found.as_deref()?),
        "chain.validity" | "att.safetynet.source" => expired(recording, step.found.as_deref()?),
        id if id.starts_with("att.") && id.ends_with(".syntax") => {
            statement(step.found.as_deref()?)
        }
        _ => None,
    }
}

/// A list of certificates is there, and an entry of it is none.
fn statement(found: &str) -> Option<Cause> {
    let (entry, _) = found.split_once(": no certificate")?;
    Some(Cause::with(
        format!("The entry {entry} of the attestation statement is no X.509 certificate"),
        "Refuse it; look for a layer that changes bytes, and draw them with `fidoscope inspect`",
    ))
}

fn verification(recording: &Recording) -> Cause {
    let selection = recording.options.authenticator_selection.as_ref();
    let asked = match recording.kind {
        Kind::Registration => selection.and_then(|s| s.user_verification.as_deref()),
        Kind::Authentication => recording.options.user_verification.as_deref(),
    };
    match asked {
        Some("required") => Cause::with(
            "The options asked for userVerification \"required\", and still the user was not \
             verified: the client or the authenticator passed over it, or options were changed in \
             the page",
            "Refuse it: a client that honours the options does not send this",
        ),
        asked => Cause::of(format!(
            "The policy requires user verification (requireUv), but the options asked for {:?}, so \
             that the authenticator was free to leave it out",
            asked.unwrap_or("preferred")
        )),
    }
}

fn origin(recording: &Recording) -> Option<Cause> {
    let found = facts::client_texts(recording).origin?;
    let expected = &recording.rp.origins;
    if !is_written_by_clients(&found) {
        return Some(Cause::with(
            format!("No client writes the origin {found:?}: something else made the client data"),
            "Refuse it",
        ));
    }
    let loose = |origin: &String| {
        let text = origin.trim().trim_end_matches('/').to_ascii_lowercase();
        let port = match text.split_once(':') {
            Some(("https", _)) => ":443",
            _ => ":80",
        };
        text.strip_suffix(port).unwrap_or(&text) == found
    };
    if let Some(listed) = expected.iter().find(|origin| loose(origin)) {
        return Some(Cause::of(format!(
            "The list of expected origins has {listed:?}, which no client writes: origins are \
             compared letter by letter, without a slash at the end, upper case or the usual port"
        )));
    }
    let (scheme, rest) = found.split_once("://")?;
    let other = if scheme == "https" { "http" } else { "https" };
    if expected.contains(&format!("{other}://{rest}")) {
        return Some(Cause::of(format!(
            "The page was served over {scheme}, and {other} is expected"
        )));
    }
    scheme.ends_with("-extension").then(|| {
        Cause::of("The ceremony ran in a page of a browser extension, which is no page of yours unless the extension is")
    })
}

fn top_origin(recording: &Recording) -> Option<Cause> {
    let framed = recording.rp.allow_cross_origin || recording.policy.cross_origin == Some(true);
    if framed {
        return None;
    }
    let listed = recording.rp.top_origins.iter();
    let listed = listed.chain(&recording.policy.top_origins).next();
    let rest = match listed {
        Some(_) => "the list of top origins does not count while frames are not allowed",
        None => "neither is the embedding page in the list of top origins",
    };
    Some(Cause::of(format!(
        "The ceremony ran in a frame of another site, and the relying party allows no frames \
         (rp.allowCrossOrigin is false); {rest}"
    )))
}

/// The forms of two unequal texts that stand for the same bytes.
pub(super) fn same_text(sent: &str, found: &str) -> Option<(Form, Form)> {
    let of = |bytes: &[u8]| {
        let both = forms::of(sent, bytes).zip(forms::of(found, bytes));
        both.filter(|(sent, found)| sent != found)
    };
    // One of them is plain base64url, of the challenge or of a text that stands for it.
    [found, sent]
        .into_iter()
        .filter_map(|text| base64url::decode(text).ok())
        .find_map(|bytes| of(&bytes))
}

fn challenge(recording: &Recording) -> Option<Cause> {
    let found = facts::client_texts(recording).challenge?;
    let (sent, found) = same_text(&recording.options.challenge, &found)?;
    let usual = match (sent, found) {
        (_, Form::Plain) => "Encode the challenge once, in unpadded base64url, where it is made",
        (_, Form::Twice) => "Decode the challenge in the page before it is given to the client",
        _ => {
            "Refuse it: clients write the challenge in unpadded base64url, so that something else \
             made the client data"
        }
    };
    Some(Cause::with(
        format!(
            "Both are the same challenge: the options have it in {}, the client data in {}",
            sent.words(),
            found.words()
        ),
        usual,
    ))
}

fn format(recording: &Recording) -> Option<Cause> {
    (facts::proof(recording).format == "android-safetynet").then(|| {
        Cause::of(
            "The format android-safetynet is not enabled (policy.safetynet): Level 3 deprecates it, \
             and its service is gone",
        )
    })
}

fn identifiers(recording: &Recording) -> Option<Cause> {
    let credential = recording.response.credential()?;
    let (id, raw) = (credential.id.text()?, credential.raw_id.text()?);
    let bytes = |text| forms::read(text).map(|(_, bytes)| bytes);
    let either = [raw, id].into_iter().filter_map(bytes);
    let mut pairs = either.filter_map(|bytes| forms::of(id, &bytes).zip(forms::of(raw, &bytes)));
    let (id, raw) = pairs.next()?;
    ((id, raw) != (Form::Plain, Form::Plain)).then(|| {
        Cause::of(format!(
            "id and rawId are the same bytes, but id is {} and rawId is {}",
            id.words(),
            raw.words()
        ))
    })
}

/// The handle of the response against those that the relying party knows.
fn handles(recording: &Recording) -> Option<Cause> {
    let sent = facts::response(recording)?.user_handle.text()?;
    let known = recording
        .user
        .as_ref()
        .and_then(|user| user.handle.as_deref());
    let owner = recording
        .record
        .as_ref()
        .and_then(|r| r.user_handle.as_deref());
    let other = [owner, known]
        .into_iter()
        .flatten()
        .find(|text| *text != sent)?;
    let (stored, form) = same_text(other, sent)?;
    Some(Cause::with(
        format!(
            "Both are the same user handle: the relying party has it in {}, the client in {}",
            stored.words(),
            form.words()
        ),
        "Compare the bytes of user handles, or store them in unpadded base64url",
    ))
}

/// A parameter of the key: it is not there, or it is there with another type.
fn parameter(step: &Step) -> Option<Cause> {
    let (wanted, found) = (step.expected.as_deref()?, step.found.as_deref()?);
    let name = wanted.split(',').next()?;
    Some(Cause::of(match found {
        "missing" => format!("The public key has no {name}"),
        kind => format!("The public key has {name} with the type {kind}"),
    }))
}

fn extension_key(found: &str) -> Option<Cause> {
    found.contains("key").then(|| {
        Cause::of(
            "Names of extensions are text, and one of these has another type: a faulty \
             authenticator, or bytes that belong to something else",
        )
    })
}

/// WebAuthn L3 §8.2.1 and §8.3.1 want the component CA to be false, so that the extension has to be
/// there.
fn leaf(found: &str) -> Option<Cause> {
    (found == "no basic constraints").then(|| {
        Cause::with(
            "The attestation certificate has no Basic Constraints extension, so that it does not say \
             that it is no CA; the standard asks for CA=false in so many words",
            "Refuse it, or ask the maker for certificates that have the extension",
        )
    })
}

fn authority(found: &str) -> Option<Cause> {
    Some(match found {
        "no basic constraints" => Cause::of(
            "An issuer has no Basic Constraints extension, so that nothing says that it may issue \
             certificates; RFC 5280 §6.1.4 (k) asks for it in every issuer that is no anchor",
        ),
        "CA=false" => Cause::of(
            "The Basic Constraints of an issuer say that it is no CA: a certificate for another \
             purpose was used to issue one",
        ),
        "key usage without keyCertSign" => {
            Cause::of("The key usage of an issuer does not hold keyCertSign")
        }
        text if text.ends_with("allowed") => {
            Cause::of("More issuers stand below a CA than its path length allows")
        }
        _ => return None,
    })
}

fn expired(recording: &Recording, found: &str) -> Option<Cause> {
    if !found.starts_with("valid ") {
        return None;
    }
    let answer = facts::proof(recording).format == "android-safetynet";
    Some(Cause::of(if answer {
        "A certificate of the SafetyNet answer was not valid at the time of judgement; the service \
         has ended, and all of its certificates expire"
    } else {
        "A certificate was not valid at the time of judgement, which may be another than that of \
         the ceremony"
    }))
}
