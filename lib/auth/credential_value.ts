import { describeValue, secretKind } from "../describe_value.ts";
import { CredentialError } from "../errors.ts";
import { isJsonObject } from "../is_json_object.ts";

/** Why a value cannot be used, as in "it is empty", and what to do about it. */
export interface Problem {
  reason: string;
  hint?: string;
}

const INVISIBLE = /[\u200b-\u200d\u2060\ufeff]/g;
const QUOTES: Readonly<Record<string, string>> = {
  '"': '"',
  "'": "'",
  "\u201c": "\u201d",
  "\u2018": "\u2019",
};

/**
 * Returns a value without what shells, .env files, Docker, Kubernetes and editors leave around it: white space, line
 * ends, a byte order mark, one pair of quotes.
 */
export function cleanValue(text: string): string {
  const value = text.replace(INVISIBLE, "").trim();
  const isQuoted = value.length > 1 && QUOTES[value[0]!] === value.at(-1);
  return isQuoted ? value.slice(1, -1).trim() : value;
}

/**
 * Returns the text in a file: UTF-8, or the UTF-16 of Windows PowerShell. A byte order mark is left out.
 */
export function decodeText(bytes: Uint8Array): string {
  const isUtf16 = (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[1] === 0 && bytes[0] !== 0);
  const isBigEndian = (bytes[0] === 0xfe && bytes[1] === 0xff) || (bytes[0] === 0 && bytes[1] !== 0);
  return new TextDecoder(isUtf16 ? "utf-16le" : isBigEndian ? "utf-16be" : "utf-8").decode(bytes);
}

