//! What a model's statement allows its authenticators to be.

use super::{Case, Observed};
use crate::certificate::Certificate;
use crate::entry::{Entry, Statement};
use crate::rules::Rule;
use crate::trace::{Step, Strictness};

/// Judges a rule about statements; `None` for other rules.
pub(super) fn judge(case: &Case<'_>, rule: &'static Rule, entry: &Entry) -> Option<Step> {
    let judge = match rule.id {
        "mds.stmt.roots" => roots,
        "mds.stmt.att-types" => attestation_types,
        "mds.stmt.algs" => algorithms,
        "mds.stmt.version" => version,
        "mds.stmt.multi-device" => multi_device,
        _ => return None,
    };
    let step = Step::new(rule);
    Some(match &entry.statement {
        Some(statement) => judge(step, case, statement),
        None => step.not_evaluated("the entry has no statement"),
    })
}

/// `mds.stmt.roots`: anchors of which at least one can be read.
fn roots(step: Step, _: &Case<'_>, statement: &Statement) -> Step {
    let roots = &statement.attestation_roots;
    if roots.is_empty() {
        return step.not_applicable("the statement lists no trust anchor");
    }
    let usable = roots
        .iter()
        .filter(|der| Certificate::parse(der).is_some())
        .count();
    step.pass_if(usable > 0)
        .expected("a set of roots, intermediates or attestation certificates")
        .found(format!("{usable} of {} can be read", roots.len()))
}

/// `mds.stmt.att-types`: what was observed is a type that the model has.
fn attestation_types(step: Step, case: &Case<'_>, statement: &Statement) -> Step {
    let Some(observed) = case.attested.observed else {
        return step.not_evaluated("needs the attestation of an authenticator");
    };
    let fitting: &[&str] = match observed {
        Observed::Certified => &["basic_full", "attca", "anonca"],
        Observed::SelfSigned => &["basic_surrogate"],
        // Whoever asks for no attestation gets none from any model.
        Observed::None => return step.not_applicable("there is no attestation"),
    };
    let types = &statement.attestation_types;
    let step = step.expected(fitting.join(" or ")).found(types.join(", "));
    if types.iter().any(|known| fitting.contains(&known.as_str())) {
        step
    } else {
        step.fails_in(Strictness::FidoServer)
    }
}

/// `mds.stmt.algs`: the credential's algorithm is one that the model has.
fn algorithms(step: Step, case: &Case<'_>, statement: &Statement) -> Step {
    let Some(algorithm) = case.attested.algorithm else {
        return step.not_evaluated("needs the credential of an authenticator");
    };
    let names = names(algorithm);
    if names.is_empty() {
        let note = format!("metadata has no name for COSE algorithm {algorithm}");
        return step.not_evaluated(note);
    }
    let listed = &statement.authentication_algorithms;
    let step = step.expected(names.join(" or ")).found(listed.join(", "));
    if listed.iter().any(|known| names.contains(&known.as_str())) {
        step
    } else {
        step.fails_in(Strictness::FidoServer)
    }
}

/// The names of a COSE algorithm in the registry of predefined values.
fn names(algorithm: i64) -> &'static [&'static str] {
    match algorithm {
        -7 | -9 => &["secp256r1_ecdsa_sha256_raw", "secp256r1_ecdsa_sha256_der"],
        -35 | -51 => &["secp384r1_ecdsa_sha384_raw"],
        -36 | -52 => &["secp521r1_ecdsa_sha512_raw"],
        -47 => &["secp256k1_ecdsa_sha256_raw", "secp256k1_ecdsa_sha256_der"],
        -8 => &["ed25519_eddsa_sha512_raw", "ed448_eddsa_sha512_raw"],
        -19 => &["ed25519_eddsa_sha512_raw"],
        -53 => &["ed448_eddsa_sha512_raw"],
        -37 => &["rsassa_pss_sha256_raw", "rsassa_pss_sha256_der"],
        -38 => &["rsassa_pss_sha384_raw"],
        -39 => &["rsassa_pss_sha512_raw"],
        -257 => &[
            "rsassa_pkcsv15_sha256_raw",
            "rsa_emsa_pkcs1_sha256_raw",
            "rsa_emsa_pkcs1_sha256_der",
        ],
        -258 => &["rsassa_pkcsv15_sha384_raw"],
        -259 => &["rsassa_pkcsv15_sha512_raw"],
        -65535 => &["rsassa_pkcsv15_sha1_raw"],
        _ => &[],
    }
}

/// `mds.stmt.version`: the firmware that the certificate tells of is not below the lowest
/// trustworthy one.
fn version(step: Step, case: &Case<'_>, statement: &Statement) -> Step {
    let Some(lowest) = statement.authenticator_version else {
        return step.not_evaluated("the statement has no readable `authenticatorVersion`");
    };
    let leaf = case
        .attested
        .chain
        .first()
        .and_then(|der| Certificate::parse(der));
    let Some(firmware) = leaf.and_then(|leaf| leaf.firmware_version()) else {
        let note = "no certificate tells the authenticator's firmware";
        return step
            .not_evaluated(note)
            .expected(format!("{lowest} or later"));
    };
    let step = step
        .expected(format!("{lowest} or later"))
        .found(firmware.to_string());
    if firmware < lowest {
        step.fails_in(Strictness::Strict)
    } else {
        step
    }
}

/// `mds.stmt.multi-device`: a model that cannot sync has no credential that may be backed up (MDS
/// 3.1).
fn multi_device(step: Step, case: &Case<'_>, statement: &Statement) -> Step {
    let Some(support) = statement.multi_device_credential_support.as_deref() else {
        return step.not_applicable("the statement does not say");
    };
    let Some(eligible) = case.attested.backup_eligible else {
        return step
            .not_evaluated("needs the credential of an authenticator")
            .found(support);
    };
    let step = step.found(format!("{support}, and BE {}", u8::from(eligible)));
    if support == "unsupported" && eligible {
        step.expected("BE 0").fails_in(Strictness::Strict)
    } else {
        step
    }
}
