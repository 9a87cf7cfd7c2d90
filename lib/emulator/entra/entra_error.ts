import { type Answer, type EmulatorRequest, jsonAnswer } from "../exchange.ts";

interface Row {
  readonly status: number;
  readonly error: string;
  readonly text: (detail: string) => string;
}

const invalidClient = (text: Row["text"]): Row => ({ status: 401, error: "invalid_client", text });
const refused = (error: string, text: Row["text"]): Row => ({ status: 400, error, text });
const transient: Row = {
  status: 503,
  error: "temporarily_unavailable",
  text: () => "A transient error has occurred. Please try again.",
};

/** The codes that this sign-in uses, by number. */
const ROWS = {
  50000: refused("invalid_request", (detail) => `There was an error issuing a token. ${detail}`),
  50012: invalidClient((detail) => `Invalid client assertion: ${detail}`),
  50027: invalidClient((detail) => `JWT token is invalid or malformed. ${detail}`),
  70003: refused(
    "unsupported_grant_type",
    (type) => `The app requested an unsupported grant type '${type}'.`,
  ),
  70011: refused(
    "invalid_scope",
    (scope) =>
      `The provided value for the input parameter 'scope' is not valid. The scope ${scope} is not valid.`,
  ),
  90002: refused(
    "invalid_request",
    (tenant) =>
      `Tenant '${tenant}' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud. Check with your subscription administrator, this may happen if there are no active subscriptions for the tenant.`,
  ),
  90006: transient,
  90024: transient,
  90033: transient,
  90090: transient,
  500011: refused(
    "invalid_resource",
    (resource) =>
      `The resource principal named ${resource} was not found in the tenant named Contoso. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant.`,
  ),
  700016: refused(
    "unauthorized_client",
    (id) =>
      `Application with identifier '${id}' was not found in the directory 'Contoso'. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant. You may have sent your authentication request to the wrong tenant.`,
  ),
  700021: invalidClient(() => "Client assertion application identifier doesn't match 'client_id' parameter."),
  700023: invalidClient(() => "Client assertion audience claim does not match Realm issuer."),
  700024: invalidClient((detail) => `Client assertion is not within its valid time range. ${detail}`),
  700027: invalidClient((detail) => `Client assertion failed signature validation. ${detail}`),
  700211: invalidClient((issuer) =>
    `No matching federated identity record found for presented assertion issuer '${issuer}'.`
  ),
  700212: invalidClient((audience) =>
    `No matching federated identity record found for presented assertion audience '${audience}'.`
  ),
  700213: invalidClient((subject) =>
    `No matching federated identity record found for presented assertion subject '${subject}'.`
  ),
  900144: refused(
    "invalid_request",
    (name) => `The request body must contain the following parameter: '${name}'.`,
  ),
  900561: refused(
    "invalid_request",
    (method) => `The endpoint only accepts POST requests. Received a ${method} request.`,
  ),
  5002738: invalidClient((alg) =>
    `Invalid JWT token. '${alg}' is not a supported signature algorithm. Supported signing algorithms are: 'PS256, RS256'.`
  ),
  7000215: invalidClient((app) =>
    `Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app '${app}'.`
  ),
  7000216: refused(
    "invalid_request",
    () =>
      "'client_assertion', 'client_secret' or 'request' is required for the 'client_credentials' grant type.",
  ),
  7000222: invalidClient((app) =>
    `The provided client secret keys for app '${app}' are expired. Visit the Azure portal to create new keys for your app, or consider using certificate credentials for added security.`
  ),
  9001023: refused(
    "invalid_request",
    () =>
      "The grant type is not supported over the /common or /consumers endpoints. Please use the /organizations or tenant-specific endpoint.",
  ),
} as const satisfies Record<number, Row>;

/** A code of Entra's sign-in that this emulator knows. */
export type EntraCode = keyof typeof ROWS;

/** A refusal by sign-in; it becomes an error body where requests are answered. */
export class EntraError extends Error {
  override name = "EntraError";
  readonly code: EntraCode;

  constructor(code: EntraCode, detail = "") {
    super(ROWS[code].text(detail));
    this.code = code;
  }
}

/** Whether sign-in knows this code. */
export function isEntraCode(code: number): code is EntraCode {
  return Object.hasOwn(ROWS, code);
}

/** The error that goes with a code. */
export function entraErrorName(code: EntraCode): string {
  return ROWS[code].error;
}

/** The headers that each sign-in answer carries. */
export const NO_STORE: Readonly<Record<string, string>> = {
  "cache-control": "no-store, no-cache",
  pragma: "no-cache",
};

/** What the client calls its request: most say so in a header, MSAL in the query. */
function correlationOf({ headers, url }: EmulatorRequest): string | undefined {
  const query = new URLSearchParams(url.split("?")[1]);
  return headers["client-request-id"] ?? query.get("client-request-id") ?? undefined;
}

/** An error body as Entra writes it; `status` is the code's own by default. */
export function entraAnswer(
  error: EntraError,
  request: EmulatorRequest,
  status: number = ROWS[error.code].status,
  headers: Record<string, string> = {},
): Answer {
  const trace = crypto.randomUUID();
  const correlation = correlationOf(request) ?? crypto.randomUUID();
  const timestamp = `${new Date().toISOString().slice(0, 19).replace("T", " ")}Z`;
  const ids = `Trace ID: ${trace} Correlation ID: ${correlation} Timestamp: ${timestamp}`;
  const body = {
    error: entraErrorName(error.code),
    error_description: `AADSTS${error.code}: ${error.message} ${ids}`,
    error_codes: [error.code],
    timestamp,
    trace_id: trace,
    correlation_id: correlation,
    error_uri: `http://${request.headers.host ?? "127.0.0.1"}/error?code=${error.code}`,
  };
  return jsonAnswer(status, body, { ...NO_STORE, "x-ms-request-id": trace, ...headers });
}