/** What stands for a value that nothing has put there yet. */
const PLACEHOLDERS: readonly RegExp[] = [
  /^[*\u2022]+$/,
  /^[xX]{4,}$/,
  /^\$\(.*\)$/,
  /^\$\{.*\}$/,
  /^\{.*\}$/,
  /^<.*>$/,
  /^%\w+%$/,
  /^\$(env:)?\w+$/i,
  /^#\{.*\}#?$/,
  /^__\w+__$/,
  /^@Microsoft\.KeyVault\(/i,
  /^your[-_ ]/i,
];

/** What programs print in place of a value that they do not have. */
const NO_VALUE = /^(null|none|nil|undefined|nan|\(null\)|\[object Object\])$/i;

const SECURE_STRING: Problem = {
  reason: "it is System.Security.SecureString, the name of a type",
  hint:
    "In PowerShell: (Get-AzAccessToken -ResourceTypeName MSGraph).Token | ConvertFrom-SecureString -AsPlainText",
};

/** Returns why a value is certainly none, such as a placeholder; `undefined` if it may be one. */
function findPlaceholder(value: string): Problem | undefined {
  if (/^System\.Security\.SecureString$/i.test(value)) return SECURE_STRING;
  if (NO_VALUE.test(value)) return { reason: `it is the word ${describeValue(value, "name")}, not a value` };
  if (!PLACEHOLDERS.some((shape) => shape.test(value))) return undefined;
  return { reason: `it is a placeholder that nothing replaced: ${describeValue(value, "id")}` };
}

/** What stands before a token where it was copied or printed with its name. */
const LABELS =
  /^(?:export\s+|set\s+|\$env:)?(?:GRAPH_ACCESS_TOKEN|ACCESS_TOKEN|access_?token)\s*[=:]\s*|^Authorization:\s*|^Bearer(?:\s+|$)/i;

/** The members in which `az`, token endpoints and CI systems return a token. */
const TOKEN_MEMBERS = ["accessToken", "access_token", "token", "Token", "value", "oidcToken"] as const;

/** Takes off one layer of what surrounds a token. */
function unwrapToken(text: string): string | Problem {
  const value = cleanValue(text).replace(LABELS, "");
  if (!value.startsWith("{") || !value.endsWith("}")) return /[;,]$/.test(value) ? value.slice(0, -1) : value;
  let json: unknown;
  try {
    json = JSON.parse(value);
  } catch {
    return value;
  }
  if (!isJsonObject(json)) return value;
  const token = TOKEN_MEMBERS.map((name) => json[name]).find((member) => typeof member === "string");
  if (typeof token === "string") return token;
  return { reason: `it is JSON that contains ${"error" in json ? "an error" : "no token"}` };
}

/** How many layers are taken off: a quoted value in JSON, in quotes. */
const MAX_LAYERS = 5;

/** Returns the token in a text, without what surely only surrounds it, or why there is none. */
function findToken(text: string): string | Problem {
  let value = text;
  for (let layer = 0; layer < MAX_LAYERS; layer++) {
    const inner = unwrapToken(value);
    if (typeof inner !== "string" || inner === value) return inner;
    value = inner;
  }
  return value;
}

/** The characters of a bearer token (RFC 6750, section 2.1). */
const TOKEN = /^[\w.~+/=-]+$/;

/** Returns why a text is no access token; `undefined` if it may be one. */
function tokenProblem(value: string): Problem | undefined {
  if (value === "") return { reason: "it is empty" };
  const placeholder = findPlaceholder(value);
  if (placeholder) return placeholder;
  const kind = secretKind(value);
  if (kind && !/token/.test(kind)) return { reason: `it looks like ${kind}, not like an access token` };
  if (/^[01]\.A[\w.-]{40}/.test(value)) {
    return { reason: "it looks like a refresh token, not like an access token" };
  }
  if (TOKEN.test(value)) return undefined;
  return {
    reason: "it contains white space or characters not allowed in a token",
    hint: "A token is a single line of letters, digits and . - _, without quotes.",
  };
}

const invalid = (what: string, { reason, hint }: Problem) =>
  new CredentialError("CredentialInvalid", `Cannot use ${what} as ${reason}`, { hint });

/**
 * Returns the access token in a text: as it is, in quotes, after "Bearer", or in the JSON of `az` and token endpoints.
 *
 * @param what Names the text in errors.
 * @throws {CredentialError} If the text is no token.
 */
export function parseTokenText(text: string, what: string): string {
  const found = findToken(text);
  const problem = typeof found === "string" ? tokenProblem(found) : found;
  if (problem) throw invalid(what, problem);
  return found as string;
}

/**
 * Returns the client assertion in a text: a JWT, as it is, in quotes or in the JSON of GitHub Actions.
 *
 * @param what Names the text in errors.
 * @throws {CredentialError} If the text is no JWT.
 */
export function parseAssertionText(text: string, what: string): string {
  const found = findToken(text);
  if (typeof found !== "string") throw invalid(what, found);
  if (/^[\w-]+\.[\w-]+\.[\w-]+$/.test(found)) return found;
  const reason = found === ""
    ? "it is empty"
    : "it is not a JWT, which has three parts with a dot between them";
  throw invalid(what, findPlaceholder(found) ?? { reason });
}

/**
 * Returns a client secret.
 *
 * @param what Names the secret in errors.
 * @throws {CredentialError} If it is certainly none.
 */
export function parseSecretText(value: string, what: string): string {
  const kind = secretKind(value);
  const problem = findPlaceholder(value) ??
    (/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i.test(value)
      ? { reason: "it looks like the secret's id", hint: "Use the secret's value, which is shown only once." }
      : kind && kind !== "a client secret" && kind !== "a token or key"
      ? { reason: `it looks like ${kind}, not like a client secret` }
      : undefined);
  if (problem) throw invalid(what, problem);
  return value;
}

/**
 * Returns a tenant id or client id without what surrounds it: braces, `api://`, the URL of the sign-in service, a slash.
 *
 * @param what Names the value in errors, such as AZURE_TENANT_ID.
 * @throws {TypeError} If it is no id.
 */
export function parseId(what: string, given: unknown, kind: "tenant id" | "client id"): string {
  const fail = (reason: string) => new TypeError(`Cannot use ${what} as it ${reason}`);
  if (typeof given !== "string") throw fail("must be a string");
  const value = cleanValue(given)
    .replace(/^https:\/\/(?:login|sts)\.[\w.-]+\/([^/]+)(?:\/.*)?$/i, "$1")
    .replace(/^api:\/\/(?=[\da-f]{8}-)/i, "").replace(/^\{([\da-f-]{36})\}$/i, "$1").replace(/\/$/, "");
  const placeholder = findPlaceholder(value);
  if (placeholder) throw fail(placeholder.reason.replace(/^it /, ""));
  const isId = value.length <= 253 && /^[A-Za-z\d][A-Za-z\d-]{0,62}(\.[A-Za-z\d-]{1,63})*$/.test(value);
  if (isId && secretKind(value) === undefined) return value;
  throw fail(
    `must be a ${kind} of letters, digits, dots and hyphens, not ${describeValue(given, "name")}`,
  );
}

/** The names that Azure's tools give to the clouds, with their sign-in hosts. */
const AZURE_CLOUDS: Readonly<Record<string, string>> = {
  azurecloud: "https://login.microsoftonline.com",
  azurepubliccloud: "https://login.microsoftonline.com",
  azureusgovernment: "https://login.microsoftonline.us",
  azureusgovernmentcloud: "https://login.microsoftonline.us",
  azurechinacloud: "https://login.chinacloudapi.cn",
};

/** Returns the URL that a variable means: people leave out `https://`, and write the name of a cloud. */
export function completeUrl(text: string): string {
  const value = cleanValue(text);
  const known = AZURE_CLOUDS[value.toLowerCase()];
  if (known) return known;
  return /^[A-Za-z\d-]+(\.[A-Za-z\d-]+)+\/?$/.test(value) ? `https://${value}` : value;
}
