import { encodeUtf8 } from "../encoding.ts";
import type { Delivery, DeliveryMode, EmulatorResponse } from "../http_message.ts";
import type { Fault, StatusFault } from "./fault.ts";

/** What faults need from Graph or sign-in. */
export interface FaultContext {
  /** Executes the request. */
  readonly execute: () => Promise<EmulatorResponse>;
  /** Creates the error response for a `status` fault. */
  readonly errorResponse: (fault: StatusFault) => EmulatorResponse;
  /** Expires all access tokens issued so far. */
  readonly expireTokens: () => void;
  /** Requires these claims (JSON) of all tokens from now on. */
  readonly requireClaims: (claims: string) => void;
}

type Respond<F extends Fault> = (
  fault: F,
  context: FaultContext,
) => EmulatorResponse | Promise<EmulatorResponse>;
interface Effect<F extends Fault> {
  readonly respond: Respond<F>;
  /** Default: `send`. */
  readonly mode?: DeliveryMode;
}
type Effects = { readonly [K in Fault["kind"]]: Effect<Fault & { readonly kind: K }> };

const noResponse: Respond<Fault> = () => ({ status: 0, headers: {} });
const execute: Respond<Fault> = (_fault, context) => context.execute();

const lowercaseNames = (headers: Readonly<Record<string, string>> = {}) =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));

const MALFORMED = {
  json: { type: "application/json", text: '{"responses":[{"id":"1","status":2' },
  html: { type: "text/html", text: "<!DOCTYPE html><html><body><h1>Service Unavailable</h1></body></html>" },
};

const EFFECTS: Effects = {
  status: { respond: (fault, context) => context.errorResponse(fault) },
  drop: { respond: noResponse, mode: "drop" },
  reset: { respond: noResponse, mode: "reset" },
  stall: { respond: noResponse, mode: "stall" },
  truncate: { respond: execute, mode: "truncate" },
  stallBody: { respond: execute, mode: "stallBody" },
  drip: { respond: execute, mode: "drip" },
  endless: { respond: execute, mode: "endless" },
  omit: { respond: execute, mode: "omit" },
  duplicate: { respond: execute, mode: "duplicate" },
  rename: { respond: execute, mode: "rename" },
  malformed: {
    respond: ({ status = 200, as = "json" }) => ({
      status,
      headers: { "content-type": MALFORMED[as].type },
      bytes: encodeUtf8(MALFORMED[as].text),
    }),
  },
  body: {
    respond: ({ status = 200, body, contentType = "application/json", headers }) => ({
      status,
      headers: { "content-type": contentType, ...lowercaseNames(headers) },
      bytes: encodeUtf8(body),
    }),
  },
  redirect: { respond: ({ status = 302, location }) => ({ status, headers: { location } }) },
  expireTokens: {
    respond: (_fault, context) => {
      context.expireTokens();
      return context.execute();
    },
  },
  claimsChallenge: {
    respond: (fault, context) => {
      context.requireClaims(fault.claims);
      return context.execute();
    },
  },
};

/** Returns the `Retry-After` header of a `status` fault. */
export function retryAfterHeader({ retryAfter }: StatusFault): Record<string, string> {
  return retryAfter === undefined ? {} : { "retry-after": retryAfter };
}

/** Responds to a request under a fault; without one, executes the request. */
export async function respondWithFault(fault: Fault | undefined, context: FaultContext): Promise<Delivery> {
  if (!fault) return { response: await context.execute(), mode: "send" };
  const { respond, mode = "send" } = EFFECTS[fault.kind] as Effect<Fault>;
  if (fault.applied && respond !== execute) await context.execute();
  return { response: await respond(fault, context), mode };
}
