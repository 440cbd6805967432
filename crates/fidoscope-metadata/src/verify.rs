//! The rules of the Metadata Service for a BLOB as a whole (MDS 3.1.7, 3.2), each a named step.

mod chain;
mod signer;

use crate::anchors::Anchors;
use crate::blob::Blob;
use crate::certificate::{Certificate, KeyKind};
use crate::jws::Algorithm;
use chrono::{DateTime, Utc};
use std::fmt;

/// Host that the leaf certificate must name.
pub const SERVICE_NAME: &str = "mds.fidoalliance.org";

/// Status of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Outcome {
    /// Satisfied.
    Pass,
    /// Violated.
    Fail,
    /// Violated, but only a recommendation.
    Warn,
    /// Does not apply to this BLOB.
    NotApplicable,
    /// An input is missing.
    NotEvaluated,
}

/// One rule and what became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Identifier, e.g. `mds.jws.chain`.
    pub id: &'static str,
    /// Section of the Metadata Service's specification; empty for our own.
    pub reference: &'static str,
    /// Class of the rule.
    pub class: &'static str,
    /// What became of it.
    pub outcome: Outcome,
    /// What the rule wanted.
    pub expected: Option<String>,
    /// What the BLOB has.
    pub found: Option<String>,
    /// Why it was not evaluated, or what was noticed.
    pub note: Option<String>,
}

/// Inputs of [`Blob::verify`] beside anchors and clock.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Revocation lists, PEM or DER; without any, revocation is not evaluated.
    pub crls: Vec<Vec<u8>>,
    /// Number of the BLOB at hand, against rollback.
    pub cached_no: Option<u64>,
    /// Where the BLOB was downloaded, to judge `x5u`; without it every `x5u` is refused.
    pub blob_url: Option<String>,
}

/// The anchor that a BLOB's certificates lead to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AnchorUse {
    /// Name.
    pub name: String,
    /// SHA-256 of the certificate, hexadecimal.
    pub sha256: String,
    /// Names along the path, leaf first, anchor last.
    pub path: Vec<String>,
    /// When the first certificate of the path stops being valid.
    pub expires: Option<DateTime<Utc>>,
    /// Whether it is one of the roots the Metadata Service is known to use.
    pub known: bool,
}

/// The verdict on a BLOB.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlobVerdict {
    /// Every step, in the order they are judged.
    pub steps: Vec<Step>,
    /// The anchor used, when there is a path to one.
    pub anchor: Option<AnchorUse>,
    /// True when that anchor is none of the Metadata Service's own roots.
    pub test_root: bool,
}

impl BlobVerdict {
    /// Whether no step failed.
    #[must_use]
    pub fn accepted(&self) -> bool {
        self.first_failed().is_none()
    }

    /// The first step that failed.
    #[must_use]
    pub fn first_failed(&self) -> Option<&Step> {
        self.steps.iter().find(|step| step.outcome == Outcome::Fail)
    }

    /// A step by its identifier.
    #[must_use]
    pub fn step(&self, id: &str) -> Option<&Step> {
        self.steps.iter().find(|step| step.id == id)
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::Warn => "warn",
            Self::NotApplicable => "not-applicable",
            Self::NotEvaluated => "not-evaluated",
        })
    }
}

impl Step {
    fn new(id: &'static str, reference: &'static str, class: &'static str) -> Self {
        let outcome = Outcome::Pass;
        Self {
            id,
            reference,
            class,
            outcome,
            expected: None,
            found: None,
            note: None,
        }
    }

    fn outcome(mut self, outcome: Outcome) -> Self {
        self.outcome = outcome;
        self
    }

    fn pass_if(self, satisfied: bool) -> Self {
        self.outcome(if satisfied {
            Outcome::Pass
        } else {
            Outcome::Fail
        })
    }

    fn expected(mut self, expected: impl Into<String>) -> Self {
        self.expected = Some(expected.into());
        self
    }

    fn found(mut self, found: impl Into<String>) -> Self {
        self.found = Some(crate::members::shortened(&found.into()));
        self
    }

    fn note(mut self, note: impl Into<String>) -> Self {
        self.note = Some(note.into());
        self
    }
}

impl Blob {
    /// Judges the BLOB by every rule that concerns it as a whole, at `now`. All steps are
    /// evaluated, whatever came of the ones before.
    #[must_use]
    pub fn verify(&self, anchors: &Anchors, now: DateTime<Utc>, options: &Options) -> BlobVerdict {
        let signer = signer::find(self, anchors);
        let leaf = signer.certificate.as_deref().and_then(Certificate::parse);
        let mut steps = vec![compact(self), algorithm(self, leaf.as_ref())];
        steps.push(x5u_origin(self, options));
        steps.push(signer.step.clone());
        let chain = chain::judge(self, &signer, anchors, now);
        steps.push(chain.step);
        steps.push(chain::judge_revocation(
            self,
            &signer,
            anchors,
            now,
            &options.crls,
        ));
        steps.push(leaf_name(leaf.as_ref(), &signer));
        steps.push(signer::judge_signature(self, leaf.as_ref()));
        steps.push(no_rollback(self, options));
        steps.push(next_update(self, now));
        steps.push(legal_header(self));
        let test_root = chain.anchor.as_ref().is_some_and(|anchor| !anchor.known);
        BlobVerdict {
            steps,
            anchor: chain.anchor,
            test_root,
        }
    }
}

