import {
  errors,
  exportJWK,
  generateKeyPair,
  type JWK,
  type JWTPayload,
  jwtVerify,
  SignJWT,
} from "../../deps/jose.ts";
import { encodeBase64Url, encodeUtf8, isJsonObject } from "../encoding.ts";
import { GraphHttpError } from "../graph/graph_http_error.ts";
import type { Caller } from "../graph/require_permission.ts";

/** The parts of an access token that differ between tokens. */
export interface TokenContent {
  /** Claims about the caller: `roles` or `scp`, `oid`, `upn` and so on. */
  readonly claims: Readonly<Record<string, unknown>>;
  /** Tenant id. */
  readonly tenantId: string;
  /** Lifetime in seconds. */
  readonly lifetime: number;
  /** Audience. Default: the Graph root URL. */
  readonly audience?: string;
  /** JSON of the `claims` parameter of the token request. */
  readonly requestedClaims?: string | null;
}

/** Claims that tokens must have been requested with. */
interface RequiredClaims {
  readonly json: string;
  readonly parsed: unknown;
}

type KeyPair = Awaited<ReturnType<typeof generateKeyPair>>;

const GRAPH_APP_ID = "00000003-0000-0000-c000-000000000000";
const KEY_ID = "emulator-1";
const MAX_VERIFIED = 1000;

/** Error messages by the code of jose's error. */
const MESSAGES: Readonly<Record<string, string>> = {
  ERR_JWT_EXPIRED: "Lifetime validation failed, the token is expired.",
  ERR_JWT_CLAIM_VALIDATION_FAILED: "Access token validation failure. Invalid audience.",
  ERR_JWS_SIGNATURE_VERIFICATION_FAILED: "Signature is invalid.",
  ERR_JOSE_ALG_NOT_ALLOWED: "Signature is invalid.",
};
const MALFORMED = "IDX14100: JWT is not well formed.";

/** Whether `requested` includes everything in `required`; clients may add claims of their own. */
function includesClaims(requested: unknown, required: unknown): boolean {
  if (!isJsonObject(required)) return JSON.stringify(requested) === JSON.stringify(required);
  return isJsonObject(requested) &&
    Object.entries(required).every(([name, value]) => includesClaims(requested[name], value));
}

const strings = (value: unknown) =>
  Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];

function callerOf(payload: JWTPayload, isPersonal: boolean): Caller {
  if (payload.idtyp !== "user") return { kind: "app", granted: strings(payload.roles) };
  const granted = String(payload.scp ?? "").split(" ").filter(Boolean);
  return { kind: isPersonal ? "personal" : "user", granted, userId: String(payload.oid) };
}

/** Tenant id of personal Microsoft accounts. */
export const PERSONAL_TENANT = "9188040d-6c67-4c5b-b112-36a304b66dad";

/** Returns the resource identifiers of the Graph at `url`. */
export function graphAudiences(url: string): string[] {
  return [url, `${url}/`, GRAPH_APP_ID];
}

/** Issues access tokens, and verifies those of requests. */
export class AccessTokens {
  readonly #url: string;
  readonly #clientId: string;
  readonly #verified = new Map<string, JWTPayload>();
  /** The claims that each valid token was requested with, by its `uti`. */
  readonly #requestedClaims = new Map<string, unknown>();
  #requiredClaims: RequiredClaims[] = [];
  #keyPair: Promise<KeyPair> | undefined;

  constructor(url: string, clientId: string) {
    this.#url = url;
    this.#clientId = clientId;
  }

  /** Returns a new access token. */
  async issue(content: TokenContent): Promise<string> {
    const now = Math.floor(Date.now() / 1000);
    const issuedAt = Math.min(now, now + content.lifetime - 1);
    const id = encodeBase64Url(crypto.getRandomValues(new Uint8Array(16)));
    const { privateKey } = await this.#keys();
    const { requestedClaims } = content;
    this.#requestedClaims.set(id, requestedClaims ? JSON.parse(requestedClaims) : undefined);
    return await new SignJWT({
      ...content.claims,
      appid: this.#clientId,
      tid: content.tenantId,
      uti: id,
      ver: "1.0",
    })
      .setProtectedHeader({ typ: "JWT", alg: "ES256", kid: KEY_ID })
      .setIssuer(`${this.#url}/${content.tenantId}/`)
      .setAudience(content.audience ?? this.#url)
      .setIssuedAt(issuedAt)
      .setNotBefore(issuedAt)
      .setExpirationTime(now + content.lifetime)
      .sign(privateKey);
  }

  /** Returns the public signing keys as a JWK Set. */
  async jwks(): Promise<{ keys: JWK[] }> {
    const { publicKey } = await this.#keys();
    return { keys: [{ ...await exportJWK(publicKey), kid: KEY_ID, use: "sig", alg: "ES256" }] };
  }

  /** Expires all tokens issued so far. */
  expireAll(): void {
    this.#requestedClaims.clear();
  }

  /** Refuses tokens that were not requested with these claims (JSON) from now on. */
  requireClaims(json: string): void {
    this.#requiredClaims.push({ json, parsed: JSON.parse(json) });
  }

  /**
   * Verifies the token of an `Authorization` header, and returns the caller.
   *
   * @throws {GraphHttpError} 401 if the token is missing or refused.
   */
  async authenticate(authorization: string | undefined): Promise<Caller> {
    const token = /^Bearer +(\S+)$/i.exec(authorization ?? "")?.[1];
    if (!token) throw this.#unauthorized("Access token is empty.");
    const payload = this.#verified.get(token) ?? await this.#verify(token);
    const id = String(payload.uti);
    if (Number(payload.exp) * 1000 <= Date.now() || !this.#requestedClaims.has(id)) {
      throw this.#unauthorized(MESSAGES.ERR_JWT_EXPIRED!);
    }
    const requested = this.#requestedClaims.get(id);
    const missing = this.#requiredClaims.find(({ parsed }) => !includesClaims(requested, parsed));
    if (missing) throw this.#claimsChallenge(missing);
    return callerOf(payload, payload.tid === PERSONAL_TENANT);
  }

  /** Returns the signing keys. Created with the first token, as they take half of the startup time. */
  #keys(): Promise<KeyPair> {
    return this.#keyPair ??= generateKeyPair("ES256");
  }

  async #verify(token: string): Promise<JWTPayload> {
    try {
      const { publicKey } = await this.#keys();
      const audience = graphAudiences(this.#url);
      const { payload } = await jwtVerify(token, publicKey, { algorithms: ["ES256"], audience });
      if (this.#verified.size >= MAX_VERIFIED) this.#verified.clear();
      this.#verified.set(token, payload);
      return payload;
    } catch (error) {
      const code = error instanceof errors.JOSEError ? error.code : "";
      throw this.#unauthorized(MESSAGES[code] ?? MALFORMED);
    }
  }

  #unauthorized(message: string, challenge = ""): GraphHttpError {
    const authority = `authorization_uri="${this.#url}/common/oauth2/authorize"`;
    const header = `Bearer realm="", ${authority}, client_id="${GRAPH_APP_ID}"${challenge}`;
    return new GraphHttpError(401, "InvalidAuthenticationToken", message, { "www-authenticate": header });
  }

  #claimsChallenge({ json }: RequiredClaims): GraphHttpError {
    const encoded = encodeUtf8(json).toBase64();
    const message = "Continuous access evaluation resulted in challenge with result: InteractionRequired.";
    return this.#unauthorized(message, `, error="insufficient_claims", claims="${encoded}"`);
  }
}
