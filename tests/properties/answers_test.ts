import { decodeClaims } from "../../lib/auth/token_claims.ts";
import { parseEntraError, signInRefusedError } from "../../lib/auth/entra_errors.ts";
import { CredentialError } from "../../lib/errors.ts";
import { claimsChallenge } from "../../lib/graph/interpret_reply.ts";
import { parseErrorBody } from "../../lib/graph/error_body.ts";
import { GRAPH_CODES } from "../../lib/graph/error_codes.ts";
import { explainRefusal } from "../../lib/permissions.ts";
import { fc } from "../deps/fast_check.ts";
import { assert, assertEquals } from "../deps/assert.ts";
import { anyText, damaged, jsonText } from "./hostile.ts";
import { property } from "./property.ts";

const bytesOf = (text: string) => new TextEncoder().encode(text);
const isText = (value: unknown, most = 2000) =>
  value === null || (typeof value === "string" && value.length <= most);

const ERROR_JSON = jsonText(
  ["error", "code", "message", "innerError", "innererror", "request-id"],
  ['"ImageNotFound"', '"{\\"errorCode\\":\\"ErrorItemNotFound\\"}"', '{"code":"constructor"}'],
);
const ERROR_BODY = fc.oneof(ERROR_JSON, ERROR_JSON.map((json) => `{"error":${json}}`), anyText());

property(
  "parseErrorBody() reads text, bytes and values alike, and gives nothing but text",
  fc.oneof(ERROR_BODY, damaged(ERROR_BODY)),
  (body) => {
    const read = parseErrorBody(body);
    assertEquals(Object.keys(read), ["code", "message", "requestId"]);
    assert(Object.values(read).every((value) => isText(value)), JSON.stringify(read));
    if (body.isWellFormed() && !body.startsWith("\ufeff")) assertEquals(parseErrorBody(bytesOf(body)), read);
    let value: unknown;
    try {
      value = JSON.parse(body);
    } catch {
      assertEquals(read, { code: null, message: null, requestId: null });
      return;
    }
    if (typeof value !== "string") assertEquals(parseErrorBody(value), read);
  },
);

property(
  "parseErrorBody() gives the innermost known code, however errors are nested",
  fc.array(
    fc.tuple(
      fc.option(fc.constantFrom(...Object.keys(GRAPH_CODES), "Unknown", ""), { nil: undefined }),
      fc.constantFrom("innerError", "innererror"),
    ),
    { minLength: 1, maxLength: 8 },
  ),
  (levels) => {
    const error = levels.reduceRight<object | undefined>(
      (inner, [code, name]) => ({ code, [name]: inner, "request-id": "id" }),
      undefined,
    );
    const codes = levels.map(([code]) => code).filter((code) => code);
    const known = codes.findLast((code) => code !== "Unknown") ?? codes.at(-1) ?? null;
    assertEquals(parseErrorBody(JSON.stringify({ error })), { code: known, message: null, requestId: "id" });
  },
);

const ENTRA_JSON = jsonText(
  ["error", "error_description", "error_codes", "correlation_id"],
  ['"AADSTS7000215: Invalid."', "[7000215]", '"invalid_client"', '"AADSTS99999999999999999999999999"'],
);

property(
  "parseEntraError() reads any response, and an error can be made of it",
  fc.tuple(fc.oneof(ENTRA_JSON, damaged(ENTRA_JSON), anyText()), fc.integer({ min: 200, max: 599 })),
  ([body, status]) => {
    const read = parseEntraError(body);
    assert([read.error, read.description, read.correlationId].every((value) => isText(value)));
    assert(read.codes.every((code) => Number.isSafeInteger(code)), JSON.stringify(read.codes));
    const error = signInRefusedError("as app", status, read);
    assert(error instanceof CredentialError && error.message.includes(`Entra answered ${status}: `));
  },
);

const CLAIMS_JSON = jsonText(
  ["scp", "roles", "idtyp", "tid", "appid", "upn", "aud", "exp"],
  ['"User.Read"', '["User.Read.All"]', '"app"', '"user"', "1767323045", "1e306"],
);

property(
  "decodeClaims() reads any token, and gives values of its types alone",
  fc.oneof(
    fc.tuple(anyText(), fc.oneof(CLAIMS_JSON, damaged(CLAIMS_JSON)), anyText()).map(
      ([header, payload, signature]) =>
        `${header}.${bytesOf(payload).toBase64({ alphabet: "base64url" })}.${signature}`,
    ),
    damaged(CLAIMS_JSON.map((payload) => `e30.${bytesOf(payload).toBase64({ alphabet: "base64url" })}.`)),
    anyText(40),
  ),
  (token) => {
    const claims = decodeClaims(token);
    for (const kind of ["me", "user", "group"] as const) assert(explainRefusal(kind, claims, null) !== "");
    if (claims === null) return;
    const { kind, personal, permissions, expiresOnTimestamp, ...texts } = claims;
    assert(["application", "delegated", "unknown"].includes(kind) && typeof personal === "boolean");
    assert(Array.isArray(permissions) && permissions.every((name) => typeof name === "string"));
    assert(expiresOnTimestamp === null || Number.isFinite(expiresOnTimestamp), String(expiresOnTimestamp));
    assert(Object.values(texts).every((value) => isText(value, Infinity)), JSON.stringify(texts));
  },
);

property(
  "decodeClaims() gives the claims that a token was made of, in any script",
  fc.record({ upn: anyText(), tid: anyText(), aud: anyText(), scp: fc.array(fc.stringMatching(/^[^ ]+$/)) }),
  (payload) => {
    const json = JSON.stringify({ ...payload, scp: payload.scp.join(" ") });
    const claims = decodeClaims(`e30.${bytesOf(json).toBase64({ alphabet: "base64url" })}.c2ln`)!;
    const empty = (text: string) => text === "" ? null : text;
    assertEquals([claims.user, claims.tenantId, claims.audience], [
      empty(payload.upn),
      empty(payload.tid),
      empty(payload.aud),
    ]);
    assertEquals(claims.permissions, payload.scp);
  },
);

const isObject = (value: unknown) => typeof value === "object" && value !== null && !Array.isArray(value);
const DEMAND = jsonText(["access_token", "nbf", "essential", "value"]);

property(
  "claimsChallenge() gives the claims of a challenge, wherever they are in the field",
  fc.tuple(DEMAND, fc.boolean(), fc.boolean(), fc.constantFrom("", 'realm="", ', 'Basic realm="x", ')),
  ([json, url, first, before]) => {
    const encoded = bytesOf(json).toBase64({ alphabet: url ? "base64url" : "base64" });
    const parts = [`claims="${encoded}"`, 'error="insufficient_claims"'];
    const field = `Bearer ${before}${(first ? parts : parts.toReversed()).join(", ")}`;
    const value: unknown = JSON.parse(json);
    assertEquals(claimsChallenge(field), isObject(value) ? json : undefined);
  },
);

property(
  "claimsChallenge() gives undefined or a JSON object for any field",
  fc.oneof(
    damaged(
      DEMAND.map((json) => `Bearer error="insufficient_claims", claims="${bytesOf(json).toBase64()}"`),
    ),
    anyText(30).map((text) => `Bearer error="insufficient_claims", claims="${text}`),
    anyText(30),
  ),
  (field) => {
    const claims = claimsChallenge(field);
    if (claims === undefined) return;
    assert(isObject(JSON.parse(claims)), claims);
  },
);
