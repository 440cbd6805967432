//! Lines in the shape of Okta's System Log (Identity Engine), with the shadows and the events
//! about other factors that surround a passkey there.

use crate::act::{Act, Ending, Reason, What};
use crate::dice::Dice;
use crate::json::{Object, uuid};
use crate::log::Shape;
use crate::native::address;

/// The shape of Okta's System Log.
pub(crate) struct Okta;

/// One event, before it is written.
struct Entry<'a> {
    part: u64,
    event: &'a str,
    message: &'a str,
    result: &'a str,
    reason: Option<&'a str>,
    /// Authentication factor, where one is spoken of.
    factor: Option<&'a str>,
    enrolment: bool,
}

const PASSKEY: &str = "FIDO_WEBAUTHN";

impl Shape for Okta {
    fn lines(&mut self, act: &Act, emit: &mut dyn FnMut(i64, Vec<u8>)) {
        match act.what {
            What::SignIn(ending) => sign_in(act, ending, emit),
            What::Registration(ending) => registration(act, ending, emit),
            What::Removal => {
                let mut entry = entry(0, "user.mfa.factor.deactivate", "Reset factor for user");
                entry.reason = Some("User reset FIDO_WEBAUTHN factor");
                entry.factor = Some(PASSKEY);
                entry.enrolment = true;
                emit(act.at, line(act, act.at, &entry));
            }
            What::Recovery(_) => {
                let entry = entry(
                    0,
                    "user.account.reset_password",
                    "Fired when the user's password is reset",
                );
                emit(act.at, line(act, act.at, &entry));
            }
            What::PromptSkipped => {
                let mut entry = entry(0, "user.mfa.promote_enrollment", "Promote enrollment");
                entry.result = "SKIPPED";
                emit(act.at, line(act, act.at, &entry));
            }
            What::Fallback(_) => other_factor(act, "EMAIL_FACTOR", emit),
            _ => unrelated(act, emit),
        }
    }
}

fn entry<'a>(part: u64, event: &'a str, message: &'a str) -> Entry<'a> {
    Entry {
        part,
        event,
        message,
        result: "SUCCESS",
        reason: None,
        factor: None,
        enrolment: false,
    }
}

/// One sign-in leaves four events; only the second one is about the passkey.
fn sign_in(act: &Act, ending: Ending, emit: &mut dyn FnMut(i64, Vec<u8>)) {
    let mut policy = entry(0, "policy.evaluate_sign_on", "Evaluation of sign-on policy");
    policy.result = "CHALLENGE";
    policy.reason = Some("Sign-on policy evaluation resulted in CHALLENGE");
    emit(act.at, line(act, act.at, &policy));
    let mut used = entry(
        1,
        "user.authentication.auth_via_mfa",
        "Authentication of user via MFA",
    );
    used.factor = Some(PASSKEY);
    used.enrolment = true;
    match ending {
        Ending::Success => {}
        Ending::Failure(reason) | Ending::Rejection(reason) => {
            used.result = "FAILURE";
            used.reason = Some(sign_in_reason(reason));
        }
        Ending::Silence => {
            used.result = if act.id.is_multiple_of(2) {
                "UNANSWERED"
            } else {
                "ABANDONED"
            };
            let at = act.at + 300_000;
            emit(at, line(act, at, &used));
            return;
        }
    }
    emit(act.end(), line(act, act.end(), &used));
    if ending == Ending::Success {
        let session = entry(2, "user.session.start", "User login to Okta");
        emit(act.end() + 18, line(act, act.end() + 18, &session));
        let verify = entry(3, "user.authentication.verify", "Verify user identity");
        emit(act.end() + 31, line(act, act.end() + 31, &verify));
    }
}

fn sign_in_reason(reason: &Reason) -> &'static str {
    match reason.side {
        "client" => "User rejected WebAuthn prompt",
        _ => "INVALID_CREDENTIALS",
    }
}

