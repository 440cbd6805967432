// Times SimpleWebAuthn on one recorded assertion; assertion_speed.py calls it.
//
//     node tests/peers/speed_simplewebauthn.mjs DIR COUNT < recording.json
//
// DIR holds node_modules with @simplewebauthn/server. Prints the median, in microseconds, of
// rounds of 100 verifications of a `fidoscope.ceremony/1` assertion.

import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const [directory, count] = process.argv.slice(2);
const require = createRequire(pathToFileURL(`${directory}/`));
const { verifyAuthenticationResponse } = await import(
  pathToFileURL(require.resolve("@simplewebauthn/server"))
);
const recording = JSON.parse(readFileSync(0, "utf8"));
const { options, rp, record, response } = recording;
const publicKey = new Uint8Array(Buffer.from(record.publicKey, "base64url"));

async function verify() {
  const { verified } = await verifyAuthenticationResponse({
    response,
    expectedChallenge: options.challenge,
    expectedOrigin: rp.origins,
    expectedRPID: rp.id,
    requireUserVerification: options.userVerification === "required",
    credential: { id: record.id, publicKey, counter: record.signCount ?? 0 },
  });
  if (!verified) throw new Error("the assertion was not accepted");
}

const rounds = [];
for (let done = 0; done < Number(count); done += 100) {
  const start = process.hrtime.bigint();
  for (let i = 0; i < 100; i += 1) await verify();
  rounds.push(Number(process.hrtime.bigint() - start) / 1e3 / 100);
}
rounds.sort((a, b) => a - b);
console.log(rounds[Math.floor(rounds.length / 2)].toFixed(1));
