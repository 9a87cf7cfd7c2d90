import { CredentialError } from "../errors.ts";

/** What to do about the AADSTS codes that people meet, by number. */
const HINTS: Readonly<Record<number, string>> = {
  7000215:
    "The client secret is wrong. Use the secret's value, not its id; a value is shown only once, so make a new one " +
    "under App registrations > Certificates & secrets if it is lost.",
  7000222: "The client secret has expired. Make a new one under App registrations > Certificates & secrets.",
  7000216: "The app sent neither a secret nor an assertion that Entra accepts.",
  700016:
    "The app is not in this tenant. Check the client id, the tenant id and the cloud, and that an administrator of " +
    "the tenant has consented to the app.",
  90002:
    "There is no such tenant. Check the tenant id and the cloud (--cloud usgov, usgovdod or china have tenants of " +
    "their own).",
  900382: "The tenant belongs to another cloud. Choose it with --cloud.",
  700027:
    "The assertion was refused. Upload this very certificate (not its key) under App registrations > Certificates & " +
    "secrets, and check that it has not expired.",
  700024: "The assertion is outside its lifetime. Check this machine's clock.",
  700023:
    "The assertion is for another address than the one that it reached. Check the authority, and a proxy before it.",
  700021: "The assertion's issuer, subject or audience is not the one that the app expects.",
  700211: "No federated credential of the app has this token's issuer.",
  700213: "No federated credential of the app has this token's subject.",
  700212: "No federated credential of the app has this token's audience.",
  50012: "The assertion was refused. Check the certificate, the client id and the tenant.",
  50013:
    "The assertion was refused. Check that the certificate is the registered one and this machine's clock.",
  9001023:
    "This kind of sign-in needs a tenant of its own: give its id or domain, not common, consumers or organizations.",
  70011: "The scope was refused. Check the cloud, or the Graph endpoint in use.",
  500011: "The tenant does not know this Microsoft Graph. Check the cloud, or the Graph endpoint in use.",
  7000112:
    "The app is disabled in this tenant. An administrator can enable its sign-in under Enterprise applications.",
  53003: "A Conditional Access policy blocks this app. An administrator can see which in the sign-in log.",
};

/** The same for errors without such a number, which are not Entra's, by name (RFC 6749, section 5.2). */
const OTHER_HINTS = new Map([
  [
    "invalid_client",
    "The app did not prove who it is. Check the client id, that the secret or certificate is the one registered for " +
    "it and has not expired, the authority, and this machine's clock.",
  ],
  ["invalid_scope", "The scope was refused. Check the authority, the cloud, or the Graph endpoint in use."],
]);

/** Codes of faults on Entra's side, which pass. */
const TRANSIENT = new Set([90006, 90024, 90033, 90090]);

/** What an error answer of the token endpoint says (RFC 6749, section 5.2, and Entra's own fields). */
export interface EntraError {
  error: string | null;
  description: string | null;
  codes: readonly number[];
  correlationId: string | null;
}

/** The numbers behind "AADSTS" in a text. */
function codesIn(text: string): number[] {
  return [...new Set([...text.matchAll(/AADSTS(\d+)/g)].map((match) => Number(match[1])))];
}

/** What to do about the first of these codes that is known. */
function hintFor(codes: readonly number[]): string | null {
  return codes.map((code) => HINTS[code]).find((hint) => hint !== undefined) ?? null;
}

/**
 * Reads an error answer; anything that is not Entra's JSON is an error without facts.
 *
 * @param redact Takes out of a text what must not be shown.
 */
export function parseEntraError(
  text: string,
  redact: (text: string) => string = (text) => text,
): EntraError {
  let body: Record<string, unknown> = {};
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null) body = value as Record<string, unknown>;
  } catch { /* a proxy's page, or plain text when throttled */ }
  const field = (name: string) => typeof body[name] === "string" ? redact(body[name]).slice(0, 2000) : null;
  const description = field("error_description");
  const listed = Array.isArray(body.error_codes) ? body.error_codes : [];
  return {
    error: field("error"),
    description,
    codes: [...new Set([...listed, ...codesIn(description ?? "")])].filter((code) =>
      Number.isSafeInteger(code)
    ),
    correlationId: field("correlation_id"),
  };
}

/** Whether signing in again may succeed without anything being changed. */
export function isTransientEntraError(error: EntraError): boolean {
  return error.codes.some((code) => TRANSIENT.has(code));
}

/** The first line of a description, without the trace and correlation ids that follow it. */
function firstSentence(description: string): string {
  return description.split(/\r?\n|\s*Trace ID:/)[0]?.trim() ?? "";
}

/** The error for a sign-in that Entra refused. */
export function signInRefused(who: string, status: number, error: EntraError): CredentialError {
  const { codes, correlationId, description } = error;
  const isEntra = codes.length > 0;
  const name = isEntra && description ? null : error.error; // Entra's description says it all
  const said = [name, description && firstSentence(description)].filter(Boolean).join(": ") ||
    "nothing that can be read";
  return new CredentialError(
    "SignInRefused",
    `Cannot sign in ${who}: Entra answered ${status}: ${said}` +
      (correlationId ? ` (correlation id ${correlationId})` : ""),
    {
      hint: isEntra ? hintFor(codes) : OTHER_HINTS.get(error.error ?? "") ??
        "Check the authority: this is not how Microsoft Entra answers.",
      aadstsCodes: codes,
      correlationId,
    },
  );
}

/** The error for a credential from elsewhere that threw; what it says of Entra's answer counts. */
export function credentialFailed(cause: unknown): CredentialError {
  const why = cause instanceof Error ? cause.message : String(cause);
  const codes = codesIn(why);
  const refused = codes.length > 0 && !codes.some((code) => TRANSIENT.has(code));
  return new CredentialError(
    refused ? "SignInRefused" : "SignInFailed",
    `Cannot get a token from the credential: ${why}`,
    { hint: hintFor(codes), aadstsCodes: codes, cause },
  );
}
