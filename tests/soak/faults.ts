import type { Fault, FaultPlace } from "../../lib/emulator/mod.ts";
import type { Struck } from "../matrix/row.ts";

/** The share of faulty answers, of those to HTTP requests and of those inside batches alike. */
export const SHARE = 0.2;

type Weighted = readonly [weight: number, fault: Exclude<Struck, { kind: "refused" }>, on?: FaultPlace];
const status = (code: number, more: object = {}): Weighted[1] => ({ kind: "status", status: code, ...more });
const applied = { applied: true } as const;

/**
 * What may happen to an HTTP request, alone or a batch. Those by which much waits are rare, so that the soak ends
 * in minutes. A lone request has no answer to be found broken by, beside its status.
 */
const HTTP: readonly Weighted[] = [
  [0.1, status(429, { retryAfter: "1" }), "batch"],
  [0.1, status(503, { retryAfter: "1" }), "batch"],
  [8, status(429)],
  [8, status(500)],
  [8, status(502)],
  [8, status(503)],
  [8, status(503, applied)],
  [8, status(504, applied)],
  [4, status(509)],
  [8, { kind: "drop" }],
  [8, { kind: "drop", ...applied }],
  [8, { kind: "reset" }],
  [8, { kind: "reset", ...applied }],
  [8, { kind: "truncate" }],
  [0.3, { kind: "stall" }],
  [0.3, { kind: "stall", ...applied }],
  [0.3, { kind: "stallBody" }, "batch"],
  [0.3, { kind: "drip" }, "batch"],
  [2, { kind: "endless" }, "batch"],
  [4, { kind: "malformed" }, "batch"],
  [4, { kind: "malformed", ...applied }, "batch"],
  [4, { kind: "malformed", as: "html" }, "batch"],
  [4, { kind: "malformed", as: "html", status: 502, ...applied }],
  [4, { kind: "body", body: "", ...applied }, "batch"],
  [4, { kind: "body", body: '{"responses":[]}', ...applied }, "batch"],
];

/** What may happen to a request inside a batch. */
const ITEM: readonly Weighted[] = [
  [4, status(429, { retryAfter: "1" })],
  [12, status(429)],
  [10, status(500)],
  [10, status(502, applied)],
  [15, status(503)],
  [15, status(503, applied)],
  [10, status(504, applied)],
  [15, { kind: "omit" }],
  [8, { kind: "rename" }],
  [10, { kind: "duplicate" }],
];

/** Faults that strike so that together they make up the share: each is asked after those before it let pass. */
function shared(faults: readonly Weighted[], on: FaultPlace): Fault[] {
  const total = faults.reduce((sum, [weight]) => sum + weight, 0);
  let left = 1;
  return faults.map(([weight, fault, place = on]) => {
    const part = SHARE * weight / total;
    const rate = part / left;
    left -= part;
    return { ...fault, on: place, rate } as Fault;
  });
}

export function soakFaults(targets: number): Fault[] {
  let items = 0;
  return [
    // In the middle the token is revoked, and signing in takes three attempts.
    { kind: "expireTokens", on: "item", match: () => ++items > targets / 2 },
    { kind: "drop", on: "token", match: () => items > 0 },
    { kind: "status", status: 503, on: "token", match: () => items > 0 },
    ...shared(HTTP, "graph"),
    ...shared(ITEM, "item"),
  ];
}
