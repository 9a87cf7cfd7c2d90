import { type EmulatorRequest, type EmulatorResponse, jsonResponse } from "../http_message.ts";

interface ErrorKind {
  readonly status: number;
  /** Error code of OAuth (RFC 6749, section 5.2). */
  readonly error: string;
  /** Entra's message; `{}` stands for a detail of the request. */
  readonly message: string;
}

const badRequest = (error: string, message: string): ErrorKind => ({ status: 400, error, message });
const invalidRequest = (message: string): ErrorKind => badRequest("invalid_request", message);
const invalidClient = (message: string): ErrorKind => ({ status: 401, error: "invalid_client", message });
const invalidGrant = (message: string): ErrorKind => badRequest("invalid_grant", message);
const transient: ErrorKind = {
  status: 503,
  error: "temporarily_unavailable",
  message: "A transient error has occurred. Please try again.",
};

/** Errors of Entra by AADSTS number. */
const ERRORS = {
  50000: invalidRequest("There was an error issuing a token. {}"),
  50012: invalidClient("Invalid client assertion: {}"),
  50027: invalidClient("JWT token is invalid or malformed. {}"),
  50011: invalidRequest(
    "The redirect URI '{}' specified in the request does not match the redirect URIs configured for the application. Make sure the redirect URI sent in the request matches one added to your application in the Azure portal.",
  ),
  50034: invalidGrant("The user account {} does not exist in the Contoso directory."),
  50058: badRequest(
    "login_required",
    "A silent sign-in request was sent but no user is signed in.",
  ),
  50076: invalidGrant(
    "Due to a configuration change made by your administrator, or because you moved to a new location, you must use multi-factor authentication to access Microsoft Graph.",
  ),
  50147: invalidRequest("The code challenge is missing, of the wrong size, or not made with S256."),
  50173: invalidGrant(
    "The provided grant has expired due to it being revoked, a fresh auth token is needed. The user might have changed or reset their password.",
  ),
  53003: invalidGrant(
    "Access has been blocked by Conditional Access policies. The access policy does not allow token issuance.",
  ),
  54005: invalidGrant(
    "OAuth2 Authorization code was already redeemed, please retry with a new valid code or use an existing refresh token.",
  ),
  65001: badRequest(
    "consent_required",
    "The user or administrator has not consented to use the application with ID '{}' named 'remove-profile-photo'. Send an interactive authorization request for this user and resource.",
  ),
  65004: badRequest("access_denied", "User declined to consent to access the app."),
  70000: invalidGrant("Provided grant is invalid or malformed. {}"),
  70003: badRequest("unsupported_grant_type", "The app requested an unsupported grant type '{}'."),
  70011: badRequest(
    "invalid_scope",
    "The provided value for the input parameter 'scope' is not valid. The scope {} is not valid.",
  ),
  70016: badRequest(
    "authorization_pending",
    "OAuth 2.0 device flow error. Authorization is pending. Continue polling.",
  ),
  70018: badRequest(
    "bad_verification_code",
    "Invalid verification code due to User typing in wrong user code for device code flow.",
  ),
  70019: badRequest("expired_token", "Verification code expired."),
  70025: invalidClient("The client '{}'(Emulator) has no configured federated identity credentials."),
  90002: invalidRequest(
    "Tenant '{}' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud. Check with your subscription administrator, this may happen if there are no active subscriptions for the tenant.",
  ),
  90006: transient,
  90024: transient,
  90033: transient,
  90090: transient,
  90023: invalidRequest("Unsupported '{}' value."),
  500011: badRequest(
    "invalid_resource",
    "The resource principal named {} was not found in the tenant named Contoso. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant.",
  ),
  500112: invalidGrant(
    "The reply address '{}' does not match the reply address provided when requesting Authorization code.",
  ),
  501481: invalidGrant(
    "The Code_Verifier does not match the code_challenge supplied in the authorization request.",
  ),
  700016: badRequest(
    "unauthorized_client",
    "Application with identifier '{}' was not found in the directory 'Contoso'. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant. You may have sent your authentication request to the wrong tenant.",
  ),
  700021: invalidClient("Client assertion application identifier doesn't match 'client_id' parameter."),
  700023: invalidClient("Client assertion audience claim does not match Realm issuer."),
  700024: invalidClient("Client assertion is not within its valid time range. {}"),
  700025: invalidClient(
    "Client is public so neither 'client_assertion' nor 'client_secret' should be presented.",
  ),
  700051: badRequest("unsupported_response_type", "response_type '{}' is not enabled for the application."),
  700027: invalidClient("Client assertion failed signature validation. {}"),
  700211: invalidClient("No matching federated identity record found for presented assertion issuer '{}'."),
  700212: invalidClient("No matching federated identity record found for presented assertion audience '{}'."),
  700213: invalidClient("No matching federated identity record found for presented assertion subject '{}'."),
  900144: invalidRequest("The request body must contain the following parameter: '{}'."),
  900561: invalidRequest("The endpoint only accepts POST requests. Received a {} request."),
  5002738: invalidClient(
    "Invalid JWT token. '{}' is not a supported signature algorithm. Supported signing algorithms are: 'PS256, RS256'.",
  ),
  7000215: invalidClient(
    "Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app '{}'.",
  ),
  7000216: invalidRequest(
    "'client_assertion', 'client_secret' or 'request' is required for the 'client_credentials' grant type.",
  ),
  7000222: invalidClient(
    "The provided client secret keys for app '{}' are expired. Visit the Azure portal to create new keys for your app, or consider using certificate credentials for added security.",
  ),
  9001023: invalidRequest(
    "The grant type is not supported over the /common or /consumers endpoints. Please use the /organizations or tenant-specific endpoint.",
  ),
} as const satisfies Record<number, ErrorKind>;

