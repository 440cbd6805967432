//! Lines in the shape of Keycloak's events as its Admin REST interface returns them.

use crate::act::{Act, Ending, Reason, What};
use crate::dice::Dice;
use crate::json::{Object, uuid};
use crate::log::Shape;
use crate::native::address;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// The shape of Keycloak's events.
pub(crate) struct Keycloak;

const REALM: &str = "5b3a0c55-7a2e-4f0e-9d49-2f6f0c1d7e10";

impl Shape for Keycloak {
    fn lines(&mut self, act: &Act, emit: &mut dyn FnMut(i64, Vec<u8>)) {
        match act.what {
            What::SignIn(ending) => sign_in(act, ending, emit),
            What::Registration(ending) => registration(act, ending, emit),
            What::Removal => emit(
                act.at,
                line(act, act.at, 0, "REMOVE_CREDENTIAL", None, &|details| {
                    // The row's identifier, not the credential's.
                    details
                        .text("credential_type", credential_type(act))
                        .text("credential_id", &uuid(&act.credential.row))
                        .text("credential_user_label", label(act));
                }),
            ),
            What::Recovery(after) => recovery(act, after, emit),
            What::Fallback(_) => emit(act.at, password(act, 0)),
            _ => unrelated(act, emit),
        }
    }
}

fn sign_in(act: &Act, ending: Ending, emit: &mut dyn FnMut(i64, Vec<u8>)) {
    let at = act.end();
    match ending {
        Ending::Success => {
            emit(
                at,
                line(act, at, 1, "LOGIN", None, &|details| {
                    passkey_used(details, act)
                }),
            );
            let token = line(act, at + 240, 2, "CODE_TO_TOKEN", None, &|details| {
                details.text("token_id", &uuid(&Dice::new(act.id, 30).bytes()));
            });
            emit(at + 240, token);
        }
        Ending::Failure(reason) | Ending::Rejection(reason) => {
            let error = match reason.code {
                "credential_unknown" => "user_not_found",
                _ => "invalid_user_credentials",
            };
            let failed = line(act, at, 1, "LOGIN_ERROR", Some(error), &|details| {
                passkey_used(details, act);
                details
                    .text(
                        "web_authn_authentication_error",
                        "webauthn-error-auth-verification",
                    )
                    .text("web_authn_authentication_error_detail", words(reason));
            });
            emit(at, failed);
        }
        // Keycloak does not log that a sign-in begins.
        Ending::Silence => {}
    }
}

/// What its web-auth library says.
fn words(reason: &Reason) -> &'static str {
    match reason.code {
        "signature_invalid" => {
            "com.webauthn4j.verifier.exception.BadSignatureException: Assertion signature is not valid."
        }
        "user_not_verified" => "UV flag in authenticatorData is not set",
        "origin_mismatch" => {
            "com.webauthn4j.verifier.exception.BadOriginException: The collectedClientData origin does not match."
        }
        "challenge_missing_or_expired" => {
            "com.webauthn4j.verifier.exception.BadChallengeException: The actual challenge does not match the expected challenge"
        }
        _ => reason.words,
    }
}

fn passkey_used(details: &mut Object, act: &Act) {
    details
        .text("credential_type", credential_type(act))
        // The policy, not the flag.
        .text("web_authn_authenticator_user_verification_checked", "true")
        .text("public_key_credential_id", &URL_SAFE_NO_PAD.encode(act.credential.id));
}

