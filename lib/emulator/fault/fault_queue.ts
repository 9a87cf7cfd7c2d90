import type { EmulatorRequest } from "../http_message.ts";
import type { Random } from "../random.ts";
import type { Fault, FaultPlace } from "./fault.ts";

const CONNECTION: readonly FaultPlace[] = ["graph", "batch", "token"];
const GRAPH: readonly FaultPlace[] = ["graph", "batch", "item"];
const EVERYWHERE: readonly FaultPlace[] = ["graph", "batch", "item", "token"];

/** Where each kind can occur: items have no connection, and sign-in does not receive access tokens. */
const PLACES: Readonly<Record<Fault["kind"], readonly FaultPlace[]>> = {
  status: EVERYWHERE,
  body: EVERYWHERE,
  redirect: EVERYWHERE,
  drop: CONNECTION,
  reset: CONNECTION,
  stall: CONNECTION,
  truncate: CONNECTION,
  stallBody: CONNECTION,
  drip: CONNECTION,
  endless: CONNECTION,
  malformed: CONNECTION,
  expireTokens: GRAPH,
  claimsChallenge: GRAPH,
  omit: ["item"],
  duplicate: ["item"],
  rename: ["item"],
};

interface Entry {
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

function hasHitsLeft({ fault: { timesEach }, hits }: Entry, key: string): boolean {
  return timesEach === undefined || (hits.get(key) ?? 0) < timesEach;
}

const describeKind = (fault: Fault) => fault.kind === "status" ? `status ${fault.status}` : fault.kind;

/** Queued faults. Each request gets the first one that matches it. */
export class FaultQueue {
  /** How many requests each kind of fault has hit. */
  readonly counts: Record<string, number> = {};
  readonly #random: Random;
  #entries: Entry[] = [];

  constructor(random: Random) {
    this.#random = random;
  }

  /**
   * Queues a fault.
   *
   * @throws {RangeError} If the fault cannot occur at its place, or its `rate` is not from 0 to 1.
   */
  add(fault: Fault): void {
    const place = fault.on ?? "graph";
    if (!PLACES[fault.kind]?.includes(place)) {
      throw new RangeError(`Cannot queue fault "${fault.kind}" as it has no effect on "${place}"`);
    }
    const { rate } = fault;
    if (rate !== undefined && !(rate >= 0 && rate <= 1)) {
      throw new RangeError(`Cannot queue fault as rate must be from 0 to 1: current value is ${rate}`);
    }
    const left = fault.times ?? (rate === undefined ? 1 : Infinity);
    this.#entries.push({ fault, place, left, hits: new Map() });
  }

  /** Whether a fault that closes connections without a response is queued. */
  get hasConnectionLoss(): boolean {
    return this.#entries.some(({ fault }) => fault.kind === "drop" || fault.kind === "reset");
  }

  /** Removes all queued faults. */
  clear(): void {
    this.#entries = [];
  }

  /** Takes the fault, if any, for a request at one of `places`. */
  take(places: readonly FaultPlace[], request: EmulatorRequest): Fault | undefined {
    const key = `${request.method} ${request.url}`;
    const hit = this.#entries.find((entry) =>
      places.includes(entry.place) && matches(entry.fault, request) && hasHitsLeft(entry, key) &&
      (entry.fault.rate === undefined || this.#random() < entry.fault.rate)
    );
    if (!hit) return undefined;
    const kind = describeKind(hit.fault);
    this.counts[kind] = (this.counts[kind] ?? 0) + 1;
    if (hit.fault.timesEach !== undefined) hit.hits.set(key, (hit.hits.get(key) ?? 0) + 1);
    hit.left--;
    if (hit.left <= 0) this.#entries = this.#entries.filter((entry) => entry !== hit);
    return hit.fault;
  }
}
