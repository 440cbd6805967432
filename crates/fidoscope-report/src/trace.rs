//! The ordered verdict of every step of a replayed ceremony.

mod story;

use std::borrow::Cow;

use serde::Serialize;

use crate::Advice;

/// Status of one step (`reference vocabulary: six statuses`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// Satisfied.
    Pass,
    /// Violated.
    Fail,
    /// Violated, but only a recommendation or a signal.
    Warn,
    /// Not part of this level, or its option is off.
    NotApplicable,
    /// An input is missing: state, trust anchors, revocation lists, clock.
    NotEvaluated,
    /// Nothing is violated; worth knowing.
    Observation,
}

/// Verdict of a ceremony.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// Every step that decides passed.
    Accept,
    /// A step that decides failed.
    Reject,
    /// A step that decides could not be evaluated.
    Indeterminate,
}

/// The profile whose rules are those of Level 2; every other one stands on Level 3.
pub(crate) const LEVEL_2: &str = "webauthn-l2";

/// One step of a trace.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Step {
    /// Level-neutral identifier, e.g. `reg.origin`.
    pub id: Cow<'static, str>,
    /// What the step asks for, in words.
    #[serde(skip)]
    pub title: Cow<'static, str>,
    /// Status.
    pub status: Status,
    /// Class of the rule, e.g. `MUST(L3)`.
    pub class: Cow<'static, str>,
    /// Position in Level 2, e.g. `7.1 step 9`.
    pub l2: Option<Cow<'static, str>>,
    /// Position in Level 3.
    pub l3: Option<Cow<'static, str>>,
    /// Fragment of the specification's address in the level of the replay's profile, e.g.
    /// `#sctn-verifying-assertion`.
    #[serde(skip)]
    pub anchor: Cow<'static, str>,
    /// What the rule wanted.
    pub expected: Option<String>,
    /// What the ceremony carried.
    pub found: Option<String>,
    /// Why it was not evaluated, or what was noticed.
    pub note: Option<String>,
}

impl Step {
    /// Address of the text of the rule under a profile: that of the profile's level, unless only the
    /// other level has it.
    #[must_use]
    pub fn link(&self, profile: &str) -> String {
        let level = match (&self.l2, &self.l3) {
            (Some(_), None) => 2,
            (None, Some(_)) => 3,
            _ if profile == LEVEL_2 => 2,
            _ => 3,
        };
        format!("https://www.w3.org/TR/webauthn-{level}/{}", self.anchor)
    }

    /// Where the rule stands in the profile's level, e.g. `7.1 step 9`; when only the other level has
    /// it, that level is named: `L3 7.1 step 10`.
    #[must_use]
    pub fn place(&self, profile: &str) -> Option<Cow<'_, str>> {
        let (level, place) = self.placed(profile)?;
        let own = if profile == LEVEL_2 { "L2" } else { "L3" };
        Some(match level == own {
            true => Cow::Borrowed(place),
            false => Cow::Owned(format!("{level} {place}")),
        })
    }

    fn placed(&self, profile: &str) -> Option<(&'static str, &str)> {
        let l2 = self.l2.as_deref().map(|place| ("L2", place));
        let l3 = self.l3.as_deref().map(|place| ("L3", place));
        if profile == LEVEL_2 {
            l2.or(l3)
        } else {
            l3.or(l2)
        }
    }

    /// Where the rule stands under a profile, e.g. `L3 7.1 step 9`.
    #[must_use]
    pub fn clause(&self, profile: &str) -> Option<String> {
        let (level, place) = self.placed(profile)?;
        Some(format!("{level} {place}"))
    }
}

/// First failed step per level, by that level's own order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct FirstFailed {
    /// Level 2.
    #[serde(rename = "webauthn-l2")]
    pub l2: Option<Cow<'static, str>>,
    /// Level 3.
    #[serde(rename = "webauthn-l3")]
    pub l3: Option<Cow<'static, str>>,
}

/// What a recording says should come out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Expectation {
    /// Expected verdict.
    pub verdict: Verdict,
    /// Expected first failing step.
    pub step: Option<String>,
}

/// What the relying party itself decided about a ceremony.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Decision {
    /// Accepted or rejected.
    pub verdict: Verdict,
    /// Its reason in its own words.
    pub reason: Option<String>,
}

/// A way in which a replay differs from what was said about the ceremony.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mismatch {
    /// Another verdict than expected.
    Verdict,
    /// The expected verdict, but decided at another step.
    Step,
    /// The relying party accepted what is to be rejected.
    RpAccepted,
    /// The relying party rejected what is to be accepted.
    RpRejected,
}

/// The bytes that a step looked at, as a person reads them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Excerpt {
    /// What it is, e.g. `clientDataJSON, 134 bytes`.
    pub title: String,
    /// JSON pointer into the recording, e.g. `/response/response/clientDataJSON`.
    pub pointer: String,
    /// The member, field or parameter inside, e.g. `origin` or `flags`.
    pub field: Option<String>,
    /// Bytes of that field in the decoded part, `start..end`.
    pub bytes: Option<(usize, usize)>,
    /// The drawing, line by line.
    pub lines: Vec<String>,
}