fn registration(act: &Act, ending: Ending, emit: &mut dyn FnMut(i64, Vec<u8>)) {
    let at = act.end();
    let (error, detail) = match ending {
        Ending::Success => (None, None),
        Ending::Failure(reason) => (Some("invalid_registration"), Some(words(reason).to_owned())),
        Ending::Rejection(_) => (
            Some("invalid_registration"),
            Some(format!(
                "not acceptable aaguid = {}",
                uuid(&act.credential.model.aaguid)
            )),
        ),
        Ending::Silence => return,
    };
    let fill = |details: &mut Object| {
        details
            .text("custom_required_action", "webauthn-register-passwordless")
            .text("credential_type", credential_type(act));
        if let Some(detail) = &detail {
            details
                .text(
                    "web_authn_registration_error",
                    "webauthn-error-registration",
                )
                .text("web_authn_registration_error_detail", detail);
        } else {
            enrolled(details, act);
        }
    };
    if error.is_some() {
        emit(
            at,
            line(act, at, 1, "UPDATE_CREDENTIAL_ERROR", error, &fill),
        );
        return;
    }
    emit(at, line(act, at, 1, "UPDATE_CREDENTIAL", None, &fill));
    // The same act again, under the name that older versions knew.
    emit(at, line(act, at, 2, "CUSTOM_REQUIRED_ACTION", None, &fill));
    if act.id.is_multiple_of(3) {
        // Details leak into the sign-in that the registration was part of.
        let login = line(act, at + 15, 3, "LOGIN", None, &|details| {
            enrolled(details, act)
        });
        emit(at + 15, login);
    }
}

fn enrolled(details: &mut Object, act: &Act) {
    details
        .text(
            "public_key_credential_id",
            &URL_SAFE_NO_PAD.encode(act.credential.id),
        )
        .text("public_key_credential_label", label(act))
        .text(
            "public_key_credential_aaguid",
            &uuid(&act.credential.model.aaguid),
        );
}

fn recovery(act: &Act, after: Option<u32>, emit: &mut dyn FnMut(i64, Vec<u8>)) {
    emit(
        act.at,
        line(act, act.at, 0, "SEND_RESET_PASSWORD", None, &|details| {
            details.text("email", &login(act));
        }),
    );
    if let Some(after) = after {
        let at = act.at + i64::from(after);
        emit(at, line(act, at, 1, "RESET_PASSWORD", None, &|_| {}));
    }
}

fn password(act: &Act, part: u64) -> Vec<u8> {
    line(act, act.at, part, "LOGIN", None, &|details| {
        details
            .text("credential_type", "password")
            .text("remember_me", "true");
    })
}

fn unrelated(act: &Act, emit: &mut dyn FnMut(i64, Vec<u8>)) {
    let which = if let What::Unrelated(which) = act.what {
        which
    } else {
        999
    };
    let kind = match which {
        0..350 => return emit(act.at, password(act, 0)),
        350..650 => "REFRESH_TOKEN",
        650..900 => "LOGOUT",
        _ => "UPDATE_PROFILE",
    };
    emit(act.at, line(act, act.at, 0, kind, None, &|_| {}));
}

fn line(
    act: &Act,
    at: i64,
    part: u64,
    kind: &str,
    error: Option<&str>,
    fill: &dyn Fn(&mut Object),
) -> Vec<u8> {
    let mut line = Object::new();
    let session = uuid(&Dice::new(act.id, 20).bytes());
    line.text("id", &uuid(&Dice::new(act.id, 10 + part).bytes()))
        .number("time", at)
        .text("type", kind)
        .text("realmId", REALM)
        .text("realmName", "civic")
        .text("clientId", "account-console")
        .text("userId", &uuid(&act.user))
        .text("sessionId", &session)
        .text("ipAddress", &address(act))
        .text_if("error", error);
    line.object("details", |details| {
        details
            .text("auth_method", "openid-connect")
            .text("auth_type", "code")
            .text(
                "redirect_uri",
                "https://id.civic.example/realms/civic/account/",
            )
            .text("code_id", &session)
            .text("username", &login(act));
        fill(details);
    });
    line.finish()
}

fn credential_type(act: &Act) -> &'static str {
    if act.credential.model.kind == "security_key" {
        "webauthn"
    } else {
        "webauthn-passwordless"
    }
}

fn label(act: &Act) -> &'static str {
    match act.credential.model.attachment {
        "platform" => "My device",
        _ => "Key on my key ring",
    }
}

fn login(act: &Act) -> String {
    let [a, b, c, ..] = act.user;
    format!("resident-{a:02x}{b:02x}{c:02x}@civic.example")
}
