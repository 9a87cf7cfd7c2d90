import { decodeBase64 } from "../base64.ts";
import { CLOUDS } from "../cloud.ts";
import { describeValue } from "../describe_value.ts";

/**
 * The claims of an access token. Informational only: clients must treat Graph tokens as opaque.
 *
 * @see https://learn.microsoft.com/entra/identity-platform/access-token-claims-reference
 */
export interface TokenClaims {
  /**
   * Issued to an app itself, or to an app on behalf of a signed-in user; "unknown" if the token
   * does not tell.
   */
  kind: "application" | "delegated" | "unknown";
  /** Whether the user has a personal Microsoft account. */
  personal: boolean;
  /** The delegated permissions (scopes) or application permissions (roles). */
  permissions: readonly string[];
  /** Tenant id, or `null`. */
  tenantId: string | null;
  /** Application (client) id, or `null`. */
  clientId: string | null;
  /** userPrincipalName of the signed-in user, or `null`. */
  user: string | null;
  /** Object id of the signed-in user, or of the app in its tenant, or `null`. */
  objectId: string | null;
  /** The API that the token is for, as a URL or app id, or `null`. */
  audience: string | null;
  /** When it expires, in ms since 1970, or `null`. */
  expiresOnTimestamp: number | null;
}

/** The tenant id of all personal Microsoft accounts. */
const PERSONAL_TENANT = "9188040d-6c67-4c5b-b112-36a304b66dad";

function decodeSegment(segment: string): unknown {
  return JSON.parse(new TextDecoder().decode(decodeBase64(segment)));
}

/** Returns the payload of a JWT, or `null` if it cannot be decoded. Its signature is not verified. */
export function decodePayload(token: string): Record<string, unknown> | null {
  try {
    const value = decodeSegment(token.split(".")[1] ?? "");
    return typeof value === "object" && value !== null ? value as Record<string, unknown> : null;
  } catch {
    return null;
  }
}

/**
 * Returns the claims of a token, or `null` if it cannot be decoded. Its signature is not verified;
 * Graph does that.
 */
export function decodeClaims(token: string): TokenClaims | null {
  const payload = decodePayload(token);
  if (payload === null) return null;
  const text = (name: string) => {
    const value = Object.hasOwn(payload, name) ? payload[name] : null;
    return typeof value === "string" && value !== "" ? value : null;
  };
  const scopes = text("scp")?.split(" ").filter((scope) => scope !== "");
  const roles = Array.isArray(payload.roles)
    ? payload.roles.filter((role) => typeof role === "string")
    : undefined;
  // A user's token can contain roles too, so `idtyp` and `scp` are checked first.
  const kind = text("idtyp") === "app"
    ? "application"
    : scopes || text("idtyp") === "user"
    ? "delegated"
    : roles
    ? "application"
    : "unknown";
  return {
    kind,
    personal: text("tid") === PERSONAL_TENANT,
    permissions: (kind === "application" ? roles : scopes) ?? [],
    tenantId: text("tid"),
    clientId: text("appid") ?? text("azp"),
    user: text("upn") ?? text("preferred_username") ?? text("unique_name"),
    objectId: text("oid"),
    audience: text("aud"),
    expiresOnTimestamp: typeof payload.exp === "number" && Number.isFinite(payload.exp * 1000)
      ? payload.exp * 1000
      : null,
  };
}

/** The app id of Microsoft Graph, which is the same in every cloud. */
export const GRAPH_APP_ID = "00000003-0000-0000-c000-000000000000";

/** Clocks differ; how long a token must have expired before it is not even sent, in ms. */
const CLOCK_SKEW = 5 * 60_000;

/** Whether a token expired so long ago that no difference of clocks explains it. */
export const isLongExpired = ({ expiresOnTimestamp }: TokenClaims, now: number): boolean =>
  expiresOnTimestamp !== null && expiresOnTimestamp > 0 && expiresOnTimestamp + CLOCK_SKEW <= now;

/** Returns a time as people read it. */
export const formatTime = (ms: number): string => new Date(ms).toISOString();

const withoutSlash = (url: string) => url.replace(/\/$/, "").toLowerCase();

/**
 * Returns why Graph will not accept a token: it has expired, or it is for another service or cloud. `null` if nothing
 * in its claims speaks against it.
 *
 * @param graph Root URL of the Graph in use; `null` if unknown. Nothing is concluded from an audience for a Graph
 * that is none of the four clouds, as it may be a gateway.
 * @param now Milliseconds since 1970.
 */
export function explainUnusableToken(
  { audience, permissions, expiresOnTimestamp: expires }: TokenClaims,
  graph: string | null,
  now: number,
): { reason: string; hint: string } | null {
  if (expires !== null && expires > 0 && expires <= now) {
    return { reason: `it expired at ${formatTime(expires)}`, hint: "Get a new one." };
  }
  const roots = Object.values(CLOUDS).map((cloud) => cloud.graph);
  if (graph === null || !roots.includes(graph)) return null;
  const hint = "Get one for Microsoft Graph: az account get-access-token --resource-type ms-graph";
  if (audience === null) {
    return permissions.join() === "user_impersonation"
      ? { reason: "it is for another service, to which user_impersonation belongs", hint }
      : null;
  }
  const given = withoutSlash(audience);
  if (given === graph || given === GRAPH_APP_ID) return null;
  const shown = describeValue(audience, "url").replace(/^"|\/?"$/g, "");
  const reason = `it is for ${shown}, not for ${graph}`;
  return roots.includes(given)
    ? { reason, hint: "It is another cloud's token: choose its cloud, or get a token for this one." }
    : { reason, hint: `It is another service's token. ${hint}` };
}
