//! Private keys in the `testKeys` member of a recording: `{"credential": JWK}` (RFC 7517, RFC 7518
//! §6, RFC 8037 §2). An RSA key is read from its primes; the key of ML-DSA is its seed.

use super::ceremony::Unfit;
use fidoscope_authenticator::{Algorithm, TestKey, cose_key};
use fidoscope_webauthn::{CoseKey, base64url};
use serde_json::{Map, Value};

/// The private key of the credential whose public key is `public`, if `keys` has it.
pub(crate) fn credential_key(
    keys: Option<&Value>,
    public: Option<&[u8]>,
) -> Result<Option<TestKey>, Unfit> {
    let Some(jwk) = keys.and_then(|keys| keys.get("credential")) else {
        return Ok(None);
    };
    let public = public.unwrap_or_default();
    let number = CoseKey::decode(public).ok().and_then(|key| key.algorithm());
    let algorithm = Algorithm::ALL
        .into_iter()
        .find(|known| Some(known.number()) == number)
        .ok_or_else(|| Unfit("nothing here signs with the credential's algorithm".to_owned()))?;
    let key = secret(jwk).and_then(|secret| TestKey::from_secret(algorithm, &secret));
    let key = key.ok_or_else(|| Unfit("testKeys.credential is no private JWK".to_owned()))?;
    match cose_key(&key)? == public {
        true => Ok(Some(key)),
        false => Err(Unfit(
            "testKeys.credential is not the key of the credential".to_owned(),
        )),
    }
}

fn secret(jwk: &Value) -> Option<Vec<u8>> {
    let member = |name: &str| base64url::decode(jwk.get(name)?.as_str()?).ok();
    match jwk.get("kty")?.as_str()? {
        "EC" | "OKP" => member("d"),
        "AKP" => member("priv"),
        "RSA" => Some([member("p")?, member("q")?].concat()),
        _ => None,
    }
}

/// The `testKeys` member for a credential key.
pub(crate) fn test_keys(key: &TestKey) -> Value {
    let secret = key.secret();
    let text = |bytes: &[u8]| Value::from(base64url::encode(bytes));
    let mut jwk = Map::new();
    let (key_type, curve) = key.algorithm().cose_key_type();
    match (key_type, curve) {
        (3, _) => {
            let (p, q) = secret.split_at(secret.len() / 2);
            jwk.insert("kty".to_owned(), "RSA".into());
            jwk.insert("p".to_owned(), text(p));
            jwk.insert("q".to_owned(), text(q));
        }
        (7, _) => {
            jwk.insert("kty".to_owned(), "AKP".into());
            jwk.insert("priv".to_owned(), text(&secret));
        }
        (_, curve) => {
            let name = match curve {
                Some(1) => "P-256",
                Some(2) => "P-384",
                Some(3) => "P-521",
                Some(6) => "Ed25519",
                Some(7) => "Ed448",
                _ => "secp256k1",
            };
            let kty = if key_type == 1 { "OKP" } else { "EC" };
            jwk.insert("crv".to_owned(), name.into());
            jwk.insert("d".to_owned(), text(&secret));
            jwk.insert("kty".to_owned(), kty.into());
        }
    }
    let credential = [("credential".to_owned(), Value::Object(jwk))];
    Value::Object(credential.into_iter().collect())
}