fn registration(act: &Act, ending: Ending, emit: &mut dyn FnMut(i64, Vec<u8>)) {
    let mut activate = entry(
        1,
        "user.mfa.factor.activate",
        "Activate factor or authenticator enrollment for user",
    );
    activate.factor = Some(PASSKEY);
    activate.enrolment = true;
    match ending {
        Ending::Success => activate.reason = Some("User set up FIDO_WEBAUTHN factor"),
        Ending::Failure(_) => {
            activate.result = "FAILURE";
            activate.reason = Some("FIDO_WEBAUTHN enrollment verification failed");
        }
        Ending::Rejection(_) => {
            activate.result = "FAILURE";
            activate.reason = Some("Authenticator AAGUID is not in the allowed list");
        }
        // Okta has no word for a registration that begins.
        Ending::Silence => return,
    }
    emit(act.end(), line(act, act.end(), &activate));
}

fn other_factor(act: &Act, factor: &str, emit: &mut dyn FnMut(i64, Vec<u8>)) {
    let mut used = entry(
        1,
        "user.authentication.auth_via_mfa",
        "Authentication of user via MFA",
    );
    used.factor = Some(factor);
    emit(act.at, line(act, act.at, &used));
    let session = entry(2, "user.session.start", "User login to Okta");
    emit(act.at + 22, line(act, act.at + 22, &session));
}

fn unrelated(act: &Act, emit: &mut dyn FnMut(i64, Vec<u8>)) {
    let which = if let What::Unrelated(which) = act.what {
        which
    } else {
        0
    };
    let single = match which {
        0..250 => return other_factor(act, "OKTA_VERIFY_PUSH", emit),
        250..330 => return other_factor(act, "TOKEN:SOFTWARE:TOTP", emit),
        330..700 => entry(0, "user.authentication.sso", "User single sign on to app"),
        700..900 => entry(0, "user.session.end", "User logout from Okta"),
        900..960 => entry(
            0,
            "group.user_membership.add",
            "Add user to group membership",
        ),
        _ => entry(
            0,
            "application.user_membership.add",
            "Add user to application membership",
        ),
    };
    emit(act.at, line(act, act.at, &single));
}

fn line(act: &Act, at: i64, entry: &Entry<'_>) -> Vec<u8> {
    let session = format!("{:016x}", act.id);
    let user = token("00u", &act.user);
    let mut line = Object::new();
    line.object("actor", |actor| {
        actor
            .text("id", &user)
            .text("type", "User")
            .text("alternateId", &login(act))
            .text("displayName", "Example Person")
            .null("detailEntry");
    });
    line.object("client", |client| client_of(client, act))
        .null("device");
    line.object("authenticationContext", |context| {
        context
            .null("authenticationProvider")
            .null("credentialProvider")
            .null("credentialType")
            .null("issuer")
            .null("interface")
            .number("authenticationStep", 0)
            .text("rootSessionId", &format!("102{session}"))
            .text("externalSessionId", &format!("102{session}"));
    });
    line.text("displayMessage", entry.message)
        .text("eventType", entry.event);
    line.object("outcome", |outcome| {
        outcome.text("result", entry.result);
        match entry.reason {
            Some(reason) => outcome.text("reason", reason),
            None => outcome.null("reason"),
        };
    });
    line.instant("published", at);
    line.object("securityContext", |context| {
        context
            .number("asNumber", i64::from(act.place.asn))
            .text("asOrg", "example access network")
            .text("isp", "example access network")
            .text("domain", ".")
            .boolean("isProxy", false);
    });
    line.text(
        "severity",
        if entry.result == "FAILURE" {
            "WARN"
        } else {
            "INFO"
        },
    );
    line.object("debugContext", |context| {
        context.object("debugData", |data| debug_data(data, act, entry));
    });
    line.text("legacyEventType", "core.user.factor.attempt_success");
    line.object("transaction", |transaction| {
        transaction
            .text("type", "WEB")
            .text("id", &session)
            .object("detail", |_| {});
    });
    line.text("uuid", &uuid(&Dice::new(act.id, 10 + entry.part).bytes()))
        .text("version", "0");
    targets(&mut line, act, entry, &user);
    line.finish()
}