/** An AADSTS number that this emulator knows. */
export type EntraCode = keyof typeof ERRORS;

/** Thrown when sign-in refuses a request; `entraErrorResponse()` turns it into the response. */
export class EntraError extends Error {
  override name = "EntraError";
  readonly code: EntraCode;

  constructor(code: EntraCode, detail = "") {
    super(ERRORS[code].message.replace("{}", () => detail));
    this.code = code;
  }
}

/** Returns an error as OAuth's `error` and `error_description`. */
export const describeEntraError = (
  { code, message }: EntraError,
): { error: string; description: string } => ({
  error: ERRORS[code].error,
  description: `AADSTS${code}: ${message}`,
});

/** Whether this emulator knows the AADSTS number. */
export function isEntraCode(code: number): code is EntraCode {
  return Object.hasOwn(ERRORS, code);
}

/** Headers of every response of the token endpoint. */
export const NO_STORE = { "cache-control": "no-store, no-cache", pragma: "no-cache" };

/** Returns the client's correlation id: most clients send it as a header, MSAL in the query. */
function correlationIdOf({ headers, url }: EmulatorRequest): string {
  const query = new URLSearchParams(url.split("?")[1]);
  return headers["client-request-id"] ?? query.get("client-request-id") ?? crypto.randomUUID();
}

/** Creates the response for an error. The default `status` is the usual one of the error's code. */
export function entraErrorResponse(
  { code, message }: EntraError,
  request: EmulatorRequest,
  status: number = ERRORS[code].status,
  headers: Record<string, string> = {},
): EmulatorResponse {
  const traceId = crypto.randomUUID();
  const correlationId = correlationIdOf(request);
  const timestamp = `${new Date().toISOString().slice(0, 19).replace("T", " ")}Z`;
  const ids = `Trace ID: ${traceId} Correlation ID: ${correlationId} Timestamp: ${timestamp}`;
  const body = {
    error: ERRORS[code].error,
    error_description: `AADSTS${code}: ${message} ${ids}`,
    error_codes: [code],
    timestamp,
    trace_id: traceId,
    correlation_id: correlationId,
    error_uri: `http://${request.headers.host ?? "127.0.0.1"}/error?code=${code}`,
  };
  return jsonResponse(status, body, { ...NO_STORE, "x-ms-request-id": traceId, ...headers });
}
