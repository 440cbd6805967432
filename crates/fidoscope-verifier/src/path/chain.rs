//! Trust paths: `chain.*`. A search over what came with the attestation and the anchors, at an
//! instant that is an input.
//!
//! A web PKI validator would stop at its first error, demand a v3 leaf and an extended key usage,
//! and name one reason for all paths together. Here every path is followed to an anchor and its
//! faults are collected per step; the path with the fewest decides. Anchors are names and keys
//! (RFC 5280 §6.1.1): their own validity does not count.

use chrono::{DateTime, Utc};

use fidoscope_recording::LegacyPolicy;

use crate::facts::certificate::{Certificate, Unsigned};
use crate::path::revocation::{self, Revocation, Standing};
use crate::verdict::judge::Judge;
use crate::verdict::registry as step;
use crate::verdict::registry::StepInfo;
use crate::verdict::trace::AnchorUsed;

/// Longest path, leaf and anchor included.
const MAX_PATH: usize = 8;
/// How many steps a search may take, against certificates made to confuse it.
const MAX_STEPS: usize = 400;

/// A fault of one path.
struct Fault {
    step: &'static StepInfo,
    expected: String,
    found: String,
    /// The rule could not be evaluated, so that nothing is known to be wrong.
    open: bool,
}

/// What paths are judged by.
pub(crate) struct Terms<'t> {
    pub(crate) now: Option<DateTime<Utc>>,
    pub(crate) revocation: &'t Revocation<'t>,
    pub(crate) legacy: LegacyPolicy,
}

/// Which certificate stands where in a path: positions in the attestation's list, then an anchor.
struct Path {
    links: Vec<usize>,
    anchor: usize,
}

struct Search<'s, 'a> {
    sent: &'s [Certificate<'a>],
    anchors: &'s [Certificate<'a>],
    terms: &'s Terms<'s>,
    steps: usize,
    best: Option<(Path, Vec<Fault>)>,
}

