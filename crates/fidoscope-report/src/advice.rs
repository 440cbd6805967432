//! What would have a ceremony accepted, as data and in words.

use std::borrow::Cow;

use chrono::{DateTime, SecondsFormat, Utc};
use serde::Serialize;
use serde_json::Value;

/// One change of the recording, its policy or its options.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "change", rename_all = "kebab-case")]
pub enum Change {
    /// An origin among those that are expected, `rp.origins`.
    ExpectOrigin {
        /// The origin as the client wrote it.
        origin: String,
    },
    /// Use in a frame of another origin, `rp.allowCrossOrigin`.
    AllowCrossOrigin,
    /// An embedding page among those that are expected, `rp.topOrigins`.
    AllowTopOrigin {
        /// Its origin as the client wrote it.
        origin: String,
    },
    /// The RP ID that the authenticator data is for, `rp.id`.
    ExpectRpId {
        /// The RP ID.
        id: String,
    },
    /// The challenge in the form in which the client has it, `options.challenge`.
    WriteChallenge {
        /// The challenge, base64url.
        challenge: String,
    },
    /// A member of the response in unpadded base64url.
    SendMember {
        /// Name of the member, e.g. `rawId`.
        member: Cow<'static, str>,
        /// The text that it should have.
        value: String,
    },
    /// An algorithm among those that are offered, `options.pubKeyCredParams`.
    OfferAlgorithm {
        /// COSE identifier.
        alg: i64,
    },
    /// A credential among those that may answer, `options.allowCredentials`.
    AllowCredential {
        /// Credential id, base64url.
        id: String,
    },
    /// The attestation conveyance, `options.attestation`.
    AskForAttestation {
        /// e.g. `enterprise`.
        conveyance: Cow<'static, str>,
    },
    /// The user verification that is asked for, `userVerification`.
    AskForVerification {
        /// e.g. `preferred`.
        level: Cow<'static, str>,
    },
    /// The mediation of the call, `mediation`.
    CallWithMediation {
        /// e.g. `conditional`.
        mediation: Cow<'static, str>,
    },
    /// A choice that the standard leaves to the relying party, `policy`.
    SetPolicy {
        /// Path of the member, e.g. `backup.eligible`.
        member: Cow<'static, str>,
        /// Its value.
        value: Value,
    },
    /// A certificate among the trust anchors, `policy.anchors`.
    TrustAnchor {
        /// Whose certificate it is.
        subject: String,
        /// The certificate.
        pem: String,
    },
    /// The instant of judgement, `now`.
    JudgeAt {
        /// The instant.
        time: DateTime<Utc>,
    },
    /// The profile of judgement, `policy.profile`.
    JudgeUnder {
        /// Name of the profile.
        profile: Cow<'static, str>,
    },
}

/// What to do about a ceremony that was not accepted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Advice {
    /// Changes with which the ceremony was judged once more, and passed the step.
    Change {
        /// The changes; all of them are needed.
        changes: Vec<Change>,
        /// The step that fails then; absent when the ceremony is accepted.
        then: Option<Cow<'static, str>>,
    },
    /// No setting: the fault is in bytes that are signed, and every profile and policy refuses it.
    NothingAccepts,
    /// No setting that can be told from the recording; whoever made or carried the ceremony has to
    /// mend it, or an input is missing.
    Mend,
}

impl Advice {
    /// The advice in words; `usual` is what is usually done about the step.
    #[must_use]
    pub fn sentence(&self, usual: &str) -> String {
        match self {
            Self::Mend => usual.to_owned(),
            Self::NothingAccepts => format!(
                "No setting accepts this, because the fault is in bytes that are signed. {usual}"
            ),
            Self::Change { changes, then } => {
                let conditions = changes.iter().filter_map(Change::condition);
                let orders: Vec<String> = changes.iter().map(Change::order).collect();
                let mut text = match conditions.collect::<Vec<_>>().join(" and ") {
                    none if none.is_empty() => capitalized(&orders.join(" and ")),
                    conditions => {
                        format!(
                            "Refuse it unless {conditions}; if so, {}",
                            orders.join(" and ")
                        )
                    }
                };
                match then {
                    None => text.push_str(": the ceremony is accepted with that"),
                    Some(step) => text.push_str(&format!(
                        ": this step passes with that, and the next fault is at {step}"
                    )),
                }
                text
            }
        }
    }
}

impl Change {
    /// What must be true before anybody should make the change.
    fn condition(&self) -> Option<String> {
        Some(match self {
            Self::ExpectOrigin { origin } => format!("{origin} is yours"),
            Self::AllowTopOrigin { origin } => format!("{origin} may embed your pages"),
            Self::ExpectRpId { id } => format!("{id} is your RP ID"),
            Self::TrustAnchor { subject, .. } => {
                format!(
                    "you know the certificate of `{subject}` from its maker, not only from this ceremony"
                )
            }
            Self::AllowCrossOrigin => "frames of other sites are intended".to_owned(),
            Self::OfferAlgorithm { alg } => format!("algorithm {alg} was offered or is welcome"),
            Self::AskForVerification { .. } => "you can do without user verification".to_owned(),
            Self::AskForAttestation { .. } => {
                "your organisation manages these authenticators".to_owned()
            }
            Self::AllowCredential { .. } => {
                "the credential belongs to the account that signs in".to_owned()
            }
            Self::CallWithMediation { mediation } => {
                format!("the page called with mediation {mediation:?}")
            }
            Self::SetPolicy { member, .. } => of_policy(member)?.to_owned(),
            _ => return None,
        })
    }

