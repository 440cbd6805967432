//! Where fuzzing starts: what the data sets and rule files hold, taken apart for each entry.

use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::DateTime;
use fidoscope_authenticator::{Seed, TestPki, Validity, crl_pem};
use fidoscope_webauthn::{AttestationObject, AuthenticatorData, base64url, cbor::Value, der};
use serde_json::json;

/// Inputs for an entry, in a stable order. `root` is the top folder of the project.
pub fn seeds(entry: &str, root: &Path) -> Vec<Vec<u8>> {
    let files = |folder: &str| files(&root.join(folder));
    let objects = || members(root, "attestationObject");
    match entry {
        "attestation_object" | "cbor" => objects(),
        "authenticator_data" => data(root),
        "base64url" => members(root, "attestationObject")
            .iter()
            .map(|bytes| base64url::encode(bytes).into_bytes())
            .collect(),
        "certificate" | "der" => certificates(root),
        "client_data" => members(root, "clientDataJSON"),
        "cose_key" => keys(root),
        "crl" => lists(),
        "dashboard" => files("dashboards"),
        "events" => lines(root),
        "har" => archives(root),
        "inspect" => [
            [objects(), data(root), keys(root), certificates(root)].concat(),
            [
                files("datasets/metadata"),
                key_descriptions(root),
                tpm(root),
            ]
            .concat(),
        ]
        .concat(),
        "key_description" => key_descriptions(root),
        "otlp" => exports(),
        "mapping" => files("rules/mappings"),
        "metadata_blob" => files("datasets/metadata"),
        "metadata_payload" => payloads(root),
        "policy" => files("rules/policy"),
        "recording" => recordings(root),
        "verify" => [recordings(root), mutations()].concat(),
        "rule" => files("rules/detections"),
        "signature" => members(root, "signature"),
        "table" => tables(),
        "tpm" => tpm(root),
        "unwrapped" => files("tests/data/carriers"),
        _ => Vec::new(),
    }
}

fn files(folder: &Path) -> Vec<Vec<u8>> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut paths: Vec<_> = entries.map(|entry| entry.path()).collect();
    paths.sort();
    let read = paths.iter().filter_map(|path| std::fs::read(path).ok());
    read.collect()
}

fn tables() -> Vec<Vec<u8>> {
    let tables = [
        "ticket_id,created_at,subject\n7,2026-11-01T10:00:00Z,Lost my key\n8,,\n",
        "Ticket ID;Created at\r\n1;\"a;\n\"\"b\"\"\"\r\n2;x;y\r\n",
        "\u{feff}TimeGenerated [UTC]\tResultType\n1\t\"2\n",
    ];
    tables.map(|table| table.as_bytes().to_vec()).into()
}

fn recordings(root: &Path) -> Vec<Vec<u8>> {
    let files = files(&root.join("datasets/ceremonies"));
    let lines = files.iter().flat_map(|file| match file.first() {
        // A file with many holds one a line.
        Some(b'{') if file.get(1) == Some(&b'"') => file.split(|byte| *byte == b'\n').collect(),
        _ => vec![file.as_slice()],
    });
    let whole = lines.filter(|line| !line.is_empty()).map(<[u8]>::to_vec);
    let bases = fidoscope_mutations::bases().unwrap_or_default();
    let bases = bases
        .iter()
        .filter_map(|base| serde_json::to_vec(base).ok());
    whole.chain(bases).collect()
}

/// The mutation suite: every format and algorithm, with everything that can be wrong.
fn mutations() -> Vec<Vec<u8>> {
    let made = fidoscope_mutations::mutants(&|_| true).unwrap_or_default();
    let mutants = made.mutants.into_iter();
    mutants.map(|mutant| mutant.json.into_bytes()).collect()
}

/// A member of every response, decoded.
fn members(root: &Path, name: &str) -> Vec<Vec<u8>> {
    let decoded = |bytes: &Vec<u8>| {
        let document: serde_json::Value = serde_json::from_slice(bytes).ok()?;
        let member = document.pointer(&format!("/response/response/{name}"))?;
        base64url::decode(member.as_str()?).ok()
    };
    let mut found: Vec<_> = recordings(root).iter().filter_map(decoded).collect();
    found.sort();
    found.dedup();
    found
}

fn data(root: &Path) -> Vec<Vec<u8>> {
    let mut data = members(root, "authenticatorData");
    for object in members(root, "attestationObject") {
        if let Ok(object) = AttestationObject::decode(&object) {
            let inside = object.authenticator_data().and_then(Value::as_bytes);
            data.extend(inside.map(<[u8]>::to_vec));
        }
    }
    data
}