fn client_of(client: &mut Object, act: &Act) {
    let device = act.device;
    let class = if device.class == "mobile" {
        "Mobile"
    } else {
        "Computer"
    };
    client.object("userAgent", |agent| {
        agent
            .text("rawUserAgent", device.user_agent)
            .text("os", device.os)
            .text("browser", &device.browser.to_ascii_uppercase());
    });
    client.text("zone", "null").text("device", class).null("id");
    client.text("ipAddress", &address(act));
    client.object("geographicalContext", |place| {
        place
            .text("city", act.place.city)
            .null("state")
            .text("country", act.place.country_name)
            .null("postalCode")
            .object("geolocation", |spot| {
                spot.raw("lat", &degrees(act.place.north))
                    .raw("lon", &degrees(act.place.east));
            });
    });
}

fn debug_data(data: &mut Object, act: &Act, entry: &Entry<'_>) {
    data.text(
        "requestId",
        &format!("{:032x}", u128::from(act.id) * 0x9e37_79b9_7f4a_7c15),
    )
    .text(
        "dtHash",
        &format!(
            "{:016x}",
            act.challenge
                .iter()
                .fold(0_u64, |sum, byte| { sum.rotate_left(8) ^ u64::from(*byte) })
        ),
    )
    .text("requestUri", "/idp/idx/challenge/answer")
    .text("url", "/idp/idx/challenge/answer?")
    .text("threatSuspected", "false")
    .text("risk", "{level=LOW}")
    .text(
        "behaviors",
        "{New Geo-Location=NEGATIVE, New Device=NEGATIVE, New IP=NEGATIVE}",
    );
    data.text_if("factor", entry.factor);
    if entry.enrolment {
        data.text("authenticatorMethodChallengeTime", &act.issued.to_string())
            .text("responseTime", &(act.server_us / 1000).to_string())
            .text("traceId", &uuid(&Dice::new(act.id, 9).bytes()))
            .text("origin", "https://acme.okta.example");
    }
}

fn targets(line: &mut Object, act: &Act, entry: &Entry<'_>, user: &str) {
    let person = |target: &mut Object| {
        target
            .text("id", user)
            .text("type", "User")
            .text("alternateId", &login(act))
            .text("displayName", "Example Person")
            .null("detailEntry");
    };
    let enrolment = |target: &mut Object| {
        target
            .text("id", &token("fwf", &act.credential.row))
            .text("type", "AuthenticatorEnrollment")
            .text("alternateId", "unknown")
            .text("displayName", "Passkey (FIDO2 WebAuthn)")
            .object("detailEntry", |detail| {
                detail
                    .text(
                        "methodTypeUsed",
                        "Use Security Key or Biometric Authenticator",
                    )
                    .text("methodUsedVerifiedProperties", properties(act));
            });
    };
    if entry.enrolment {
        line.objects("target", &[&person, &enrolment]);
    } else {
        line.objects("target", &[&person]);
    }
}

/// What Okta says of the authenticator: a list in a text.
fn properties(act: &Act) -> &'static str {
    match (act.credential.model.synced, act.user_verified) {
        (true, true) => "[USER_PRESENCE, PHISHING_RESISTANT, USER_VERIFYING]",
        (true, false) => "[USER_PRESENCE, PHISHING_RESISTANT]",
        (false, true) => {
            "[USER_PRESENCE, PHISHING_RESISTANT, HARDWARE_PROTECTED, USER_VERIFYING, DEVICE_BOUND]"
        }
        (false, false) => "[USER_PRESENCE, PHISHING_RESISTANT, HARDWARE_PROTECTED, DEVICE_BOUND]",
    }
}

fn login(act: &Act) -> String {
    let [a, b, c, ..] = act.user;
    format!("person.{a:02x}{b:02x}{c:02x}@acme.example")
}

/// Thousandths of a degree as a decimal fraction.
fn degrees(thousandths: i32) -> String {
    let sign = if thousandths < 0 { "-" } else { "" };
    let size = thousandths.unsigned_abs();
    format!("{sign}{}.{:03}", size / 1000, size % 1000)
}

/// An identifier as Okta makes them: three letters and seventeen of 62 signs.
fn token(prefix: &str, bytes: &[u8; 16]) -> String {
    const SIGNS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let mut text = String::from(prefix);
    for byte in bytes {
        let sign = SIGNS.get(usize::from(*byte) % 62).copied().unwrap_or(b'0');
        text.push(char::from(sign));
    }
    text.push('7');
    text
}
