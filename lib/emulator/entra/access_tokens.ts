import {
  errors,
  exportJWK,
  generateKeyPair,
  type JWK,
  type JWTPayload,
  jwtVerify,
  SignJWT,
} from "../../deps/jose.ts";
import { toBase64Url } from "../base64.ts";
import { isRecord, utf8 } from "../exchange.ts";
import { GraphError } from "../graph/graph_error.ts";
import type { Caller } from "../graph/graph_permissions.ts";
import { lazy } from "../lazy.ts";

/** What goes into a new access token, beside what all of them hold. */
export interface TokenContent {
  /** Claims about the caller: `roles` or `scp`, `oid`, `upn`, … */
  readonly claims: Readonly<Record<string, unknown>>;
  /** Tenant id. */
  readonly tenantId: string;
  /** Lifetime in seconds. */
  readonly lifetime: number;
  /** Resource; the Graph root by default. */
  readonly audience?: string;
  /** The `claims` parameter that it was requested with. */
  readonly requestedClaims?: string | null;
}

interface Challenge {
  readonly claims: string;
  readonly wanted: unknown;
}

const GRAPH_APP_ID = "00000003-0000-0000-c000-000000000000";
const KEY_ID = "emulator-1";
const MAX_VERIFIED = 1000;

const REFUSALS: Readonly<Record<string, string>> = {
  ERR_JWT_EXPIRED: "Lifetime validation failed, the token is expired.",
  ERR_JWT_CLAIM_VALIDATION_FAILED: "Access token validation failure. Invalid audience.",
  ERR_JWS_SIGNATURE_VERIFICATION_FAILED: "Signature is invalid.",
  ERR_JOSE_ALG_NOT_ALLOWED: "Signature is invalid.",
};
const MALFORMED = "IDX14100: JWT is not well formed.";

/** Whether everything in `wanted` is in `given` too; clients add claims of their own. */
function contains(given: unknown, wanted: unknown): boolean {
  if (!isRecord(wanted)) return JSON.stringify(given) === JSON.stringify(wanted);
  return isRecord(given) && Object.entries(wanted).every(([name, value]) => contains(given[name], value));
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

/** Signs access tokens and checks them on each call. */
export class AccessTokens {
  readonly #url: string;
  readonly #clientId: string;
  // The key is made when the first token is needed: it would be half of the time that a start takes.
  readonly #keys = lazy(() => generateKeyPair("ES256"));
  readonly #verified = new Map<string, JWTPayload>();
  readonly #issued = new Map<string, unknown>();
  #challenges: Challenge[] = [];

  constructor(url: string, clientId: string) {
    this.#url = url;
    this.#clientId = clientId;
  }

  /** Signs a token. */
  async issue(content: TokenContent): Promise<string> {
    const now = Math.floor(Date.now() / 1000);
    const issuedAt = Math.min(now, now + content.lifetime - 1);
    const id = toBase64Url(crypto.getRandomValues(new Uint8Array(16)));
    const { privateKey } = await this.#keys();
    this.#issued.set(id, content.requestedClaims ? JSON.parse(content.requestedClaims) : undefined);
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

  /** The public signing keys as a JWK Set. */
  async jwks(): Promise<{ keys: JWK[] }> {
    const { publicKey } = await this.#keys();
    return { keys: [{ ...await exportJWK(publicKey), kid: KEY_ID, use: "sig", alg: "ES256" }] };
  }

  /** Refuses all tokens issued so far. */
  expireAll(): void {
    this.#issued.clear();
  }

  /** Refuses all tokens that were not requested with these claims. */
  challenge(claims: string): void {
    this.#challenges.push({ claims, wanted: JSON.parse(claims) });
  }

  /** Who calls, by an `Authorization` header; throws 401. */
  async caller(authorization: string | undefined): Promise<Caller> {
    const token = /^Bearer +(\S+)$/i.exec(authorization ?? "")?.[1];
    if (!token) throw this.#refusal("Access token is empty.");
    const payload = this.#verified.get(token) ?? await this.#verify(token);
    const id = String(payload.uti);
    if (Number(payload.exp) * 1000 <= Date.now() || !this.#issued.has(id)) {
      throw this.#refusal(REFUSALS.ERR_JWT_EXPIRED!);
    }
    const unmet = this.#challenges.find(({ wanted }) => !contains(this.#issued.get(id), wanted));
    if (unmet) throw this.#claimsChallenge(unmet);
    return callerOf(payload, payload.tid === PERSONAL_TENANT);
  }

  async #verify(token: string): Promise<JWTPayload> {
    try {
      const { publicKey } = await this.#keys();
      const audience = [this.#url, `${this.#url}/`, GRAPH_APP_ID];
      const { payload } = await jwtVerify(token, publicKey, { algorithms: ["ES256"], audience });
      if (this.#verified.size >= MAX_VERIFIED) this.#verified.clear();
      this.#verified.set(token, payload);
      return payload;
    } catch (error) {
      const code = error instanceof errors.JOSEError ? error.code : "";
      throw this.#refusal(REFUSALS[code] ?? MALFORMED);
    }
  }

  #refusal(message: string, challenge = ""): GraphError {
    const authority = `authorization_uri="${this.#url}/common/oauth2/authorize"`;
    const header = `Bearer realm="", ${authority}, client_id="${GRAPH_APP_ID}"${challenge}`;
    return new GraphError(401, "InvalidAuthenticationToken", message, { "www-authenticate": header });
  }

  #claimsChallenge({ claims }: Challenge): GraphError {
    const encoded = utf8(claims).toBase64();
    const message = "Continuous access evaluation resulted in challenge with result: InteractionRequired.";
    return this.#refusal(message, `, error="insufficient_claims", claims="${encoded}"`);
  }
}
