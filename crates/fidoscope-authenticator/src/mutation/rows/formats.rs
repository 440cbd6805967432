//! Group J: the formats fido-u2f, none, apple, compound and android-safetynet.

use crate::mutation::parts::Keyed;
use ciborium::Value;

rows! {
    "u2-01" { "" => |c| {
        let certificates = c.certificates()?;
        certificates.extend(certificates.first().cloned());
    } }
    "u2-02" { "" => |c| c.certificates()?.clear() }
    "u2-11" { "" => |c| c.statement()?.drop_key("sig") }
    "u2-07" { "" => |c| if let Some(last) = c.statement_bytes("sig")?.last_mut() {
        *last ^= 1;
    } }
    "u2-09" { "" => |c| if c.attested()?.aaguid == [0; 16] {
        c.attested()?.aaguid = [0xee; 16];
    } }
    "u2-10" { "" => |c| c.data.sign_count = c.data.sign_count.wrapping_add(7) }
    "no-01" { "" => |c| {
        c.object.set("fmt", "none");
        let statement = c.statement()?;
        statement.set("alg", -7);
        statement.set("sig", Value::Bytes(b"signature".to_vec()));
    } }
    "no-02" { "" => |c| c.recording.policy.require_attestation = Some(true) }
}
