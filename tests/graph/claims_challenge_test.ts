import { claimsChallenge } from "../../lib/graph/interpret_reply.ts";
import { assertEquals } from "../deps/assert.ts";
import { NONE } from "../support/test.ts";

const base64 = (text: string) => btoa(String.fromCharCode(...new TextEncoder().encode(text)));
const CLAIMS = '{"access_token":{"nbf":{"essential":true,"value":"1604106651"}}}';

/** As Microsoft's page on claims challenges shows it. */
const challenge = (claims: string) =>
  `Bearer realm="", authorization_uri="https://login.microsoftonline.com/common/oauth2/authorize", ` +
  `client_id="00000003-0000-0000-c000-000000000000", error="insufficient_claims", claims="${claims}"`;

Deno.test("claimsChallenge() decodes the claims that a 401 asks for", NONE, () => {
  for (const claims of [CLAIMS, "{}", '{"a":"??>>~~"}', '{"a":"é€😀"}']) {
    const encoded = base64(claims);
    const url = encoded.replaceAll("+", "-").replaceAll("/", "_");
    for (const form of [encoded, encoded.replace(/=+$/, ""), url, url.replace(/=+$/, "")]) {
      assertEquals(claimsChallenge(challenge(form)), claims, form);
    }
  }
});

Deno.test("claimsChallenge() reads the field's other spellings", NONE, () => {
  const claims = `claims="${base64(CLAIMS)}"`;
  const fields = [
    `Bearer error="insufficient_claims", ${claims}`,
    `bearer ${claims}, error=insufficient_claims`,
    `Bearer ERROR="insufficient_claims",${claims.replace("claims", "Claims")}`,
    `Basic realm="x", Bearer error="insufficient_claims", ${claims}`,
  ];
  for (const field of fields) assertEquals(claimsChallenge(field), CLAIMS, field);
});

Deno.test("claimsChallenge() makes nothing of a field that asks for no claims", NONE, () => {
  const encoded = base64(CLAIMS);
  const error = 'Bearer error="insufficient_claims"';
  const others = [`Bearer error="invalid_token", claims="${encoded}"`, `Bearer claims="${encoded}"`];
  const broken = ["", ', claims=""', ', claims="', `, claims=${encoded}`].map((claims) => error + claims);
  const fields = [null, "", "Bearer", ...others, ...broken];
  for (const field of fields) assertEquals(claimsChallenge(field), undefined, String(field));
});

Deno.test("claimsChallenge() makes nothing of claims that are no JSON object", NONE, () => {
  for (const text of ["", "text", "{", "null", "5", '"x"', "[]", "[{}]", "true", CLAIMS + "x"]) {
    assertEquals(claimsChallenge(challenge(base64(text))), undefined, text);
  }
  for (const encoded of ["A", "!!!!", "eyJ9=e30", "e30 e30", '\\"', "=".repeat(1000)]) {
    assertEquals(claimsChallenge(challenge(encoded)), undefined, encoded);
  }
});

Deno.test("claimsChallenge() makes nothing of a field made to be slow to read", NONE, () => {
  const fields = [
    'error="insufficient_claims",'.repeat(50_000),
    'claims="'.repeat(100_000),
    challenge("A".repeat(1e6)),
  ];
  for (const field of fields) assertEquals(claimsChallenge(field), undefined);
});
