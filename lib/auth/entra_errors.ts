import { CredentialError } from "../errors.ts";
import { describeConnectionError, isUntrusted, TRUST_HINT } from "../http/connection_error.ts";
import { redact } from "../http/redact.ts";
import { bodyText, type HttpResponse, type Reply } from "../http/send.ts";
import { shortened } from "../printable.ts";

const NEW_SECRET = "create a new one under App registrations > Certificates & secrets";
const OWN_TENANT =
  "An app signs in to a tenant of its own: give its id or domain, not common, consumers or organizations.";
const OTHER_CLOUD = "The tenant belongs to another cloud. Choose that cloud.";
const FEDERATED =
  "Compare issuer, subject and audience with the app's federated credentials: case and a final slash matter.";
const VALIDITY =
  "The certificate is expired, not yet valid or revoked. Its dates are in the file: renew it, and upload the new one.";
const CONSENT =
  "An administrator of the tenant must consent to the app's permissions: API permissions > Grant admin consent.";
const SCOPE = "Check the cloud, or the Graph endpoint in use.";
const POLICY = "An administrator can find the Conditional Access policy in the sign-in logs.";
const LATER = "Microsoft Entra is busy or has a problem. Try again later.";

/** What to do, and the AADSTS codes that it is about. */
const HINTS: readonly (readonly [hint: string, ...codes: number[]])[] = [
  [
    `The client secret is wrong. Use the secret's value, not its id. A value is shown only once: if it is lost, ${NEW_SECRET}.`,
    7000215,
  ],
  [`The client secret has expired: ${NEW_SECRET}.`, 7000222],
  ["The app sent neither a secret nor an assertion that Entra accepts.", 7000216, 7000218],
  [
    "The app is not in this tenant. Check the client id, the tenant id and the cloud, and that an administrator of " +
    "the tenant has consented to the app.",
    700016,
    700011,
  ],
  [
    "There is no such tenant. Check the tenant id and the cloud: national clouds have tenants of their own.",
    90002,
    900023,
  ],
  [OWN_TENANT, 50059, 90019, 9001023, 50194],
  [OTHER_CLOUD, 900382, 900432, 90038, 900439],
  [
    "The assertion was rejected. Upload this very certificate (not its key) under App registrations > Certificates & " +
    "secrets, and check that it has not expired.",
    700027,
  ],
  ["The assertion is not valid yet or has expired. Check this machine's clock.", 700024],
  [VALIDITY, 1000502, 7000214, 7000274, 7000277],
  [
    "The assertion was made for a different address. Check the authority, and any proxy in front of it.",
    700023,
  ],
  ["The issuer, subject or audience of the assertion does not match the app.", 700021],
  [`No federated credential of the app matches the assertion. ${FEDERATED}`, 70021, 7002138],
  [`No federated credential of the app matches the issuer of the assertion. ${FEDERATED}`, 700211],
  [`No federated credential of the app matches the audience of the assertion. ${FEDERATED}`, 700212],
  [`No federated credential of the app matches the subject of the assertion. ${FEDERATED}`, 700213],
  ["The app has no federated credential, or it is too new: add one, or wait some minutes.", 70025],
  [
    "A token of Entra itself cannot be used for federation: use the platform's token, or a managed identity.",
    700222,
    700229,
  ],
  ["What was sent is not a JWT: check what the federated token file contains.", 50027],
  ["The assertion was rejected. Check the certificate, the client id and the tenant.", 50012, 700030],
  [
    "The assertion was rejected. Check that the certificate is the registered one, and this machine's clock.",
    50013,
  ],
  [`The scope was rejected. ${SCOPE}`, 70011, 28002],
  [`The tenant does not know this Microsoft Graph. ${SCOPE}`, 500011, 50001, 650052],
  [CONSENT, 65001, 90094, 90008],
  [
    "The app is disabled in this tenant. An administrator can enable its sign-in under Enterprise applications.",
    7000112,
    70001,
  ],
  [
    `A Conditional Access policy blocks this app, or the place that it runs in. ${POLICY}`,
    53003,
    530032,
    50131,
  ],
  [
    `The policy requires a managed device or a second factor, which an app cannot offer. ${POLICY}`,
    53000,
    53001,
    50097,
    50005,
    50072,
    50074,
    50076,
    50079,
    50158,
  ],
  ["An administrator must assign the app or the user to the application in Enterprise applications.", 50105],
  [LATER, 90055, 50196, 90006, 90012, 90024, 90033, 90090, 50033, 50087],
];

/** What to do about common AADSTS codes, by number. */
export const AADSTS_HINTS: ReadonlyMap<number, string> = new Map(
  HINTS.flatMap(([hint, ...codes]) => codes.map((code) => [code, hint] as const)),
);

