import { type EmulatorRequest, type EmulatorResponse, textResponse } from "../http_message.ts";
import type { Random } from "../random.ts";
import type { Fault, FaultPlace, StatusFault } from "./fault.ts";

/** A response and how it is sent: completely, or as the fault of that kind does. */
export interface Delivery {
  readonly response: EmulatorResponse;
  readonly mode: "send" | Fault["kind"];
}

/** What faults need from Graph or sign-in. */
export interface FaultContext {
  /** Executes the request. */
  readonly execute: () => Promise<EmulatorResponse>;
  /** Creates the error response for a `status` fault. */
  readonly errorResponse: (fault: StatusFault) => EmulatorResponse;
  /** The access tokens that a fault can expire, or refuse unless they were requested with some claims. */
  readonly tokens: { expireAll(): void; requireClaims(json: string): void };
}

interface Effect<F extends Fault> {
  /** Items have no connection, and sign-in does not receive access tokens. */
  readonly places: readonly FaultPlace[];
  /** Default: executes the request; the fault affects only how the response is sent. */
  readonly respond?: (fault: F, context: FaultContext) => EmulatorResponse | Promise<EmulatorResponse>;
}
type Effects = { readonly [K in Fault["kind"]]: Effect<Fault & { readonly kind: K }> };

const CONNECTION: readonly FaultPlace[] = ["graph", "batch", "token"];
const GRAPH: readonly FaultPlace[] = ["graph", "batch", "item"];
const EVERYWHERE: readonly FaultPlace[] = ["graph", "batch", "item", "token"];

const noResponse = () => ({ status: 0, headers: {} });

const MALFORMED = {
  json: { type: "application/json", text: '{"responses":[{"id":"1","status":2' },
  html: { type: "text/html", text: "<!DOCTYPE html><html><body><h1>Service Unavailable</h1></body></html>" },
};

const EFFECTS: Effects = {
  drop: { places: CONNECTION, respond: noResponse },
  reset: { places: CONNECTION, respond: noResponse },
  stall: { places: CONNECTION, respond: noResponse },
  truncate: { places: CONNECTION },
  stallBody: { places: CONNECTION },
  drip: { places: CONNECTION },
  endless: { places: CONNECTION },
  omit: { places: ["item"] },
  duplicate: { places: ["item"] },
  rename: { places: ["item"] },
  status: { places: EVERYWHERE, respond: (fault, { errorResponse }) => errorResponse(fault) },
  malformed: {
    places: CONNECTION,
    respond: ({ status = 200, as = "json" }) => textResponse(status, MALFORMED[as].type, MALFORMED[as].text),
  },
  body: {
    places: EVERYWHERE,
    respond: ({ status = 200, body, contentType = "application/json", headers }) =>
      textResponse(status, contentType, body, headers),
  },
  redirect: {
    places: EVERYWHERE,
    respond: ({ status = 302, location }) => ({ status, headers: { location } }),
  },
  expireTokens: {
    places: GRAPH,
    respond: (_fault, { tokens, execute }) => {
      tokens.expireAll();
      return execute();
    },
  },
  claimsChallenge: {
    places: GRAPH,
    respond: ({ claims }, { tokens, execute }) => {
      tokens.requireClaims(claims);
      return execute();
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
  const { respond } = EFFECTS[fault.kind] as Effect<Fault>;
  if (!respond) return { response: await context.execute(), mode: fault.kind };
  if (fault.applied) await context.execute();
  return { response: await respond(fault, context), mode: respond === noResponse ? fault.kind : "send" };
}

interface QueuedFault {
  readonly fault: Fault;
  readonly place: FaultPlace;
  /** How many more requests the fault hits. */
  left: number;
  /** How many requests it has hit, by method and URL; only counted for `timesEach`. */
  readonly hits: Map<string, number>;
}

function matches({ match }: Fault, request: EmulatorRequest): boolean {
  if (match === undefined) return true;
  if (typeof match === "function") return match(request);
  return (match.method === undefined || match.method.toUpperCase() === request.method) &&
    (match.path === undefined || request.url.includes(match.path));
}

/** Queued faults. Each request gets the first one that matches it. */
export class FaultQueue {
  /** How many requests each kind of fault has hit. */
  readonly counts: Record<string, number> = {};
  readonly #random: Random;
  #queued: QueuedFault[] = [];

  constructor(random: Random) {
    this.#random = random;
  }

  /** Queues a fault; throws a `RangeError` if it cannot occur at its place, or for an invalid `rate`. */
  add(fault: Fault): void {
    const { on: place = "graph", rate, times = rate === undefined ? 1 : Infinity } = fault;
    if (!EFFECTS[fault.kind]?.places.includes(place)) {
      throw new RangeError(`Cannot queue fault "${fault.kind}" as it has no effect on "${place}"`);
    }
    if (rate !== undefined && !(rate >= 0 && rate <= 1)) {
      throw new RangeError(`Cannot queue fault as rate must be from 0 to 1: current value is ${rate}`);
    }
    this.#queued.push({ fault, place, left: times, hits: new Map() });
  }

  /** Whether a fault that closes connections without a response is queued. */
  get hasConnectionLoss(): boolean {
    return this.#queued.some(({ fault }) => fault.kind === "drop" || fault.kind === "reset");
  }

  /** Removes all queued faults. */
  clear(): void {
    this.#queued = [];
  }

  /** Takes the fault, if any, for a request at one of `places`. */
  take(places: readonly FaultPlace[], request: EmulatorRequest): Fault | undefined {
    const key = `${request.method} ${request.url}`;
    const hit = this.#queued.find(({ fault, place, hits }) =>
      places.includes(place) && matches(fault, request) &&
      (fault.timesEach === undefined || (hits.get(key) ?? 0) < fault.timesEach) &&
      (fault.rate === undefined || this.#random() < fault.rate)
    );
    if (!hit) return undefined;
    const { fault, hits } = hit;
    const kind = fault.kind === "status" ? `status ${fault.status}` : fault.kind;
    this.counts[kind] = (this.counts[kind] ?? 0) + 1;
    if (fault.timesEach !== undefined) hits.set(key, (hits.get(key) ?? 0) + 1);
    hit.left--;
    if (hit.left <= 0) this.#queued = this.#queued.filter((queued) => queued !== hit);
    return fault;
  }
}
