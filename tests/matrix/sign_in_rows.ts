import type { Row, Struck } from "./row.ts";

const both = (what: string) => ({ lone: what, batch: what });

/** A fault of the token endpoint, how often it strikes, whether it can be waited out, the waits, the time-out. */
type SignInFault = readonly [
  fault: string,
  Struck,
  Row["strikes"],
  passes: boolean,
  more?: Pick<Row, "waits" | "timeout">,
];

const status = (status: number, more: object = {}): Struck => ({ kind: "status", status, ...more });
/** Half of 500 ms, and twice that each time. */
const EXHAUSTED = { waits: [250, 500, 1000] };

const FAULTS: readonly SignInFault[] = [
  ["not there", { kind: "refused" }, "always", false, EXHAUSTED],
  ...[429, 500, 502, 503, 504].flatMap((code): SignInFault[] => [
    [`${code}`, status(code), "once", true, { waits: [250] }],
    [`${code}`, status(code), "always", false, EXHAUSTED],
  ]),
  ["throttled, Retry-After: 7", status(429, { retryAfter: "7" }), "once", true, { waits: [7000] }],
  ["throttled, Retry-After: 61", status(429, { retryAfter: "61" }), "always", false, { waits: [] }],
  ["AADSTS90033, which passes", status(400, { code: "90033" }), "once", true, { waits: [250] }],
  ["connection, drop", { kind: "drop" }, "once", true, { waits: [250] }],
  ["connection, reset", { kind: "reset", applied: true }, "once", true, { waits: [250] }],
  ["connection, reset", { kind: "reset" }, "always", false, EXHAUSTED],
  ["answer that breaks off", { kind: "truncate" }, "once", true, { waits: [250] }],
  ["no answer", { kind: "stall" }, "once", true, { timeout: 1000 }],
  ["no answer", { kind: "stall" }, "always", false, { timeout: 150 }],
  ["answer, no body", { kind: "stallBody" }, "always", false, { timeout: 150 }],
  ["answer, a byte at a time", { kind: "drip" }, "always", false, { timeout: 150 }],
  ["body without end", { kind: "endless" }, "always", false, { waits: [] }],
  ["JSON that breaks off", { kind: "malformed" }, "always", false, { waits: [] }],
  ["empty", { kind: "body", body: "" }, "always", false, { waits: [] }],
  ["page of a proxy, 200", { kind: "malformed", as: "html" }, "always", false, { waits: [] }],
  ["page of a proxy, 403", { kind: "malformed", as: "html", status: 403 }, "always", false, { waits: [] }],
  ["page of a proxy, 503", { kind: "malformed", as: "html", status: 503 }, "once", true, { waits: [250] }],
];

const REFUSALS: readonly (readonly [fault: string, Struck])[] = [
  ["the secret has expired", status(401, { code: "7000222" })],
  ["the app is not in the tenant", status(400, { code: "700016" })],
];

/** Faults of the sign-in, at the start of a run and after a token has expired in the middle. */
export const SIGN_IN_ROWS: readonly Row[] = (["first", "again"] as const).flatMap((signIn) => {
  const broken = (code: string) => both(signIn === "first" ? `throws ${code}` : `failed ${code} 0`);
  return [
    ...FAULTS.map(([what, fault, strikes, passes, more = {}]): Row => ({
      ...{ fault: `sign-in, ${what}`, with: fault, strikes, signIn },
      ...(passes ? both(signIn === "first" ? "removed 1" : "removed 2") : broken("SignInFailed")),
      ...more,
    })),
    ...REFUSALS.map(([what, fault]): Row => ({
      ...{ fault: `sign-in, ${what}`, with: fault, strikes: "always", signIn, waits: [] },
      ...broken("SignInRefused"),
    })),
  ];
});