fn keys(root: &Path) -> Vec<Vec<u8>> {
    let key = |data: &Vec<u8>| Some(AuthenticatorData::decode(data).attested?.key_bytes.to_vec());
    data(root).iter().filter_map(key).collect()
}

fn certificates(root: &Path) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    for object in members(root, "attestationObject") {
        let Ok(object) = AttestationObject::decode(&object) else {
            continue;
        };
        let x5c = object
            .statement()
            .and_then(|statement| statement.member("x5c"));
        let items = x5c.and_then(Value::as_array).unwrap_or_default();
        found.extend(items.iter().filter_map(Value::as_bytes).map(<[u8]>::to_vec));
    }
    found.sort();
    found.dedup();
    found
}

/// An archive of every ceremony: its options come as the answer to one request, its response goes
/// with the next; and both as a document of their own.
fn archives(root: &Path) -> Vec<Vec<u8>> {
    let parts = |bytes: &Vec<u8>| {
        let document: serde_json::Value = serde_json::from_slice(bytes).ok()?;
        let options = document.pointer("/options")?.to_string();
        let response = document.pointer("/response")?.to_string();
        Some((options, response))
    };
    let both = |(options, response): (String, String)| {
        let origin = json!([{"name": "Origin", "value": "https://shop.example"}]);
        let encoded = json!({"text": STANDARD.encode(&response), "encoding": "base64"});
        let form = json!({"params": [{"name": "credential", "value": response}]});
        let archive = |body: serde_json::Value| {
            let answer = json!({"status": 200, "content": {"text": options}});
            let first = json!({"request": {"url": "https://shop.example/o"}, "response": answer});
            let request =
                json!({"url": "https://shop.example/r", "headers": origin, "postData": body});
            let refused = json!({"status": 403, "content": {"text": "{\"error\":\"no\"}"}});
            let started = "2026-11-20T15:00:00.000Z";
            let second =
                json!({"startedDateTime": started, "request": request, "response": refused});
            json!({"log": {"version": "1.2", "entries": [first, second]}}).to_string()
        };
        let document = format!(
            r#"{{"options":{options},"response":{response},"origin":"https://shop.example"}}"#
        );
        [
            archive(json!({"text": response})),
            archive(encoded),
            archive(form),
            document,
        ]
    };
    let recordings = recordings(root);
    let all = recordings.iter().filter_map(parts).take(12).flat_map(both);
    let numbers = recordings
        .iter()
        .filter_map(|bytes| in_numbers(bytes))
        .take(4);
    all.chain(numbers).map(String::into_bytes).collect()
}

/// Options whose challenge is a list of numbers, and a response whose client data are an object of
/// numbers or a `Buffer`, as libraries without base64url write them.
fn in_numbers(recording: &[u8]) -> Option<String> {
    let mut document: serde_json::Value = serde_json::from_slice(recording).ok()?;
    let bytes = |value: &serde_json::Value| base64url::decode(value.as_str()?).ok();
    let challenge = document.pointer_mut("/options/challenge")?;
    *challenge = json!(bytes(challenge)?);
    let response = document
        .pointer_mut("/response/response")?
        .as_object_mut()?;
    for (name, value) in response {
        let Some(bytes) = bytes(value) else { continue };
        *value = match name.as_str() {
            "clientDataJSON" => json!({"type": "Buffer", "data": bytes}),
            _ => {
                let numbered = bytes.iter().enumerate();
                let members = numbered.map(|(at, byte)| (at.to_string(), json!(byte)));
                serde_json::Value::Object(members.collect())
            }
        };
    }
    let (options, response) = (document.get("options")?, document.get("response")?);
    Some(json!({"options": options, "response": response}).to_string())
}

/// The payload of the demonstration's BLOB, whole and an entry at a time, and of a model that has
/// everything that the specification knows.
fn payloads(root: &Path) -> Vec<Vec<u8>> {
    let text = std::fs::read_to_string(root.join("datasets/metadata/test-blob.jwt"));
    let text = text.unwrap_or_default();
    let payload = text.split('.').nth(1).unwrap_or_default();
    let Ok(payload) = base64url::decode(payload) else {
        return Vec::new();
    };
    let document: serde_json::Value = serde_json::from_slice(&payload).unwrap_or_default();
    let entries = document
        .pointer("/entries")
        .and_then(|found| found.as_array());
    let alone = |entry: &serde_json::Value| {
        let blob =
            json!({"no": 7, "nextUpdate": "2026-12-01", "legalHeader": "x", "entries": [entry]});
        blob.to_string().into_bytes()
    };
    let mut found: Vec<_> = entries.into_iter().flatten().map(alone).collect();
    found.push(alone(&well_described()));
    found.push(payload);
    found
}