/// Judges the path from the first certificate of `sent`; true when nothing is known to be wrong
/// with it.
pub(crate) fn judge(
    judge: &mut Judge,
    sent: &[Certificate<'_>],
    anchors: &[Certificate<'_>],
    terms: &Terms<'_>,
) -> bool {
    let Some(leaf) = sent.first() else {
        return false;
    };
    if let Some(anchor) = anchors.iter().find(|anchor| anchor.der == leaf.der) {
        judge.skip(&step::CHAIN_REVOKED, "the certificate is an anchor itself");
        return pinned(judge, leaf, anchor, terms);
    }
    let mut search = Search {
        sent,
        anchors,
        terms,
        steps: 0,
        best: None,
    };
    search.extend(&mut vec![0]);
    let Some((path, faults)) = search.best.take() else {
        no_path(judge, leaf, anchors);
        judge.skip(&step::CHAIN_REVOKED, "there is no path");
        return false;
    };
    let chain = search.certificates(&path);
    judge.not_applicable(
        &step::CHAIN_LEAF_ANCHOR,
        "the certificate is no anchor itself",
    );
    report(judge, &faults, &chain, terms.now);
    report_revocation(judge, &faults, &chain, terms.revocation);
    leaf_extensions(judge, leaf);
    if let Some(anchor) = anchors.get(path.anchor)
        && faults.is_empty()
    {
        judge.anchor = Some(AnchorUsed {
            subject: anchor.subject(),
            test: anchor.is_for_tests(),
        });
    }
    faults.iter().all(|fault| fault.open)
}

/// What keeps certificates that must follow each other from doing so.
pub(crate) enum Break {
    /// Wanted, and found.
    Known(String, String),
    /// A signature that cannot be verified here.
    Unknown(String),
}

/// What is wrong with certificates that must follow each other, leaf first: a name, a signature
/// or a date. Whether the last one is trusted is not asked.
pub(crate) fn first_break(sent: &[Certificate<'_>], now: Option<DateTime<Utc>>) -> Option<Break> {
    let links = sent.array_windows::<2>();
    let links = links.filter_map(|[subject, issuer]| name_and_signature(subject, issuer));
    let dates = sent
        .iter()
        .filter_map(|certificate| validity(certificate, now));
    let fault = links.chain(dates).min_by_key(|fault| fault.open)?;
    Some(match fault.open {
        false => Break::Known(fault.expected, fault.found),
        true => Break::Unknown(fault.found),
    })
}

/// RFC 5280 §4.2 and §6.1.5 (f) ask the same of the last certificate as of its issuers: one with a
/// critical extension that nobody here understands is to be rejected. WebAuthn L3 §7.1 asks of an
/// attestation certificate that it chains up to an anchor, and leaves what it says to the rules of
/// its format (§8.2.1, §8.3.1, §8.4, §8.8), which read extensions that no path validation knows and
/// say themselves which may not be critical. So this is no failure but in the profile `strict`: the
/// catalogue of mutations (row ch-17, scope S) asks for it there and for acceptance elsewhere. An
/// issuer with such an extension fails in every profile, see `authority`. The standard's own rules
/// read the subject's other names, so those count as understood.
fn leaf_extensions(judge: &mut Judge, leaf: &Certificate<'_>) {
    const ALTERNATIVE_NAME: &str = "2.5.29.17";
    if let Some(oid) = leaf.unprocessed_critical_extension()
        && oid != ALTERNATIVE_NAME
    {
        let expected = "critical extensions that are understood";
        let found = format!("{oid} in `{}`", leaf.subject());
        judge.lint_passed(&step::CHAIN_BUILD, expected, found);
    }
}

fn pinned(
    judge: &mut Judge,
    leaf: &Certificate<'_>,
    anchor: &Certificate<'_>,
    terms: &Terms<'_>,
) -> bool {
    judge.pass_with(&step::CHAIN_LEAF_ANCHOR, leaf.subject());
    let weak = weakness(leaf, false, terms.legacy);
    let odd = remarks(&[leaf]);
    match &weak {
        Some(fault) => judge.fail(fault.step, fault.expected.clone(), fault.found.clone()),
        None if odd.is_empty() => {
            judge.not_applicable(&step::CHAIN_BUILD, "the certificate is an anchor itself");
        }
        None => judge.warn(&step::CHAIN_BUILD, SOUND, odd.join("; ")),
    }
    let fault = validity(leaf, terms.now);
    let valid = fault.is_none() && weak.is_none();
    match (fault, terms.now) {
        (Some(fault), _) => judge.fail(fault.step, fault.expected, fault.found),
        (None, Some(_)) => judge.pass(&step::CHAIN_VALIDITY),
        (None, None) => judge.open(&step::CHAIN_VALIDITY, "no instant given"),
    }
    judge.anchor = Some(AnchorUsed {
        subject: anchor.subject(),
        test: anchor.is_for_tests(),
    });
    valid
}

fn no_path(judge: &mut Judge, leaf: &Certificate<'_>, anchors: &[Certificate<'_>]) {
    let same_key = |anchor: &&Certificate<'_>| anchor.parts.key.der == leaf.parts.key.der;
    if let Some(anchor) = anchors.iter().find(same_key) {
        let expected = format!("the pinned certificate `{}`", anchor.subject());
        judge.fail(
            &step::CHAIN_LEAF_ANCHOR,
            expected,
            "another certificate of the same key",
        );
        return;
    }
    let names: Vec<String> = anchors.iter().map(Certificate::subject).collect();
    let expected = format!("a path to one of: {}", names.join("; "));
    let found = format!("`{}` issued by `{}`", leaf.subject(), leaf.issuer());
    judge.fail(&step::CHAIN_BUILD, expected, found);
}

/// What certificates should be like, beyond what path validation demands.
const SOUND: &str = "certificates of version 3 in DER, no SHA-1, RSA keys of 2048 bits or more";

fn report(
    judge: &mut Judge,
    faults: &[Fault],
    chain: &[&Certificate<'_>],
    now: Option<DateTime<Utc>>,
) {
    let steps = [
        &step::CHAIN_BUILD,
        &step::CHAIN_NAME_SIG,
        &step::CHAIN_VALIDITY,
        &step::CHAIN_CA,
    ];
    for step in steps {
        // One link that is known to be broken outweighs any that cannot be verified here.
        let of_step = faults.iter().filter(|fault| std::ptr::eq(fault.step, step));
        match of_step.min_by_key(|fault| fault.open) {
            Some(fault) if fault.open => judge.open(step, fault.found.clone()),
            Some(fault) => judge.fail(step, fault.expected.clone(), fault.found.clone()),
            None if std::ptr::eq(step, &step::CHAIN_VALIDITY) && now.is_none() => {
                judge.open(step, "no instant given");
            }
            None if std::ptr::eq(step, &step::CHAIN_BUILD) => built(judge, chain),
            None => judge.pass(step),
        }
    }
}

/// There is a path without fault; what is weak or odd in it is not passed over in silence.
fn built(judge: &mut Judge, chain: &[&Certificate<'_>]) {
    let odd = remarks(chain);
    if odd.is_empty() {
        judge.pass(&step::CHAIN_BUILD);
    } else {
        judge.warn(&step::CHAIN_BUILD, SOUND, odd.join("; "));
    }
}

/// Weak or odd things in a path whose last certificate is the anchor.
fn remarks(chain: &[&Certificate<'_>]) -> Vec<String> {
    let mut remarks = Vec::new();
    for (at, certificate) in chain.iter().enumerate() {
        let is_anchor = at > 0 && at + 1 == chain.len();
        let mut found = certificate.weaknesses(is_anchor);
        if !is_anchor {
            found.extend(certificate.oddities());
        }
        if !found.is_empty() {
            let name = certificate.subject();
            remarks.extend(found.iter().map(|what| format!("`{name}`: {what}")));
        }
    }
    remarks
}

fn report_revocation(
    judge: &mut Judge,
    faults: &[Fault],
    chain: &[&Certificate<'_>],
    revocation: &Revocation<'_>,
) {
    let step = &step::CHAIN_REVOKED;
    if let Some(fault) = faults.iter().find(|fault| std::ptr::eq(fault.step, step)) {
        return judge.fail(step, fault.expected.clone(), fault.found.clone());
    }
    match revocation.verdict(chain) {
        revocation::Verdict::NoLists => judge.skip(step, "no revocation lists given"),
        revocation::Verdict::Good(found) => judge.pass_with(step, found),
        revocation::Verdict::Unknown(note) => judge.skip(step, note),
        revocation::Verdict::Unusable(note) => judge.open(step, note),
    }
}

impl<'a> Search<'_, 'a> {
    /// Continues a path from its last certificate to every issuer that might be meant.
    fn extend(&mut self, links: &mut Vec<usize>) {
        self.steps += 1;
        let Some(last) = links.last().and_then(|at| self.sent.get(*at)) else {
            return;
        };
        if self.steps > MAX_STEPS || links.len() >= MAX_PATH || self.is_sound() {
            return;
        }
        for (anchor, certificate) in self.anchors.iter().enumerate() {
            if may_issue(certificate, last) {
                self.finish(Path {
                    links: links.clone(),
                    anchor,
                });
            }
        }
        for (at, certificate) in self.sent.iter().enumerate() {
            if !links.contains(&at) && may_issue(certificate, last) {
                links.push(at);
                self.extend(links);
                links.pop();
            }
        }
    }

    fn is_sound(&self) -> bool {
        self.best
            .as_ref()
            .is_some_and(|(_, faults)| faults.is_empty())
    }

    /// Keeps the better of two paths. One of which nothing is known to be wrong may be sound, so that it
    /// counts before any that is broken.
    fn finish(&mut self, path: Path) {
        let faults = self.faults(&path);
        let known = |faults: &[Fault]| faults.iter().filter(|fault| !fault.open).count();
        let better = self
            .best
            .as_ref()
            .is_none_or(|(_, best)| (known(&faults), faults.len()) < (known(best), best.len()));
        if better {
            self.best = Some((path, faults));
        }
    }

    /// The certificates of a path, leaf first, anchor last.
    fn certificates(&self, path: &Path) -> Vec<&Certificate<'a>> {
        let links = path.links.iter().filter_map(|at| self.sent.get(*at));
        links.chain(self.anchors.get(path.anchor)).collect()
    }

    fn faults(&self, path: &Path) -> Vec<Fault> {
        let chain = self.certificates(path);
        let mut faults = Vec::new();
        for (depth, pair) in chain.array_windows::<2>().enumerate() {
            let [subject, issuer] = pair;
            let is_anchor = depth + 2 == chain.len();
            faults.extend(name_and_signature(subject, issuer));
            faults.extend(validity(subject, self.terms.now));
            faults.extend(repeated(subject));
            faults.extend(authority(issuer, depth, is_anchor));
            faults.extend(weakness(subject, false, self.terms.legacy));
            if is_anchor {
                faults.extend(weakness(issuer, true, self.terms.legacy));
            }
            faults.extend(revoked(subject, issuer, self.terms.revocation));
        }
        faults
    }
}

/// RFC 5280 §4.2: readers that take the first of two extensions and readers that take the last
/// must not see different certificates.
fn repeated(certificate: &Certificate<'_>) -> Option<Fault> {
    let oid = certificate.repeated_extension()?;
    Some(Fault {
        step: &step::CHAIN_BUILD,
        expected: "every extension once".to_owned(),
        found: format!("{oid} twice in `{}`", certificate.subject()),
        open: false,
    })
}

fn weakness(certificate: &Certificate<'_>, is_anchor: bool, policy: LegacyPolicy) -> Option<Fault> {
    if policy != LegacyPolicy::Reject {
        return None;
    }
    let weak = certificate.weaknesses(is_anchor);
    (!weak.is_empty()).then(|| Fault {
        step: &step::CHAIN_BUILD,
        expected: format!("{SOUND}, by policy"),
        found: format!("`{}`: {}", certificate.subject(), weak.join(", ")),
        open: false,
    })
}

fn revoked(
    subject: &Certificate<'_>,
    issuer: &Certificate<'_>,
    revocation: &Revocation<'_>,
) -> Option<Fault> {
    let Standing::Revoked(found) = revocation.standing(subject, issuer) else {
        return None;
    };
    Some(Fault {
        step: &step::CHAIN_REVOKED,
        expected: "no certificate of the path on a revocation list".to_owned(),
        found,
        open: false,
    })
}

/// An issuer by name, or by key where the name is wrong, so that the wrong name can be reported.
fn may_issue(issuer: &Certificate<'_>, subject: &Certificate<'_>) -> bool {
    issuer.parts.subject == subject.parts.issuer || subject.is_signed_by(issuer).is_ok()
}

fn name_and_signature(subject: &Certificate<'_>, issuer: &Certificate<'_>) -> Option<Fault> {
    if issuer.parts.subject != subject.parts.issuer {
        let (name, wanted) = (subject.subject(), subject.issuer());
        return Some(Fault {
            step: &step::CHAIN_NAME_SIG,
            expected: format!("`{name}` issued by `{wanted}`"),
            found: format!("issuer `{}`", issuer.subject()),
            open: false,
        });
    }
    // Names are put into words only where something is wrong.
    let fault = subject.is_signed_by(issuer).err()?;
    let name = subject.subject();
    let (found, open) = match fault {
        Unsigned::Unsupported(what) => (format!("`{name}`: {what}"), true),
        Unsigned::Invalid => ("one that its key did not make".to_owned(), false),
    };
    Some(Fault {
        step: &step::CHAIN_NAME_SIG,
        expected: format!("a signature of `{}` on `{name}`", issuer.subject()),
        found,
        open,
    })
}

fn validity(certificate: &Certificate<'_>, now: Option<DateTime<Utc>>) -> Option<Fault> {
    let now = now?.timestamp();
    let parts = &certificate.parts;
    if parts.not_before <= now && now <= parts.not_after {
        return None;
    }
    let instant = DateTime::from_timestamp(now, 0).map_or_else(String::new, |at| at.to_rfc3339());
    Some(Fault {
        step: &step::CHAIN_VALIDITY,
        expected: format!("`{}` valid at {instant}", certificate.subject()),
        found: format!("valid {}", certificate.period()),
        open: false,
    })
}

/// RFC 5280 §6.1.4: an issuer is a CA, may sign certificates and is not too far from the leaf.
fn authority(issuer: &Certificate<'_>, below: usize, is_anchor: bool) -> Option<Fault> {
    let fault = |expected: &str, found: String| {
        let expected = format!("`{}` {expected}", issuer.subject());
        Some(Fault {
            step: &step::CHAIN_CA,
            expected,
            found,
            open: false,
        })
    };
    if !is_anchor && let Some(oid) = issuer.unprocessed_critical_extension() {
        return Some(Fault {
            step: &step::CHAIN_BUILD,
            expected: "critical extensions that are understood".to_owned(),
            found: format!("{oid} in `{}`", issuer.subject()),
            open: false,
        });
    }
    match issuer.basic_constraints() {
        Err(error) => fault("with readable basic constraints", error),
        Ok(Some((false, _))) => fault("is a CA", "CA=false".to_owned()),
        Ok(None) if !is_anchor => fault("is a CA", "no basic constraints".to_owned()),
        // An anchor is a name and a key: how long its paths may be is for whoever trusts it to say.
        Ok(Some((true, Some(limit))))
            if !is_anchor && usize::try_from(limit).is_ok_and(|limit| below > limit) =>
        {
            fault(
                "within its path length",
                format!("{below} certificates below, {limit} allowed"),
            )
        }
        Ok(_) if issuer.may_sign_certificates() == Some(false) => fault(
            "may sign certificates",
            "key usage without keyCertSign".to_owned(),
        ),
        Ok(_) => None,
    }
}
