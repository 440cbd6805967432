//! The rules of the Metadata Service for a BLOB as a whole (MDS 3.1.7, 3.2), each a named step.

mod chain;
mod signer;

use crate::anchors::Anchors;
use crate::blob::Blob;
use crate::certificate::{Certificate, KeyKind};
use crate::error::BlobError;
use crate::jws::Algorithm;
use crate::rules::{self, RULES, Rule};
use crate::trace::{Outcome, Step, Strictness};
use chrono::{DateTime, Utc};

/// Host that the leaf certificate must name.
pub const SERVICE_NAME: &str = "mds.fidoalliance.org";

/// Inputs of [`Blob::verify`] beside anchors and clock.
#[derive(Clone, Debug, Default)]
pub struct Options<'a> {
    /// Revocation lists, PEM or DER; without any, revocation is not evaluated.
    pub crls: Vec<Vec<u8>>,
    /// Number of the BLOB at hand, against rollback.
    pub cached_no: Option<u64>,
    /// The BLOB at hand itself; its number counts where `cached_no` is absent.
    pub previous: Option<&'a Blob>,
    /// Whether a BLOB past its `nextUpdate` is refused; it is warned of otherwise.
    pub reject_stale: bool,
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

    /// What can be said of a file that cannot be opened: the envelope fails, and nothing else can
    /// be looked at.
    #[must_use]
    pub fn unopened(error: &BlobError) -> Self {
        let of_the_blob = RULES.iter().filter(|rule| !is_of_entries(rule.id));
        let closed = |rule: &&'static Rule| match rule.id {
            "mds.jws.compact" => Step::new(rule)
                .outcome(Outcome::Fail)
                .expected("three segments of base64url, of which two hold JSON")
                .found(error.to_string()),
            _ => Step::new(rule).not_evaluated("the BLOB cannot be opened"),
        };
        Self {
            steps: of_the_blob.map(closed).collect(),
            anchor: None,
            test_root: false,
        }
    }

    /// The first step that fails by a stricter measure.
    #[must_use]
    pub fn first_failed_in(&self, strictness: Strictness) -> Option<&Step> {
        let mut steps = self.steps.iter();
        steps.find(|step| step.outcome_in(strictness) == Outcome::Fail)
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

impl Blob {
    /// Judges the BLOB by every rule that concerns it as a whole, at `now`. All steps are
    /// evaluated, whatever came of the ones before.
    #[must_use]
    pub fn verify(
        &self,
        anchors: &Anchors,
        now: DateTime<Utc>,
        options: &Options<'_>,
    ) -> BlobVerdict {
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
        steps.push(next_update(self, now, options));
        steps.push(legal_header(self, options));
        steps.push(cache());
        let test_root = chain.anchor.as_ref().is_some_and(|anchor| !anchor.known);
        BlobVerdict {
            steps,
            anchor: chain.anchor,
            test_root,
        }
    }
}

/// `mds.jws.compact`: a BLOB that could be opened has passed, unless its header asks for more than
/// is known here.
fn compact(blob: &Blob) -> Step {
    let step = Step::new(&rules::JWS_COMPACT);
    if let Some(critical) = blob.header().critical() {
        return step
            .outcome(Outcome::Fail)
            .expected("no `crit`: no extension of JWS is supported (RFC 7515 §4.1.11)")
            .found(critical);
    }
    step.found(format!("{} entries", blob.entries().len()))
}

/// `mds.jws.alg`: asymmetric, on the list, and fitting the signer's key.
fn algorithm(blob: &Blob, leaf: Option<&Certificate<'_>>) -> Step {
    let step = Step::new(&rules::JWS_ALG).expected(Algorithm::LIST);
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
fn x5u_origin(blob: &Blob, options: &Options<'_>) -> Step {
    let step = Step::new(&rules::JWS_X5U_ORIGIN);
    let Some(x5u) = &blob.header().x5u else {
        return step
            .outcome(Outcome::NotApplicable)
            .note("the header has no `x5u`");
    };
    let Some(url) = &options.blob_url else {
        let note = "where the BLOB was downloaded is unknown, so no `x5u` is followed";
        return step
            .outcome(Outcome::Fail)
            .expected("no `x5u`")
            .found(x5u.clone())
            .note(note);
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
    let step = Step::new(&rules::JWS_LEAF_NAME).expected(SERVICE_NAME);
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

/// `mds.no-rollback`: the number is later than that of the BLOB at hand. Numbers between the two
/// were missed, which is normal for whoever does not ask every day.
fn no_rollback(blob: &Blob, options: &Options<'_>) -> Step {
    let step = Step::new(&rules::NO_ROLLBACK);
    let cached = options.cached_no;
    let Some(cached) = cached.or_else(|| options.previous.and_then(Blob::no)) else {
        let step = step.not_evaluated("no earlier BLOB to compare with");
        return match blob.no() {
            Some(no) => step.found(format!("no {no}")),
            None => step,
        };
    };
    let step = step.expected(format!("more than {cached}"));
    let Some(no) = blob.no() else {
        return step.outcome(Outcome::Fail).found("no readable `no`");
    };
    let step = step.pass_if(no > cached).found(no.to_string());
    match no.saturating_sub(cached).saturating_sub(1) {
        0 => step,
        missed => step
            .outcome(Outcome::Observation)
            .note(format!("{missed} numbers between them were missed")),
    }
}

/// `mds.next-update`: a day in the past makes the BLOB stale, not invalid, unless the caller
/// refuses stale ones. A BLOB that does not say its day (MDS 3.1.6 requires it) could be of any age.
fn next_update(blob: &Blob, now: DateTime<Utc>, options: &Options<'_>) -> Step {
    let step = Step::new(&rules::NEXT_UPDATE);
    let Some(day) = blob.next_update() else {
        let mut problems = blob.problems().iter();
        let unread = problems.find(|problem| problem.pointer == "/nextUpdate");
        let found = unread.map_or("no `nextUpdate`", |problem| problem.message.as_str());
        return step
            .outcome(Outcome::Fail)
            .expected("the day of the next BLOB, YYYY-MM-DD")
            .found(found);
    };
    let today = now.date_naive();
    let step = step
        .expected(format!("{today} or later"))
        .found(day.to_string());
    match (today - day).num_days() {
        ..=0 => step,
        late if options.reject_stale => step
            .outcome(Outcome::Fail)
            .note(format!("stale for {late} days, which is refused")),
        late => step
            .outcome(Outcome::Warn)
            .note(format!("stale for {late} days")),
    }
}

/// `mds.legal-header`: the terms are there; other terms than before want a person's consent.
fn legal_header(blob: &Blob, options: &Options<'_>) -> Step {
    let step = Step::new(&rules::LEGAL_HEADER);
    let Some(text) = blob.legal_header() else {
        return step
            .outcome(Outcome::Fail)
            .expected("the terms of use")
            .found("no `legalHeader`");
    };
    let step = step.found(text);
    match options.previous.and_then(Blob::legal_header) {
        Some(before) if before != text => step
            .outcome(Outcome::Warn)
            .expected(crate::members::shortened(before))
            .note("the terms have changed: somebody has to accept them"),
        _ => step,
    }
}

/// `mds.cache`: judging writes nothing; who keeps a BLOB does so after all other steps.
fn cache() -> Step {
    Step::new(&rules::CACHE).not_applicable("nothing is written to a cache by judging")
}

/// Whether a rule is about the entries of a BLOB.
pub(crate) fn is_of_entries(id: &str) -> bool {
    let families = ["mds.entry.", "mds.status.", "mds.stmt."];
    families.iter().any(|family| id.starts_with(family))
}
