/** The least there is to do with a certificate: an assertion, a token, a removal, a line about it. */
import { importPKCS8, SignJWT } from "../../../lib/deps/jose_sign.ts";

const {
  GRAPH_ENDPOINT,
  AZURE_AUTHORITY_HOST,
  AZURE_TENANT_ID,
  AZURE_CLIENT_ID = "",
  AZURE_CLIENT_CERTIFICATE_PATH,
} = Deno.env.toObject();
const pem = await Deno.readTextFile(AZURE_CLIENT_CERTIFICATE_PATH!);
const base64 = /-----BEGIN CERTIFICATE-----([^-]*)/.exec(pem)![1]!.replace(/\s/g, "");
const der = Uint8Array.fromBase64(base64);
const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", der));
const tokenUrl = `${AZURE_AUTHORITY_HOST}/${AZURE_TENANT_ID}/oauth2/v2.0/token`;
const now = Math.floor(Date.now() / 1000);
const assertion = await new SignJWT()
  .setProtectedHeader({
    alg: "PS256",
    typ: "JWT",
    "x5t#S256": digest.toBase64({ alphabet: "base64url", omitPadding: true }),
  })
  .setAudience(tokenUrl).setIssuer(AZURE_CLIENT_ID).setSubject(AZURE_CLIENT_ID).setJti(crypto.randomUUID())
  .setIssuedAt(now).setNotBefore(now).setExpirationTime(now + 600)
  .sign(await importPKCS8(pem.slice(pem.indexOf("-----BEGIN PRIVATE KEY-----")), "PS256"));
const signIn = await fetch(tokenUrl, {
  method: "POST",
  body: new URLSearchParams({
    grant_type: "client_credentials",
    client_id: AZURE_CLIENT_ID,
    scope: `${GRAPH_ENDPOINT}/.default`,
    claims: JSON.stringify({ access_token: { xms_cc: { values: ["cp1"] } } }),
    client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
    client_assertion: assertion,
  }),
});
const { access_token: token } = await signIn.json();
const response = await fetch(`${GRAPH_ENDPOINT}/v1.0/users/alex@contoso.com/photo/$value`, {
  method: "DELETE",
  headers: { authorization: `Bearer ${token}` },
});
await response.text();
console.log(JSON.stringify({ outcome: response.ok ? "removed" : "failed", status: response.status }));