/** What to do about errors without an AADSTS code, by OAuth error code (RFC 6749, section 5.2). */
export const OAUTH_ERROR_HINTS: ReadonlyMap<string | null, string> = new Map([
  [
    "invalid_client",
    "The app could not be authenticated. Check the client id, that the secret or certificate is registered for it and " +
    "has not expired, the authority, and this machine's clock.",
  ],
  ["invalid_scope", "The scope was rejected. Check the authority, the cloud, or the Graph endpoint in use."],
]);

/** AADSTS codes of temporary errors in Entra. */
const TRANSIENT = new Set([90006, 90012, 90024, 90033, 90055, 90090, 50033, 50087]);

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
  return codes.map((code) => AADSTS_HINTS.get(code)).find((hint) => hint !== undefined) ?? null;
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
  const field = (name: string, cut = shortened) =>
    typeof body[name] === "string" ? cut(redact(body[name])) : null;
  const description = field("error_description", (text) => text.slice(0, 2000)); // its end has ids
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
  return shortened(description.split(/\r?\n|\s*Trace ID:/)[0]?.trim() ?? "");
}

/** Whether something other than Entra answered: Entra never sends HTML. */
export function isWebPage({ header, body }: HttpResponse): boolean {
  return /^\s*text\/html/i.test(header("content-type") ?? "") || /^\s*</.test(bodyText(body).slice(0, 100));
}

const WEB_PAGE = "with a web page, most likely that of a proxy";

const REDIRECT_HINT =
  "Redirects are not followed, because they would send the secret elsewhere. Check the authority.";
const PROXY_SIGN_IN = "The proxy requires a sign-in: put its user name and password into HTTPS_PROXY.";
const PROXY_HINT = "Check the authority and the proxy: it may block the sign-in service.";

/**
 * Returns the error for a sign-in that was refused, by Entra or by something in between.
 *
 * @param who The app and the token endpoint, as in "as app x at y".
 * @param status HTTP status; `null` if a browser brought the answer.
 * @param options.isPage Whether the response was a web page.
 * @param options.hints What to do about a code, by number, in place of the general hint.
 */
export function signInRefusedError(
  who: string,
  status: number | null,
  error: EntraError,
  { hints = {}, isPage = false }: { hints?: Readonly<Record<number, string>>; isPage?: boolean } = {},
): CredentialError {
  const { codes, correlationId, description } = error;
  const isEntra = codes.length > 0;
  if (status !== null && status >= 300 && status < 400) {
    const message = `Cannot sign in ${who}: it answered ${status}, a redirect`;
    return new CredentialError("SignInFailed", message, { hint: REDIRECT_HINT });
  }
  if (!isEntra && isPage) {
    const message = `Cannot sign in ${who}: something other than Entra answered ${status} ${WEB_PAGE}`;
    return new CredentialError("SignInFailed", message, {
      hint: status === 407 ? PROXY_SIGN_IN : PROXY_HINT,
    });
  }
  const name = isEntra && description ? null : error.error; // Entra's description says more than the OAuth code
  const details = [name, description && firstSentence(description)].filter(Boolean).join(": ") ||
    "no readable error";
  const special = codes.map((code) => hints[code]).find((hint) => hint !== undefined);
  return new CredentialError(
    "SignInRefused",
    `Cannot sign in ${who}: Entra answered ${status === null ? "" : `${status}: `}${details}` +
      (correlationId ? ` (correlation id ${correlationId})` : ""),
    {
      hint: special ?? (isEntra ? hintFor(codes) : OAUTH_ERROR_HINTS.get(error.error) ??
        "Check the authority: this is not how Microsoft Entra answers."),
      aadstsCodes: codes,
      correlationId,
    },
  );
}

/** Returns the error for a sign-in whose attempts are used up, or that would have to wait too long. */
export function signInFailedError(
  who: string,
  reply: Reply,
  entra: EntraError | undefined,
  wait: "exhausted" | { tooLong: number },
): CredentialError {
  const said = entra?.description ? `: ${firstSentence(entra.description)}` : "";
  const what = reply.kind === "response"
    ? isWebPage(reply)
      ? `something other than Entra answered ${reply.status} ${WEB_PAGE}`
      : `The sign-in service answered ${reply.status}${said}`
    : describeConnectionError(reply, "the sign-in service");
  const delay = wait === "exhausted" ? "" : ` and asks to wait ${Math.ceil(wait.tooLong / 1000)} s`;
  const lost = reply.kind === "disconnected";
  const id = entra?.correlationId ? ` (correlation id ${entra.correlationId})` : "";
  return new CredentialError("SignInFailed", `Cannot sign in ${who}: ${what}${delay}${id}`, {
    aadstsCodes: entra?.codes,
    correlationId: entra?.correlationId,
    hint: isUntrusted(reply)
      ? TRUST_HINT
      : lost
      ? "Check the network, the proxy settings and the authority."
      : hintFor(entra?.codes ?? []) ?? "Try again later.",
    cause: lost ? reply.cause : undefined,
  });
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
    `Cannot get a token from the credential: ${shortened(redact(why))}`,
    { hint: hintFor(codes), aadstsCodes: codes, cause },
  );
}