fn well_described() -> serde_json::Value {
    let reports = json!([
        {"status": "REVOKED", "effectiveDate": "2026-10-01", "certificate": "AAAA", "url": "https://x.example"},
        {"status": "USER_VERIFICATION_BYPASS", "effectiveDate": "2026-09-01", "authenticatorVersion": 2},
        {"status": "FIDO_CERTIFIED_L2plus", "effectiveDate": "2026-08-01", "certificateNumber": "F-1",
         "certificationDescriptor": "d", "certificationPolicyVersion": "1.4.0",
         "certificationRequirementsVersion": "1.5.0", "certificationProfiles": ["consumer"]},
    ]);
    let statement = json!({
        "description": "Key", "aaguid": "01020304-0102-0102-0102-010203040506", "protocolFamily": "fido2",
        "schema": 3, "authenticatorVersion": 2, "upv": [{"major": 1, "minor": 1}],
        "alternativeDescriptions": {"de-DE": "Stab"},
        "authenticationAlgorithms": ["secp256r1_ecdsa_sha256_raw"], "publicKeyAlgAndEncodings": ["cose"],
        "attestationTypes": ["basic_full"], "keyProtection": ["hardware", "secure_element"],
        "userVerificationDetails": [[{"userVerificationMethod": "passcode_external",
            "caDesc": {"base": 64, "minLength": 4, "maxRetries": 8, "blockSlowdown": 0}}]],
        "matcherProtection": ["on_chip"], "cryptoStrength": 128, "attachmentHint": ["external", "wired"],
        "tcDisplay": [], "attestationRootCertificates": ["MIIB", ""], "icon": "data:image/png;base64,AA==",
        "authenticatorGetInfo": {"versions": ["FIDO_2_1"], "aaguid": "01020304010201020102010203040506",
            "transports": ["usb", "nfc"], "options": {"rk": true}, "algorithms": [{"type": "public-key", "alg": -7}]},
        "attestationCertificateKeyIdentifiers": ["0102030405060708090a0b0c0d0e0f1011121314"],
    });
    json!({
        "aaguid": "01020304-0102-0102-0102-010203040506", "aaid": "1234#5678",
        "attestationCertificateKeyIdentifiers": ["0102030405060708090a0b0c0d0e0f1011121314"],
        "metadataStatement": statement, "statusReports": reports, "timeOfLastStatusChange": "2026-10-01",
        "biometricStatusReports": [{"certLevel": 1, "modality": "fingerprint_internal",
            "effectiveDate": "2026-07-01"}],
        "rogueListURL": "https://x.example/r", "rogueListHash": "00",
    })
}

