import { parseEntraError, signInRefusedError } from "../../lib/auth/entra_errors.ts";
import { CredentialError } from "../../lib/errors.ts";
import { claimsChallenge } from "../../lib/graph/interpret_reply.ts";
import { parseErrorBody } from "../../lib/graph/error_body.ts";
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

Deno.test(property(
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
));

const ENTRA_JSON = jsonText(
  ["error", "error_description", "error_codes", "correlation_id"],
  ['"AADSTS7000215: Invalid."', "[7000215]", '"invalid_client"', '"AADSTS99999999999999999999999999"'],
);

Deno.test(property(
  "parseEntraError() reads any response, and an error can be made of it",
  fc.tuple(fc.oneof(ENTRA_JSON, damaged(ENTRA_JSON), anyText()), fc.integer({ min: 200, max: 599 })),
  ([body, status]) => {
    const read = parseEntraError(body);
    assert([read.error, read.description, read.correlationId].every((value) => isText(value)));
    assert(read.codes.every((code) => Number.isSafeInteger(code)), JSON.stringify(read.codes));
    const error = signInRefusedError("as app", status, read);
    assert(error instanceof CredentialError && error.message.includes(` answered ${status}`));
  },
));

const DEMAND = jsonText(["access_token", "nbf", "essential", "value"]);

Deno.test(property(
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
    const value: unknown = JSON.parse(claims);
    assert(typeof value === "object" && value !== null && !Array.isArray(value), claims);
  },
));
