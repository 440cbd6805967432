#!/usr/bin/env python3
"""Judge recorded ceremonies with two relying party libraries, beside the reference verifier.

    python3 -m venv /tmp/peers && /tmp/peers/bin/pip install webauthn==3.0.1 fido2==2.2.1
    fidoscope conformance export --out /tmp/suite
    cat /tmp/suite/bases/*.json | jq -c . | /tmp/peers/bin/python tests/peers/judge_webauthn.py
    ... | /tmp/peers/bin/python tests/peers/judge_webauthn.py --speed 2000

Reads `fidoscope.ceremony/1` recordings, one a line, and writes one line for each recording and
peer: {"id", "peer", "verdict": "accept" | "reject" | "unsupported", "reason"}.

What a relying party does around these libraries is done here, and no more: it looks the stored
record up by the credential's id, and passes challenge, origins, RP ID, whether user presence and
verification are required, the offered algorithms (fido2 has no place for them when it completes a
registration), the stored key and counter (fido2 takes no counter), and the trust anchors.

"unsupported" is said before the library is asked, from the format and the algorithms alone, and
only of those that are registered.

Neither library takes the instant of judgement. py_webauthn makes its certificate store in a
function of its own, which is replaced by one whose store is set to the recording's `now`; its
check of android-safetynet timestamps reads the clock, which is replaced in that module. fido2
looks at no dates. py_webauthn's table of TPM manufacturers gets the one that FIDO reserves for
tests, because every tpm attestation made for tests names it.
"""

import base64
import io
import json
import sys
import time
from datetime import datetime, timezone
from types import SimpleNamespace

import cbor2
import fido2.attestation
import fido2.cbor
import webauthn
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from fido2.cose import CoseKey, UnsupportedKey
from fido2.server import Fido2Server
from fido2.webauthn import (
    Aaguid,
    AttestationConveyancePreference,
    AttestedCredentialData,
    PublicKeyCredentialRpEntity,
)
from OpenSSL.crypto import X509Store
from webauthn.helpers.cose import COSEAlgorithmIdentifier
from webauthn.helpers.structs import AttestationFormat
from webauthn.helpers.tpm.structs import TPM_MANUFACTURERS, TPMManufacturerInfo

FORMATS = {
    "none",
    "packed",
    "tpm",
    "android-key",
    "android-safetynet",
    "fido-u2f",
    "apple",
    "compound",
}
# Of the registered algorithms, those that the reference verifier knows.
ALGORITHMS = {
    *(-7, -8, -9, -19, -35, -36, -37, -38, -39, -47, -48, -49, -50, -51, -52, -53),
    *(-257, -258, -259, -65535),
    *("ES256", "RS256"),
}


