//! Group B: client data of a registration.

use crate::base::{ORIGIN, TOP_ORIGIN, challenge};
use crate::ceremony::{Ceremony, Unfit};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use fidoscope_webauthn::base64url;
use serde_json::{Value, json};

rows! {
    "cd-01" { "" => |c| c.client = b"not json".to_vec() }
    "cd-02" { "" => |c| c.client = b"[\"webauthn.create\"]".to_vec() }
    "cd-03" { "" => |c| c.client.truncate(c.client.len().saturating_sub(1)) }
    "cd-04" { "" => |c| c.client = [b"\xef\xbb\xbf", c.client.as_slice()].concat() }
    "cd-05" { "" => |c| {
        c.client.pop();
        c.client.extend_from_slice(b",\"note\":\"\xff\"}");
    } }
    "cd-06" { "" => |c| c.client(|members| members.0.reverse())? }
    "cd-07" { "" => |c| c.client(|members| members.set("note", "clients may say more"))? }
    "cd-08" { "" => |c| c.client(|members| members.remove("type"))? }
    "cd-09" { "" => |c| c.client(|members| members.set("type", 7))? }
    "cd-10" { "" => |c| c.client(|members| members.set("type", ""))? }
    "cd-11" { "" => |c| c.client(|members| members.set("type", "webauthn.get"))? }
    "cd-12" { "" => |c| c.client(|members| members.set("type", "WebAuthn.Create"))? }
    "cd-13" { "" => |c| c.client(|members| members.set("type", "payment.get"))? }
    "cd-14" { "" => |c| c.client(|members| members.remove("challenge"))? }
    "cd-15" {
        "number" => |c| c.client(|members| members.set("challenge", 1))?,
        "object" => |c| c.client(|members| members.set("challenge", json!({})))?,
        "array" => |c| c.client(|members| members.set("challenge", json!([])))?,
        "null" => |c| c.client(|members| members.set("challenge", Value::Null))?,
    }
    "cd-16" { "" => |c| c.client(|members| members.set("challenge", ""))? }
    "cd-17" { "" => |c| {
        let mut bytes = challenge_bytes(c)?;
        if let Some(first) = bytes.first_mut() {
            *first ^= 1;
        }
        c.client(|members| members.set("challenge", base64url::encode(&bytes)))?;
    } }
    "cd-18" { "" => |c| {
        let padded = format!("{}=", c.recording.options.challenge);
        c.client(|members| members.set("challenge", padded))?;
    } }
    "cd-19" { "" => |c| {
        let text = STANDARD_NO_PAD.encode(challenge_bytes(c)?);
        if text == c.recording.options.challenge {
            return Err(Unfit("needs a challenge with `-` or `_` in its base64url".to_owned()));
        }
        c.client(|members| members.set("challenge", text))?;
    } }
    "cd-20" { "" => |c| {
        let bytes = challenge_bytes(c)?;
        let text: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        c.client(|members| members.set("challenge", text))?;
    } }
    "cd-21" { "" => |c| c.client(|members| members.set("challenge", challenge("an earlier ceremony")))? }
    "cd-22" { "" => |c| {
        let text = with_tail_bits(&c.recording.options.challenge)?;
        c.client(|members| members.set("challenge", text))?;
    } }
    "cd-23" { "" => |c| c.client(|members| members.remove("origin"))? }
    "cd-24" {
        "number" => |c| c.client(|members| members.set("origin", 443))?,
        "array" => |c| c.client(|members| members.set("origin", json!([ORIGIN])))?,
        "null" => |c| c.client(|members| members.set("origin", Value::Null))?,
    }
    "cd-25" { "" => |c| c.client(|members| members.set("origin", ""))? }
    "cd-26" { "" => |c| origin(c, |host| format!("http://{host}"))? }
    "cd-27" { "" => |c| origin(c, |host| format!("https://{host}:8443"))? }
    "cd-28" { "" => |c| origin(c, |host| format!("https://{host}:443"))? }
    "cd-29" { "" => |c| origin(c, |host| format!("https://{host}/"))? }
    "cd-30" { "" => |c| origin(c, |host| format!("https://{}", host.to_uppercase()))? }
    "cd-31" { "" => |c| origin(c, |host| format!("https://{host}.evil.test"))? }
    "cd-32" { "" => |c| origin(c, |host| format!("https://evil{host}"))? }
    "cd-33" { "" => |c| origin(c, |host| format!("https://login.{host}"))? }
    "cd-34" { "" => |c| c.client(|members| members.set("origin", "null"))? }
    "cd-35" {
        "homograph" => |c| origin(c, |host| format!("https://{}", host.replacen(['a', 'e', 'o'], "\u{435}", 1)))?,
        "unicode" => |c| {
            c.recording.rp.origins = vec!["https://xn--bcher-kva.example".to_owned()];
            c.client(|members| members.set("origin", "https://b\u{fc}cher.example"))?;
        },
    }
    "cd-36" { "" => |c| {
        let origin = format!("android:apk-key-hash:{}", challenge("an app"));
        c.client(|members| members.set("origin", origin))?;
    } }
    "cd-37" { "" => |c| {
        c.client(|members| {
            members.set("crossOrigin", true);
            members.remove("topOrigin");
        })?;
        c.recording.rp.allow_cross_origin = false;
    } }
    "cd-38" { "" => |c| c.client(|members| members.set("crossOrigin", "true"))? }
    "cd-39" { "" => |c| {
        c.client(|members| {
            members.set("crossOrigin", true);
            members.set("topOrigin", TOP_ORIGIN);
        })?;
        c.recording.rp.allow_cross_origin = false;
    } }
    "cd-40" { "" => |c| {
        c.client(|members| {
            members.set("crossOrigin", true);
            members.set("topOrigin", "https://evil.test");
        })?;
        c.recording.rp.allow_cross_origin = true;
    } }
    "cd-41" { "" => |c| {
        c.client(|members| {
            members.set("crossOrigin", false);
            members.set("topOrigin", TOP_ORIGIN);
        })?;
        c.recording.rp.allow_cross_origin = false;
    } }
    "cd-42" { "" => |c| {
        c.client(|members| {
            members.set("crossOrigin", true);
            members.set("topOrigin", json!([TOP_ORIGIN]));
        })?;
        c.recording.rp.allow_cross_origin = true;
    } }
    "cd-43" { "" => |c| c.client(|members| members.set("tokenBinding", "supported"))? }
    "cd-44" { "" => |c| c.client(|members| members.set("tokenBinding", json!({})))? }
    "cd-45" { "" => |c| c.client(|members| members.set("tokenBinding", json!({"status": "bogus"})))? }
    "cd-46" { "" => |c| {
        let binding = json!({"id": "dG9rZW4", "status": "present"});
        c.client(|members| members.set("tokenBinding", binding))?;
    } }
    "cd-47" { "" => |c| c.client = c.client.iter().flat_map(|byte| spaced(*byte)).collect() }
    "cd-48" { "" => |c| {
        c.client.pop();
        let second = format!(",\"challenge\":\"{}\"}}", challenge("an earlier ceremony"));
        c.client.extend_from_slice(second.as_bytes());
    } }
}