/// Why a ceremony came out as it did, for a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Explanation {
    /// The step that decided.
    pub step: Cow<'static, str>,
    /// What it asks for.
    pub title: Cow<'static, str>,
    /// Where the rule stands, e.g. `L3 7.1 step 9`.
    pub clause: Option<String>,
    /// Address of the rule.
    pub link: String,
    /// The likely cause.
    pub cause: Cow<'static, str>,
    /// What to do about it, in a sentence.
    pub remedy: Cow<'static, str>,
    /// What to do about it, as data.
    pub advice: Advice,
    /// The bytes around the fault.
    pub excerpt: Option<Excerpt>,
}

/// What the metadata of its own time makes of a registration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AsOf {
    /// When it took place, RFC 3339.
    pub at: String,
    /// Number of the BLOB in force then.
    pub blob_no: Option<u64>,
    /// Verdict by that BLOB, at that time.
    pub verdict: Verdict,
    /// Step that decided it.
    pub step: Option<String>,
    /// In what it differs from the judgement by the newest metadata.
    pub differences: Vec<AsOfDifference>,
}

/// Something in which two judgements differ.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AsOfDifference {
    /// In what: `verdict`, `listing`, `statuses`, `level`.
    pub what: String,
    /// What it was then.
    pub then: String,
    /// What it is now.
    pub now: String,
}

/// One replayed ceremony.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Replay {
    /// Identifier of the recording.
    pub ceremony: String,
    /// File (and line, for `.jsonl`) that it came from.
    pub file: String,
    /// `registration` or `authentication`.
    pub kind: Cow<'static, str>,
    /// Profile that decided, e.g. `webauthn-l3`.
    pub profile: Cow<'static, str>,
    /// Verdict under that profile.
    pub verdict: Verdict,
    /// Step that decided a rejection under that profile, or left the verdict open.
    pub step: Option<Cow<'static, str>>,
    /// First failed step per level.
    pub first_failed: FirstFailed,
    /// What the recording expected of this profile, if it says.
    pub expected: Option<Expectation>,
    /// What the relying party decided, if the recording says.
    pub decision: Option<Decision>,
    /// Differences from what was expected and from what the relying party decided.
    pub mismatches: Vec<Mismatch>,
    /// Whether nothing differs; absent when there was nothing to compare with.
    pub ok: Option<bool>,
    /// True when the attestation was judged under an anchor made for tests.
    pub test_root: bool,
    /// What the metadata of its own time makes of it, when that was asked for and is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub as_of: Option<AsOf>,
    /// Why it came out so, when that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub explanation: Option<Explanation>,
    /// Every step, in the order of the profile's level.
    pub steps: Vec<Step>,
}

impl Replay {
    /// The step that decided a rejection or left the verdict open.
    #[must_use]
    pub fn deciding(&self) -> Option<&Step> {
        let id = self.step.as_deref()?;
        self.steps.iter().find(|step| step.id == id)
    }

    /// What was different when it took place, in a sentence; `None` when nothing was.
    #[must_use]
    pub fn past(&self) -> Option<String> {
        let as_of = self
            .as_of
            .as_ref()
            .filter(|as_of| !as_of.differences.is_empty())?;
        let differences = as_of.differences.iter();
        let words = differences.map(|d| format!("{} {} -> {}", d.what, d.then, d.now));
        let words = words.collect::<Vec<_>>().join("; ");
        let no = as_of
            .blob_no
            .map_or_else(String::new, |no| format!(" no {no}"));
        let day = as_of.at.split('T').next().unwrap_or_default();
        Some(format!(
            "{}: by metadata{no} of {day}: {words}",
            self.ceremony
        ))
    }

    /// What is wrong, a sentence for each difference, e.g. `the relying party accepted what
    /// WebAuthn L3 7.1 step 9 rejects`.
    #[must_use]
    pub fn complaints(&self) -> Vec<String> {
        self.mismatches.iter().map(|m| self.complaint(*m)).collect()
    }

    fn complaint(&self, mismatch: Mismatch) -> String {
        let wanted = self.expected.as_ref().map_or_else(
            || "something else".to_owned(),
            |expected| match &expected.step {
                Some(step) => format!("{} at {step}", expected.verdict.word()),
                None => expected.verdict.word().to_owned(),
            },
        );
        let reason = match self.decision.as_ref().and_then(|d| d.reason.as_deref()) {
            Some(reason) => format!(" ({reason})"),
            None => String::new(),
        };
        let rule = self.deciding().and_then(|step| step.clause(&self.profile));
        let rule = rule.map_or_else(|| self.profile.to_string(), |c| format!("WebAuthn {c}"));
        match mismatch {
            Mismatch::Verdict => format!("{}, but {wanted} was expected", self.outcome()),
            Mismatch::Step => format!(
                "{}, but at another step than expected: {wanted}",
                self.outcome()
            ),
            Mismatch::RpAccepted => {
                format!("the relying party accepted what {rule} rejects{reason}")
            }
            Mismatch::RpRejected => {
                format!(
                    "the relying party rejected what {} accepts{reason}",
                    self.profile
                )
            }
        }
    }

    /// Verdict and deciding step, e.g. `reject at reg.origin`.
    #[must_use]
    pub fn outcome(&self) -> String {
        match &self.step {
            Some(step) => format!("{} at {step}", self.verdict.word()),
            None => self.verdict.word().to_owned(),
        }
    }
}