def decode(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


class Asked:
    """What the relying party knows before it reads the response."""

    def __init__(self, recording):
        options, rp = recording["options"], recording["rp"]
        policy = recording.get("policy", {})
        self.registers = recording["kind"] == "registration"
        self.challenge = decode(options["challenge"])
        self.origins = [*rp["origins"], *policy.get("relatedOrigins", [])]
        self.rp_id = rp.get("id") or options.get("rpId") or options["rp"]["id"]
        selection = options.get("authenticatorSelection") or {}
        wish = selection.get("userVerification") or options.get("userVerification")
        self.verified = policy.get("requireUv", wish == "required")
        self.present = recording.get("mediation") != "conditional" or not self.registers
        offered = options.get("pubKeyCredParams")
        # As `WebAuthn L3 §5.4` has it: an empty list means ES256 and RS256.
        self.offered = [item["alg"] for item in offered] if offered else [-7, -257]
        anchors = [pem.encode() for pem in policy.get("anchors", [])]
        self.anchors = [x509.load_pem_x509_certificate(pem) for pem in anchors]
        self.record = recording.get("record")
        now = datetime.fromisoformat(recording["now"].replace("Z", "+00:00"))
        self.now = now.astimezone(timezone.utc)


def first_item(data):
    return cbor2.load(io.BytesIO(data))


def used(recording):
    """Attestation format and algorithms, as far as they can be read."""
    response = recording["response"]
    try:
        if recording["kind"] == "authentication":
            return None, {first_item(decode(recording["record"]["publicKey"]))[3]}
        statement = first_item(decode(response["response"]["attestationObject"]))
        data, name = statement["authData"], statement["fmt"]
        key = first_item(data[55 + int.from_bytes(data[53:55], "big") :])
        body = statement["attStmt"]
        if name == "android-safetynet":
            header = body["response"].split(b".")[0].decode()
            return name, {key[3], json.loads(decode(header))["alg"]}
        return name, {key[3], body.get("alg") if isinstance(body, dict) else None}
    except Exception:
        return None, set()


class PyWebauthn:
    name = "py_webauthn"
    formats = {item.value for item in AttestationFormat}
    # In a JSON Web Signature it has one algorithm.
    algorithms = {item.value for item in COSEAlgorithmIdentifier} | {"RS256"}

    def ready(self, asked):
        """What judges a response; as much as possible is done before."""
        set_clock(asked.now)
        expected = {
            "expected_challenge": asked.challenge,
            "expected_rp_id": asked.rp_id,
            "expected_origin": asked.origins,
            "require_user_verification": asked.verified,
        }
        if not asked.registers:
            expected["credential_public_key"] = decode(asked.record["publicKey"])
            expected["credential_current_sign_count"] = asked.record.get("signCount") or 0
            verify = webauthn.verify_authentication_response
            return lambda response: verify(credential=response, **expected)
        expected["require_user_presence"] = asked.present
        expected["supported_pub_key_algs"] = [
            COSEAlgorithmIdentifier(alg) for alg in asked.offered if alg in self.algorithms
        ]
        pems = [anchor.public_bytes(Encoding.PEM) for anchor in asked.anchors]

        def judge(response):
            # The library adds to these lists.
            roots = {name: list(pems) for name in AttestationFormat}
            webauthn.verify_registration_response(
                credential=response, pem_root_certs_bytes_by_fmt=roots, **expected
            )

        return judge


def set_clock(now):
    def store():
        made = X509Store()
        made.set_time(now)
        return made

    modules = sys.modules
    modules["webauthn.helpers.validate_certificate_chain"]._generate_new_cert_store = store
    clock = SimpleNamespace(time=now.timestamp)
    modules["webauthn.helpers.verify_safetynet_timestamp"].time = clock


def has_algorithm(alg):
    # In a JSON Web Signature it looks algorithms up by name.
    found = CoseKey.for_alg(alg) if isinstance(alg, int) else CoseKey.for_name(alg)
    return found is not UnsupportedKey


class Fido2:
    name = "fido2"
    formats = {
        kind.FORMAT
        for kind in fido2.attestation.Attestation.__subclasses__()
        if hasattr(kind, "FORMAT")
    }
    algorithms = {alg for alg in ALGORITHMS if has_algorithm(alg)}

    def ready(self, asked):
        """What judges a response; as much as possible is done before."""
        server = Fido2Server(
            PublicKeyCredentialRpEntity(id=asked.rp_id, name=asked.rp_id),
            attestation=AttestationConveyancePreference.DIRECT,
            verify_origin=asked.origins.__contains__,
            verify_attestation=lambda found, digest: attest(asked, found, digest),
        )
        wish = {
            "user_verification": "required" if asked.verified else "preferred",
            "challenge": asked.challenge,
        }
        if asked.registers:
            _, state = server.register_begin({"id": b"user", "name": "user"}, **wish)
            return lambda response: server.register_complete(state, response)
        key = CoseKey.parse(fido2.cbor.decode(decode(asked.record["publicKey"])))
        stored = AttestedCredentialData.create(Aaguid.NONE, decode(asked.record["id"]), key)
        _, state = server.authenticate_begin([stored], **wish)
        return lambda response: server.authenticate_complete(state, [stored], response)


class Anchored(fido2.attestation.AttestationVerifier):
    """Trust in the anchors: the path may lead to one, or have it as its end."""

    def __init__(self, anchors):
        super().__init__()
        self.anchors = anchors

    def ca_lookup(self, attestation_result, auth_data):
        end = x509.load_der_x509_certificate(attestation_result.trust_path[-1])
        for anchor in self.anchors:
            if anchor.subject == end.issuer:
                return anchor.public_bytes(Encoding.DER)
        return None


def attest(asked, found, digest):
    kind = fido2.attestation.Attestation.for_type(found.fmt)
    result = kind().verify(found.att_stmt, found.auth_data, digest)
    # Without certificates there is nothing to look up, and `AttestationVerifier` would refuse.
    if result.trust_path:
        Anchored(asked.anchors)(found, digest)


TPM_MANUFACTURERS["id:FFFFF1D0"] = TPMManufacturerInfo(name="FIDO", id="FFFFF1D0")
PEERS = [PyWebauthn(), Fido2()]


def lacks(peer, recording):
    """The registered format or algorithm that the peer does not have."""
    name, algorithms = used(recording)
    if isinstance(name, str) and name in FORMATS - peer.formats:
        return f"format {name}"
    missing = [alg for alg in algorithms if alg in ALGORITHMS - peer.algorithms]
    return f"algorithm {missing[0]}" if missing else None


def verdict(peer, recording):
    asked, response = Asked(recording), recording["response"]
    if missing := lacks(peer, recording):
        return "unsupported", missing
    if not asked.registers:
        if not isinstance(response, dict) or response.get("id") != asked.record["id"]:
            return "reject", "no stored record has this credential id"
    try:
        peer.ready(asked)(response)
    except Exception as error:
        cause = error.__cause__ or error.__context__
        because = f" ({type(cause).__name__}: {cause})" if cause else ""
        return "reject", f"{type(error).__name__}: {error}{because}"[:300]
    return "accept", None


def speed(recordings, times):
    """Microseconds for each verification, best and median of five rounds."""
    for recording in recordings:
        asked = Asked(recording)
        for peer in PEERS:
            if verdict(peer, recording)[0] != "accept":
                continue
            rounds, judge = [], peer.ready(asked)
            for _ in range(5):
                start = time.perf_counter()
                for _ in range(times):
                    judge(recording["response"])
                rounds.append((time.perf_counter() - start) / times * 1e6)
            rounds.sort()
            yield {
                "id": recording["id"],
                "peer": peer.name,
                "best_us": round(rounds[0], 1),
                "median_us": round(rounds[2], 1),
            }


def main():
    recordings = (json.loads(line) for line in sys.stdin if line.strip())
    if sys.argv[1:2] == ["--speed"]:
        for line in speed(recordings, int(sys.argv[2])):
            print(json.dumps(line))
        return
    for recording in recordings:
        for peer in PEERS:
            found, reason = verdict(peer, recording)
            line = {"id": recording["id"], "peer": peer.name, "verdict": found}
            print(json.dumps(line | {"reason": reason}))


main()