/// `mds.jws.compact`: a BLOB that could be opened has passed.
fn compact(blob: &Blob) -> Step {
    let entries = blob.entries().len();
    Step::new("mds.jws.compact", "3.1.7", "MUST").found(format!("{entries} entries"))
}

/// `mds.jws.alg`: asymmetric, on the list, and fitting the signer's key.
fn algorithm(blob: &Blob, leaf: Option<&Certificate<'_>>) -> Step {
    let step = Step::new("mds.jws.alg", "3.1.7", "MUST").expected(Algorithm::LIST);
    let Some(name) = &blob.header().alg else {
        return step.outcome(Outcome::Fail).found("no `alg`");
    };
    let Some(algorithm) = Algorithm::parse(name) else {
        return step.outcome(Outcome::Fail).found(name.clone());
    };
    match leaf.map(Certificate::key_kind) {
        Some(kind) if !fits(algorithm, kind) => step
            .outcome(Outcome::Fail)
            .found(name.clone())
            .note("the key of the signer's certificate is of another kind"),
        _ => step.found(name.clone()),
    }
}

fn fits(algorithm: Algorithm, kind: KeyKind) -> bool {
    use Algorithm as A;
    match algorithm {
        A::Rs256 | A::Rs384 | A::Rs512 | A::Ps256 | A::Ps384 | A::Ps512 => kind == KeyKind::Rsa,
        A::Es256 => kind == KeyKind::Ec(256),
        A::Es384 => kind == KeyKind::Ec(384),
        // A point of P-521 fills 66 bytes.
        A::Es512 => matches!(kind, KeyKind::Ec(521 | 528)),
    }
}

/// `mds.jws.x5u-origin`: an `x5u` of another origin than the BLOB's is refused.
fn x5u_origin(blob: &Blob, options: &Options) -> Step {
    let step = Step::new("mds.jws.x5u-origin", "3.2 (4.1)", "MUST");
    let Some(x5u) = &blob.header().x5u else {
        return step
            .outcome(Outcome::NotApplicable)
            .note("the header has no `x5u`");
    };
    let Some(url) = &options.blob_url else {
        let note = "where the BLOB was downloaded is unknown, so no `x5u` is followed";
        return step.outcome(Outcome::Fail).found(x5u.clone()).note(note);
    };
    let same = origin(url).is_some() && origin(url) == origin(x5u);
    step.pass_if(same)
        .expected(origin(url).unwrap_or_default())
        .found(x5u.clone())
}

/// Scheme, host and port of a URL.
fn origin(url: &str) -> Option<String> {
    let (scheme, rest) = url.split_once("://")?;
    let host = rest.split(['/', '?', '#']).next()?;
    Some(format!("{scheme}://{host}").to_ascii_lowercase())
}

/// `mds.jws.leaf-name`: the roots sign for the whole web, so the name is pinned.
fn leaf_name(leaf: Option<&Certificate<'_>>, signer: &signer::Signer) -> Step {
    let step = Step::new("mds.jws.leaf-name", "", "STRICT").expected(SERVICE_NAME);
    if signer.is_anchor {
        let note = "a trust anchor signs directly";
        return step.outcome(Outcome::NotApplicable).note(note);
    }
    let Some(leaf) = leaf else {
        return step
            .outcome(Outcome::Fail)
            .found("no readable leaf certificate");
    };
    let names = leaf.dns_names();
    let named = names
        .iter()
        .any(|name| name.eq_ignore_ascii_case(SERVICE_NAME));
    let found = match names.first() {
        Some(_) => names.join(", "),
        None => format!("no DNS name; subject `{}`", leaf.name()),
    };
    step.pass_if(named).found(found)
}

/// `mds.no-rollback`: the number is later than that of the BLOB at hand.
fn no_rollback(blob: &Blob, options: &Options) -> Step {
    let step = Step::new("mds.no-rollback", "3.2 (6)", "SHOULD");
    let Some(cached) = options.cached_no else {
        let note = "no earlier BLOB to compare with";
        let step = step.outcome(Outcome::NotEvaluated).note(note);
        return match blob.no() {
            Some(no) => step.found(format!("no {no}")),
            None => step,
        };
    };
    let step = step.expected(format!("more than {cached}"));
    match blob.no() {
        Some(no) => step.pass_if(no > cached).found(no.to_string()),
        None => step.outcome(Outcome::Fail).found("no readable `no`"),
    }
}

/// `mds.next-update`: a day in the past makes the BLOB stale, not invalid.
fn next_update(blob: &Blob, now: DateTime<Utc>) -> Step {
    let step = Step::new("mds.next-update", "3.2 (3)", "SHOULD");
    match blob.next_update() {
        None => step
            .outcome(Outcome::NotEvaluated)
            .note("the BLOB has no readable `nextUpdate`"),
        Some(day) => {
            let late = (now.date_naive() - day).num_days();
            let step = step
                .expected(format!("{} or later", now.date_naive()))
                .found(day.to_string());
            if late > 0 {
                step.outcome(Outcome::Warn)
                    .note(format!("stale for {late} days"))
            } else {
                step
            }
        }
    }
}

/// `mds.legal-header`: the terms are there.
fn legal_header(blob: &Blob) -> Step {
    let step = Step::new("mds.legal-header", "3.1.6", "MUST");
    match blob.legal_header() {
        Some(text) => step.found(text),
        None => step.outcome(Outcome::Fail).found("no `legalHeader`"),
    }
}
