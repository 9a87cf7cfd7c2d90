import type { EmulatorRequest } from "../exchange.ts";
import type { Random } from "../random.ts";
import type { Fault, FaultPlace } from "./fault.ts";

const CONNECTION: readonly FaultPlace[] = ["graph", "batch", "token"];
const GRAPH: readonly FaultPlace[] = ["graph", "batch", "item"];
const EVERYWHERE: readonly FaultPlace[] = ["graph", "batch", "item", "token"];

/** Where each kind makes sense: an item has no connection of its own, sign-in knows no access tokens. */
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
  left: number;
  readonly hits: Map<string, number>;
}

function fits(fault: Fault, request: EmulatorRequest): boolean {
  const { match } = fault;
  if (match === undefined) return true;
  if (typeof match === "function") return match(request);
  return (match.method === undefined || match.method.toUpperCase() === request.method) &&
    (match.path === undefined || request.url.includes(match.path));
}

function hitsLeft(entry: Entry, key: string): boolean {
  const { timesEach } = entry.fault;
  return timesEach === undefined || (entry.hits.get(key) ?? 0) < timesEach;
}

const nameOf = (fault: Fault) => fault.kind === "status" ? `status ${fault.status}` : fault.kind;

/** The faults still to come; a request gets the first that fits, in the order of adding. */
export class FaultQueue {
  /** How often which has struck. */
  readonly struck: Record<string, number> = {};
  readonly #random: Random;
  #entries: Entry[] = [];

  constructor(random: Random) {
    this.#random = random;
  }

  /** Adds a fault. */
  add(fault: Fault): void {
    const place = fault.on ?? "graph";
    if (!PLACES[fault.kind]?.includes(place)) {
      throw new RangeError(`Cannot add fault as it has no effect there: "${fault.kind}" on "${place}"`);
    }
    const { rate } = fault;
    if (rate !== undefined && !(rate >= 0 && rate <= 1)) {
      throw new RangeError(`Cannot add fault as rate must be from 0 to 1: current value is ${rate}`);
    }
    const left = fault.times ?? (rate === undefined ? 1 : Infinity);
    this.#entries.push({ fault, place, left, hits: new Map() });
  }

  /** Whether a connection is still to be closed or reset without an answer. */
  get drops(): boolean {
    return this.#entries.some(({ fault }) => fault.kind === "drop" || fault.kind === "reset");
  }

  /** Forgets all faults. */
  clear(): void {
    this.#entries = [];
  }

  /** Takes the fault for a request that is at one of `places`. */
  take(places: readonly FaultPlace[], request: EmulatorRequest): Fault | undefined {
    const key = `${request.method} ${request.url}`;
    const hit = this.#entries.find((entry) =>
      places.includes(entry.place) && fits(entry.fault, request) && hitsLeft(entry, key) &&
      (entry.fault.rate === undefined || this.#random() < entry.fault.rate)
    );
    if (!hit) return undefined;
    this.struck[nameOf(hit.fault)] = (this.struck[nameOf(hit.fault)] ?? 0) + 1;
    if (hit.fault.timesEach !== undefined) hit.hits.set(key, (hit.hits.get(key) ?? 0) + 1);
    hit.left--;
    if (hit.left <= 0) this.#entries = this.#entries.filter((entry) => entry !== hit);
    return hit.fault;
  }
}
