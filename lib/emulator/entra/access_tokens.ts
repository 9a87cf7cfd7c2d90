import {
  errors,
  exportJWK,
  generateKeyPair,
  type JWK,
  type JWTPayload,
  jwtVerify,
  SignJWT,
} from "../../deps/jose.ts";
import type { User } from "../directory/directory.ts";
import type { IssueTokenOptions } from "../emulator.ts";
import { encodeBase64Url, encodeUtf8, isJsonObject } from "../encoding.ts";
import { GraphHttpError } from "../graph/graph_http_error.ts";
import type { Caller } from "../graph/require_permission.ts";

/** What all access tokens of an emulator have in common. */
export interface TokenSettings {
  /** Root URL of Graph and sign-in. */
  readonly url: string;
  readonly clientId: string;
  readonly tenantId: string;
  /** Lifetime in seconds. */
  readonly lifetime: number;
}

type KeyPair = Awaited<ReturnType<typeof generateKeyPair>>;

/** Tenant id of personal Microsoft accounts. */
export const PERSONAL_TENANT = "9188040d-6c67-4c5b-b112-36a304b66dad";
const GRAPH_APP_ID = "00000003-0000-0000-c000-000000000000";
const KEY_ID = "emulator-1";
const ID_KEY_ID = "emulator-2";
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

function callerOf(payload: JWTPayload): Caller {
  if (payload.idtyp !== "user") return { kind: "app", granted: [payload.roles ?? []].flat().map(String) };
  const granted = String(payload.scp ?? "").split(" ").filter(Boolean);
  const kind = payload.tid === PERSONAL_TENANT ? "personal" : "user";
  return { kind, granted, userId: String(payload.oid) };
}

/** Returns the resource identifiers of the Graph at `url`. */
export function graphAudiences(url: string): string[] {
  return [url, `${url}/`, GRAPH_APP_ID];
}

/** Issues access tokens, and verifies those of requests. */
export class AccessTokens {
  readonly #settings: TokenSettings;
  readonly #verified = new Map<string, JWTPayload>();
  /** The claims that each valid token was requested with, by its `uti`. */
  readonly #requestedClaims = new Map<string, unknown>();
  /** Claims that tokens must have been requested with, by their JSON. */
  readonly #requiredClaims = new Map<string, unknown>();
  #keyPair: Promise<KeyPair> | undefined;
  #idKeyPair: Promise<KeyPair> | undefined;

  constructor(settings: TokenSettings) {
    this.#settings = settings;
  }

  /** Returns a new access token. `callerClaims` are `roles` or `scp`, `oid`, `upn` and so on. */
  async issue(
    callerClaims: Readonly<Record<string, unknown>>,
    { expiresIn, audience, personal, claims }: IssueTokenOptions,
  ): Promise<string> {
    const { url, clientId, lifetime } = this.#settings;
    const tenantId = personal ? PERSONAL_TENANT : this.#settings.tenantId;
    const now = Math.floor(Date.now() / 1000);
    const expiresAt = now + (expiresIn ?? lifetime);
    const issuedAt = Math.min(now, expiresAt - 1);
    const id = encodeBase64Url(crypto.getRandomValues(new Uint8Array(16)));
    const { privateKey } = await this.#keys();
    this.#requestedClaims.set(id, claims ? JSON.parse(claims) : undefined);
    return await new SignJWT({ ...callerClaims, appid: clientId, tid: tenantId, uti: id, ver: "1.0" })
      .setProtectedHeader({ typ: "JWT", alg: "ES256", kid: KEY_ID })
      .setIssuer(`${url}/${tenantId}/`)
      .setAudience(audience ?? url)
      .setIssuedAt(issuedAt)
      .setNotBefore(issuedAt)
      .setExpirationTime(expiresAt)
      .sign(privateKey);
  }

  /** Returns an ID token for the app, with RS256 as Entra's. */
  async issueIdToken(
    user: User,
    { personal, nonce }: { personal: boolean; nonce?: string },
  ): Promise<string> {
    const { url, clientId } = this.#settings;
    const tenantId = personal ? PERSONAL_TENANT : this.#settings.tenantId;
    const { privateKey } = await this.#idKeys();
    return await new SignJWT({
      oid: user.id,
      tid: tenantId,
      name: user.displayName,
      preferred_username: user.userPrincipalName,
      ver: "2.0",
      ...(nonce === undefined ? {} : { nonce }),
    })
      .setProtectedHeader({ typ: "JWT", alg: "RS256", kid: ID_KEY_ID })
      .setIssuer(`${url}/${tenantId}/v2.0`)
      .setSubject(`subject of ${user.id}`)
      .setAudience(clientId)
      .setIssuedAt()
      .setNotBefore("0s")
      .setExpirationTime("1h")
      .sign(privateKey);
  }

  /** Returns the public signing keys as a JWK Set. */
  async jwks(): Promise<{ keys: JWK[] }> {
    const [{ publicKey }, id] = await Promise.all([this.#keys(), this.#idKeys()]);
    return {
      keys: [
        { ...await exportJWK(publicKey), kid: KEY_ID, use: "sig", alg: "ES256" },
        { ...await exportJWK(id.publicKey), kid: ID_KEY_ID, use: "sig", alg: "RS256" },
      ],
    };
  }

  /** Expires all tokens issued so far. */
  expireAll(): void {
    this.#requestedClaims.clear();
  }

  /** Refuses tokens that were not requested with these claims (JSON) from now on. */
  requireClaims(json: string): void {
    this.#requiredClaims.set(json, JSON.parse(json));
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
    for (const [json, required] of this.#requiredClaims) {
      if (!includesClaims(requested, required)) throw this.#claimsChallenge(json);
    }
    return callerOf(payload);
  }

  /** Returns the signing keys. Created with the first token, as they take half of the startup time. */
  #keys(): Promise<KeyPair> {
    return this.#keyPair ??= generateKeyPair("ES256");
  }

  /** Returns the signing keys of ID tokens. */
  #idKeys(): Promise<KeyPair> {
    return this.#idKeyPair ??= generateKeyPair("RS256");
  }

  async #verify(token: string): Promise<JWTPayload> {
    try {
      const { publicKey } = await this.#keys();
      const audience = graphAudiences(this.#settings.url);
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
    const authority = `authorization_uri="${this.#settings.url}/common/oauth2/authorize"`;
    const header = `Bearer realm="", ${authority}, client_id="${GRAPH_APP_ID}"${challenge}`;
    return new GraphHttpError(401, message, undefined, { "www-authenticate": header });
  }

  #claimsChallenge(json: string): GraphHttpError {
    const encoded = encodeUtf8(json).toBase64();
    const message = "Continuous access evaluation resulted in challenge with result: InteractionRequired.";
    return this.#unauthorized(message, `, error="insufficient_claims", claims="${encoded}"`);
  }
}