fn challenge_bytes(c: &Ceremony) -> Result<Vec<u8>, Unfit> {
    base64url::decode(&c.recording.options.challenge)
        .map_err(|_| Unfit("needs a challenge in base64url".to_owned()))
}

/// Replaces the origin by one made of the host of an origin that is expected.
fn origin(c: &mut Ceremony, of: impl FnOnce(&str) -> String) -> Result<(), Unfit> {
    let mut origins = c.recording.rp.origins.iter();
    let host = origins.find_map(|origin| origin.strip_prefix("https://"));
    let host = host.ok_or_else(|| Unfit("needs an https origin".to_owned()))?;
    let origin = of(host);
    c.client(|members| members.set("origin", origin))
}

/// The last character of an encoding has bits that belong to no byte; here one of them is set.
fn with_tail_bits(text: &str) -> Result<String, Unfit> {
    const ALPHABET: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut text = text.to_owned();
    let has_spare_bits = !text.len().is_multiple_of(4);
    let last = text.pop().and_then(|last| ALPHABET.find(last));
    let other = last.and_then(|at| ALPHABET.chars().nth(at ^ 1));
    match other.filter(|_| has_spare_bits) {
        Some(other) => text.push(other),
        None => {
            return Err(Unfit(
                "needs a challenge of a length that is no multiple of 3".to_owned(),
            ));
        }
    }
    Ok(text)
}

/// White space after each comma, as a serialiser for people writes it.
fn spaced(byte: u8) -> Vec<u8> {
    match byte {
        b',' => b", ".to_vec(),
        other => vec![other],
    }
}