fn lines(root: &Path) -> Vec<Vec<u8>> {
    let folders = ["challenge-accepted-twice", "counter-did-not-increase"];
    let files = folders.map(|rule| files(&root.join("datasets/rules").join(rule)));
    let files = files.concat();
    let lines = files
        .iter()
        .flat_map(|file| file.split(|byte| *byte == b'\n').take(4));
    let mut lines: Vec<_> = lines
        .filter(|line| !line.is_empty())
        .map(<[u8]>::to_vec)
        .collect();
    lines.push(br#"{"type":"LOGIN_ERROR","realmId":"example","error":"invalid_user_credentials","time":1790000000000,"details":{"auth_method":"webauthn"}}"#.to_vec());
    lines.push(br#"{"uuid":"1","published":"2026-09-01T12:00:00.000Z","eventType":"user.authentication.auth_via_mfa","outcome":{"result":"SUCCESS"},"actor":{"alternateId":"a@example.org"}}"#.to_vec());
    lines
}

/// Key descriptions of certificates, and one with a purpose and an origin.
fn key_descriptions(root: &Path) -> Vec<Vec<u8>> {
    const OID: &[u8] = b"\x06\x0a\x2b\x06\x01\x04\x01\xd6\x79\x02\x01\x11";
    let certificates = certificates(root);
    let found = certificates.iter().filter_map(|certificate| {
        let at = certificate
            .windows(OID.len())
            .position(|part| part == OID)?;
        let rest = certificate.get(at + OID.len()..)?;
        let value = der::Elements::new(rest).flatten().next()?;
        Some(value.contents.to_vec())
    });
    found.chain([key_description()]).collect()
}

fn key_description() -> Vec<u8> {
    let mut bytes = vec![
        0x30, 0x28, 2, 1, 3, 10, 1, 1, 2, 1, 4, 10, 1, 1, 4, 4, 1, 2, 3, 4, 4, 0,
    ];
    bytes.extend([0x30, 0, 0x30, 0x10]);
    bytes.extend([
        0xa1, 5, 0x31, 3, 2, 1, 2, 0xbf, 0x85, 0x3e, 3, 2, 1, 0, 5, 0,
    ]);
    bytes
}

/// Lists of a test authority, in both forms, one that revokes nothing, and Android's.
fn lists() -> Vec<Vec<u8>> {
    let [not_before, not_after] = [1_767_225_600, 1_893_456_000]
        .map(|at| DateTime::from_timestamp(at, 0).unwrap_or_default());
    let validity = Validity {
        not_before,
        not_after,
    };
    let pki = TestPki::new(&Seed::new(1, "fuzz"), "fuzz", validity);
    let pki = pki.and_then(|pki| pki.with_intermediate(validity));
    let made = pki.and_then(|pki| {
        let revoked: Vec<_> = pki.intermediate_key().into_iter().collect();
        pki.revocation_lists(&revoked, validity)
    });
    let made = made.unwrap_or_default();
    let pem = made.iter().map(|der| crl_pem(der).into_bytes());
    let android =
        br#"{"entries":{"2c8cdddfd5e03bfc":{"status":"REVOKED","reason":"KEY_COMPROMISE"}}}"#;
    let rest = [crl(), android.to_vec()];
    pem.chain(made.clone()).chain(rest).collect()
}

fn crl() -> Vec<u8> {
    let mut bytes = vec![0x30, 0x3d, 0x30, 0x2c, 2, 1, 1];
    bytes.extend([0x30, 10, 6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2]);
    bytes.extend([0x30, 11, 0x31, 9, 0x30, 7, 6, 3, 0x55, 4, 3, 12, 0]);
    bytes.extend(*b"\x17\x0a2609010000");
    bytes.extend([
        0x30, 10, 6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2, 3, 1, 0,
    ]);
    bytes
}

/// What TPMs attested, an attestation and the public area of an ECC key.
fn tpm(root: &Path) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    for object in members(root, "attestationObject") {
        let Ok(object) = AttestationObject::decode(&object) else {
            continue;
        };
        for name in ["certInfo", "pubArea"] {
            let member = object.statement().and_then(|found| found.member(name));
            found.extend(member.and_then(Value::as_bytes).map(<[u8]>::to_vec));
        }
    }
    let mut attest = vec![0xff, 0x54, 0x43, 0x47, 0x80, 0x17, 0, 0, 0, 2, 7, 7];
    attest.extend([0; 25]);
    attest.extend([0, 2, 0, 11, 0, 0]);
    let mut public = vec![
        0, 0x23, 0, 11, 0, 6, 4, 0x72, 0, 0, 0, 16, 0, 16, 0, 3, 0, 16,
    ];
    public.extend([0, 1, 9, 0, 1, 9]);
    found.extend([attest, public]);
    found
}

/// Exports of telemetry, as protobuf and as JSON.
fn exports() -> Vec<Vec<u8>> {
    let field = |number: u8, bytes: &[u8]| {
        let length = u8::try_from(bytes.len()).unwrap_or(0);
        [&[number << 3 | 2, length], bytes].concat()
    };
    let pair = |key: &[u8], value: &[u8]| field(6, &[field(1, key), field(2, value)].concat());
    let record = [
        [vec![9], vec![0x18; 8]].concat(),
        pair(b"webauthn.outcome", &field(1, b"success")),
        pair(b"n", &[0x18, 7]),
        pair(b"list", &field(5, &field(1, &field(1, b"usb")))),
        field(9, &[7; 16]),
        field(12, b"webauthn.prompt.shown"),
    ];
    let logs = field(1, &field(2, &field(2, &record.concat())));
    let json = br#"{"resourceSpans": [{"scopeSpans": [{"spans": [{"name": "webauthn.authentication"}]}]}]}"#;
    vec![logs, json.to_vec()]
}