    fn order(&self) -> String {
        match self {
            Self::ExpectOrigin { origin } => format!("add {origin} to rp.origins"),
            Self::AllowCrossOrigin => "set rp.allowCrossOrigin to true".to_owned(),
            Self::AllowTopOrigin { origin } => format!("add {origin} to rp.topOrigins"),
            Self::ExpectRpId { id } => format!("set rp.id to {id:?}"),
            Self::WriteChallenge { challenge } => {
                format!("write options.challenge as {challenge:?}")
            }
            Self::SendMember { member, value } if member == "type" => {
                format!("send {member} as {value:?}")
            }
            Self::SendMember { member, .. } => format!("send {member} in unpadded base64url"),
            Self::OfferAlgorithm { alg } => {
                format!("offer algorithm {alg} in options.pubKeyCredParams")
            }
            Self::AllowCredential { id } => format!("add {id} to options.allowCredentials"),
            Self::AskForAttestation { conveyance } => {
                format!("ask for attestation {conveyance:?}")
            }
            Self::AskForVerification { level } => format!("ask for userVerification {level:?}"),
            Self::CallWithMediation { mediation } => {
                format!("record it as `mediation`: {mediation:?}")
            }
            Self::SetPolicy { member, value } => match value {
                Value::Null => format!("leave policy.{member} out"),
                value => format!("set policy.{member} to {value}"),
            },
            Self::TrustAnchor { .. } => "give that certificate with --anchor".to_owned(),
            Self::JudgeAt { time } => format!(
                "judge at a time when it was valid (--now {})",
                time.to_rfc3339_opts(SecondsFormat::Secs, true)
            ),
            Self::JudgeUnder { profile } => format!("judge under {profile} (--profile)"),
        }
    }
}

/// What a relying party gives up with a choice of its policy.
fn of_policy(member: &str) -> Option<&'static str> {
    Some(match member {
        "untrusted" | "requireAttestation" => "you can do without attestation",
        "requireUv" => "you can do without user verification",
        "safetynet" => "you judge ceremonies of the past",
        "metadata.acceptRetired" => "you accept models that their vendor retired",
        "backup.eligible" | "backup.state" => "both kinds of credential are welcome",
        "backup.unchanged" => "the stored record may be wrong",
        "signCount" => "the account's other sign-ins show nothing of a clone",
        "extensions" => "you pass over outputs that nobody asked for",
        "androidKey" => "the word of the operating system is enough for you",
        "compound" => "one part that verifies is enough for you",
        "acceptSelf" => "self attestation is enough for you",
        "acceptedModels" => "the model is welcome",
        _ => return None,
    })
}

fn capitalized(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|letter| letter.to_uppercase());
    first.into_iter().flatten().chain(letters).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(changes: Vec<Change>, then: Option<&'static str>, expected: &str) {
        let advice = Advice::Change {
            changes,
            then: then.map(Cow::Borrowed),
        };
        assert_eq!(advice.sentence("unused"), expected);
    }

    #[test]
    fn changes_are_told_with_what_must_be_true_before_and_what_comes_after() {
        let top = || Change::AllowTopOrigin {
            origin: "https://portal.example".to_owned(),
        };
        check(
            vec![Change::AllowCrossOrigin, top()],
            None,
            "Refuse it unless frames of other sites are intended and https://portal.example may embed your pages; if so, set \
             rp.allowCrossOrigin to true and add https://portal.example to rp.topOrigins: the \
             ceremony is accepted with that",
        );
        check(
            vec![Change::AllowCrossOrigin],
            Some("auth.signature"),
            "Refuse it unless frames of other sites are intended; if so, set rp.allowCrossOrigin \
             to true: this step passes with that, and the next fault is \
             at auth.signature",
        );
        let policy = |value| Change::SetPolicy {
            member: "requireUv".into(),
            value,
        };
        check(
            vec![policy(Value::Bool(false))],
            None,
            "Refuse it unless you can do without user verification; if so, set policy.requireUv to \
             false: the ceremony is accepted with that",
        );
        check(
            vec![policy(Value::Null)],
            None,
            "Refuse it unless you can do without user verification; if so, leave policy.requireUv \
             out: the ceremony is accepted with that",
        );
    }

    #[test]
    fn what_no_setting_mends_says_so() {
        let sentence = Advice::NothingAccepts.sentence("Refuse it");
        let expected =
            "No setting accepts this, because the fault is in bytes that are signed. Refuse it";
        assert_eq!(sentence, expected);
        assert_eq!(Advice::Mend.sentence("Refuse it"), "Refuse it");
    }
}
