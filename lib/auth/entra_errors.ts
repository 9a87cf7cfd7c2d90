import { CredentialError } from "../errors.ts";

/** What to do about common AADSTS codes, by number. */
const AADSTS_HINTS: Readonly<Record<number, string>> = {
  7000215:
    "The client secret is wrong. Use the secret's value, not its id. A value is shown only once: if it is lost, create " +
    "a new secret under App registrations > Certificates & secrets.",
  7000222:
    "The client secret has expired. Create a new one under App registrations > Certificates & secrets.",
  7000216: "The app sent neither a secret nor an assertion that Entra accepts.",
  700016:
    "The app is not in this tenant. Check the client id, the tenant id and the cloud, and that an administrator of " +
    "the tenant has consented to the app.",
  90002:
    "There is no such tenant. Check the tenant id and the cloud: national clouds have tenants of their own.",
  900382: "The tenant belongs to another cloud. Choose that cloud.",
  700027:
    "The assertion was rejected. Upload this very certificate (not its key) under App registrations > Certificates & " +
    "secrets, and check that it has not expired.",
  700024: "The assertion is not valid yet or has expired. Check this machine's clock.",
  700023:
    "The assertion was made for a different address. Check the authority, and any proxy in front of it.",
  700021: "The issuer, subject or audience of the assertion does not match the app.",
  700211: "No federated credential of the app matches the issuer of the assertion.",
  700213: "No federated credential of the app matches the subject of the assertion.",
  700212: "No federated credential of the app matches the audience of the assertion.",
  50012: "The assertion was rejected. Check the certificate, the client id and the tenant.",
  50013:
    "The assertion was rejected. Check that the certificate is the registered one, and this machine's clock.",
  9001023:
    "An app signs in to a tenant of its own: give its id or domain, not common, consumers or organizations.",
  70011: "The scope was rejected. Check the cloud, or the Graph endpoint in use.",
  500011: "The tenant does not know this Microsoft Graph. Check the cloud, or the Graph endpoint in use.",
  7000112:
    "The app is disabled in this tenant. An administrator can enable its sign-in under Enterprise applications.",
  53003:
    "A Conditional Access policy blocks this app. An administrator can find the policy in the sign-in logs.",
};

/** What to do about errors without an AADSTS code, by OAuth error code (RFC 6749, section 5.2). */
const OAUTH_ERROR_HINTS: ReadonlyMap<string | null, string> = new Map([
  [
    "invalid_client",
    "The app could not be authenticated. Check the client id, that the secret or certificate is registered for it and " +
    "has not expired, the authority, and this machine's clock.",
  ],
  ["invalid_scope", "The scope was rejected. Check the authority, the cloud, or the Graph endpoint in use."],
]);

/** AADSTS codes of temporary errors in Entra. */
const TRANSIENT = new Set([90006, 90024, 90033, 90090]);

/** An error response of the token endpoint (RFC 6749, section 5.2, and Entra's own fields). */
export interface EntraError {
  /** OAuth error code, such as "invalid_client". */
  error: string | null;
  description: string | null;
  /** The numbers of its AADSTS codes. */
  codes: readonly number[];
  correlationId: string | null;
}

/** Returns the numbers of the AADSTS codes in a text. */
function findCodes(text: string): number[] {
  return [...new Set([...text.matchAll(/AADSTS(\d+)/g)].map((match) => Number(match[1])))];
}

/** Returns what to do about the first known code. */
function hintFor(codes: readonly number[]): string | null {
  return codes.map((code) => AADSTS_HINTS[code]).find((hint) => hint !== undefined) ?? null;
}

/**
 * Parses an error response. All fields are empty if it is not Entra's JSON.
 *
 * @param redact Removes secrets that the server may have echoed.
 */
export function parseEntraError(
  text: string,
  redact: (text: string) => string = (text) => text,
): EntraError {
  let body: Record<string, unknown> = {};
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null) body = value as Record<string, unknown>;
  } catch { /* a proxy's HTML page, or plain text if throttled */ }
  const field = (name: string) => typeof body[name] === "string" ? redact(body[name]).slice(0, 2000) : null;
  const description = field("error_description");
  const listed = Array.isArray(body.error_codes) ? body.error_codes : [];
  return {
    error: field("error"),
    description,
    codes: [...new Set([...listed, ...findCodes(description ?? "")])].filter((code) =>
      Number.isSafeInteger(code)
    ),
    correlationId: field("correlation_id"),
  };
}

/** Whether the same sign-in may succeed later. */
export function isTransientEntraError(error: EntraError): boolean {
  return error.codes.some((code) => TRANSIENT.has(code));
}

/** Returns the first line of a description, without the trace and correlation ids after it. */
function firstSentence(description: string): string {
  return description.split(/\r?\n|\s*Trace ID:/)[0]?.trim() ?? "";
}

/**
 * Returns the error for a sign-in that Entra refused.
 *
 * @param who The app and the token endpoint, as in "as app x at y".
 */
export function signInRefusedError(who: string, status: number, error: EntraError): CredentialError {
  const { codes, correlationId, description } = error;
  const isEntra = codes.length > 0;
  const name = isEntra && description ? null : error.error; // Entra's description says more than the OAuth code
  const details = [name, description && firstSentence(description)].filter(Boolean).join(": ") ||
    "no readable error";
  return new CredentialError(
    "SignInRefused",
    `Cannot sign in ${who}: Entra answered ${status}: ${details}` +
      (correlationId ? ` (correlation id ${correlationId})` : ""),
    {
      hint: isEntra ? hintFor(codes) : OAUTH_ERROR_HINTS.get(error.error) ??
        "Check the authority: this is not how Microsoft Entra answers.",
      aadstsCodes: codes,
      correlationId,
    },
  );
}

/**
 * Returns the error for a credential of the caller that threw. AADSTS codes in its message are
 * recognized.
 */
export function toCredentialError(cause: unknown): CredentialError {
  const why = cause instanceof Error ? cause.message : String(cause);
  const codes = findCodes(why);
  const refused = codes.length > 0 && !codes.some((code) => TRANSIENT.has(code));
  return new CredentialError(
    refused ? "SignInRefused" : "SignInFailed",
    `Cannot get a token from the credential: ${why}`,
    { hint: hintFor(codes), aadstsCodes: codes, cause },
  );
}
