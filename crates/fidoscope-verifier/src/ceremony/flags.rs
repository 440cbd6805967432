//! The flags of authenticator data that both ceremonies look at.

use fidoscope_recording::Recording;
use fidoscope_webauthn::Flags;

use crate::verdict::judge::Judge;
use crate::verdict::registry::StepInfo;

/// `WebAuthn L3 §7.1 step 16`, `§7.2 step 17`.
pub(crate) fn verification(
    judge: &mut Judge,
    flags: Flags,
    asked: Option<&str>,
    recording: &Recording,
    step: &'static StepInfo,
) {
    let required = recording
        .policy
        .require_uv
        .unwrap_or(asked == Some("required"));
    match (required, flags.uv()) {
        (true, false) => judge.fail(step, "UV=1", "UV=0"),
        (true, true) => judge.pass(step),
        (false, _) => judge.not_applicable(step, "user verification is not required"),
    }
}

/// `WebAuthn L3 §7.1 step 17`, `§7.2 step 18`.
pub(crate) fn backup(judge: &mut Judge, flags: Flags, step: &'static StepInfo) {
    if flags.bs() && !flags.be() {
        judge.fail(step, "BS=0, as BE=0", "BS=1");
    } else {
        judge.pass(step);
    }
}

/// A flag that the policy asks for (`WebAuthn L3 §7.1 steps 18-19`).
pub(crate) fn backup_policy(
    judge: &mut Judge,
    wanted: Option<bool>,
    found: bool,
    name: &str,
    step: &'static StepInfo,
) {
    match wanted {
        None => judge.not_applicable(step, "the policy does not use it"),
        Some(wanted) if wanted == found => judge.pass(step),
        Some(wanted) => {
            let expected = format!("{name}={}", u8::from(wanted));
            judge.fail(step, expected, format!("{name}={}", u8::from(found)));
        }
    }
}
