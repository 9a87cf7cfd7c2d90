import type { Row, Struck } from "./row.ts";

/** The Graph error codes that stand for a status. */
const CODES: Readonly<Record<number, string>> = {
  403: "AccessDenied",
  404: "TargetNotFound",
  429: "Throttled",
  509: "Throttled",
  ...Object.fromEntries([500, 502, 503, 504].map((status) => [status, "ServiceUnavailable"])),
};

const RETRIED = [429, 500, 502, 503, 504, 509];
const REFUSED = [400, 402, 403, 404, 405, 406, 408, 409, 410, 412, 413, 415, 422, 423, 451, 501, 505];
/** What is refused in a batch like this, as a whole or an item, goes by itself. */
const NO_BATCHES = [400, 404, 405, 501];
const NO_ITEMS = [400, 405, 501];

const status = (status: number, more: object = {}): Struck => ({ kind: "status", status, ...more });
const same = (what: string) => ({ lone: what, batch: what, item: what });

const statuses: Row[] = [
  ...RETRIED.flatMap((code): Row[] => [
    { fault: `${code}`, with: status(code), strikes: "once", ...same("removed 2"), waits: [500] },
    {
      fault: `${code}`,
      with: status(code),
      strikes: "always",
      ...same(`failed ${CODES[code]} ${code} 3`),
      waits: [500, 1000],
    },
    {
      fault: `${code} to what was done`,
      with: status(code, { applied: true }),
      strikes: "once",
      ...same("removed 2"),
      // A 429 was turned away at the door, as far as a client can know; inside a batch that has been seen otherwise.
      ...(code === 429 ? { lone: "absent 2", batch: "absent 2" } : {}),
    },
  ]),
  ...REFUSED.map((code): Row => {
    const refused = `failed ${CODES[code] ?? "RequestRefused"} ${code} 1`;
    return {
      fault: `${code}`,
      with: status(code),
      strikes: "always",
      lone: refused,
      batch: NO_BATCHES.includes(code) ? "removed 1" : refused,
      item: NO_ITEMS.includes(code) ? "removed 1" : refused,
      waits: [],
    };
  }),
  {
    fault: "302, a redirect",
    with: { kind: "redirect", status: 302, location: "http://127.0.0.1:9/" },
    strikes: "always",
    ...same("failed RedirectRefused 302 1"),
  },
];

/** `Retry-After`, and the wait that it causes in ms, by a clock that begins at 03:04:05. `null`: longer than allowed. */
const RETRY_AFTER: readonly (readonly [field: string, wait: number | null])[] = [
  ["7", 7000],
  ["Fri, 02 Jan 2026 03:05:05 GMT", 60_000],
  ["181", null],
  ["soon", 500],
];

const retryAfter = RETRY_AFTER.map(([field, wait]): Row => ({
  fault: `429, Retry-After: ${field}`,
  with: status(429, { retryAfter: field }),
  strikes: wait === null ? "always" : "once",
  ...same(wait === null ? "failed Throttled 429 1" : "removed 2"),
  waits: wait === null ? [] : [wait],
}));

const LOST = "failed ConnectionLost 3";
const LATE = "failed TimedOut 3";
const both = (what: string) => ({ lone: what, batch: what });

const connections: Row[] = [
  { fault: "no server", with: { kind: "refused" }, strikes: "always", ...both(LOST), waits: [500, 1000] },
  ...(["drop", "reset"] as const).flatMap((kind): Row[] => [
    { fault: `connection, ${kind}`, with: { kind }, strikes: "once", ...both("removed 2"), waits: [500] },
    { fault: `connection, ${kind}`, with: { kind }, strikes: "always", ...both(LOST), waits: [500, 1000] },
    {
      fault: `connection, ${kind} after it was done`,
      with: { kind, applied: true },
      strikes: "once",
      ...both("removed 2"),
    },
    {
      fault: `connection, ${kind} after it was done`,
      with: { kind, applied: true },
      strikes: "always",
      ...both(LOST),
      gone: true,
    },
  ]),
  { fault: "answer that breaks off", with: { kind: "truncate" }, strikes: "once", ...both("removed 2") },
  {
    fault: "answer that breaks off",
    with: { kind: "truncate" },
    strikes: "always",
    ...both(LOST),
    gone: true,
  },
  { fault: "no answer", with: { kind: "stall" }, strikes: "once", ...both("removed 2"), timeout: 400 },
  { fault: "no answer", with: { kind: "stall" }, strikes: "always", ...both(LATE), timeout: 20 },
  {
    fault: "no answer to what was done",
    with: { kind: "stall", applied: true },
    strikes: "once",
    ...both("removed 2"),
    timeout: 400,
  },
  ...([["stallBody", "no body"], ["drip", "a byte at a time"]] as const).flatMap(([kind, what]): Row[] => [
    { fault: `answer, ${what}`, with: { kind }, strikes: "once", ...both("removed 2"), timeout: 400 },
    {
      fault: `answer, ${what}`,
      with: { kind },
      strikes: "always",
      ...both(LATE),
      timeout: 50,
      gone: true,
    },
  ]),
];

const PADDING = `,"padding":"${"x".repeat(2 ** 21)}"`;
const DONE = '"responses":[{"id":"1","status":200},{"id":"2","status":200},{"id":"3","status":200}]';
const NO_PHOTO = '{"error":{"code":"ImageNotFound","message":"Exception of type ImageNotFoundException"}}';
/** What a lone request needs no more than the status for, a batch does. */
const NO_BATCH = "failed UnexpectedAnswer 3";
const done = { applied: true } as const;

const bodies: Row[] = [
  {
    fault: "body without end",
    with: { kind: "endless" },
    strikes: "once",
    lone: "removed 1",
    batch: "removed 2",
  },
  {
    fault: "body without end",
    with: { kind: "endless" },
    strikes: "always",
    lone: "removed 1",
    batch: NO_BATCH,
    gone: true,
  },
  {
    fault: "JSON that breaks off",
    with: { kind: "malformed", ...done },
    strikes: "once",
    lone: "removed 1",
    batch: "removed 2",
  },
  {
    fault: "JSON that breaks off",
    with: { kind: "malformed", ...done },
    strikes: "always",
    lone: "removed 1",
    batch: NO_BATCH,
    gone: true,
  },
  {
    fault: "JSON that is too long",
    with: { kind: "body", body: `{${DONE}${PADDING}}`, ...done },
    strikes: "once",
    lone: "removed 1",
    batch: "removed 2",
  },
  {
    fault: "error that is too long",
    with: { kind: "body", status: 404, body: NO_PHOTO.replace("}}", `"${PADDING}}}`) },
    strikes: "always",
    lone: "failed NotFound 404 1",
    batch: "removed 1",
  },
  {
    fault: "JSON of no type",
    with: { kind: "body", body: `{${DONE}}`, contentType: "application/octet-stream", ...done },
    strikes: "once",
    ...both("removed 1"),
  },
  {
    fault: "text",
    with: { kind: "body", body: "Blocked", contentType: "text/plain" },
    strikes: "always",
    lone: "failed UnexpectedAnswer 200 1",
    batch: NO_BATCH,
  },
  {
    fault: "text",
    with: { kind: "body", body: "Blocked", contentType: "text/plain" },
    strikes: "once",
    lone: "failed UnexpectedAnswer 200 1",
    batch: "removed 2",
  },
  {
    fault: "page of a proxy, 200",
    with: { kind: "malformed", as: "html" },
    strikes: "always",
    lone: "failed UnexpectedAnswer 200 1",
    batch: NO_BATCH,
  },
  {
    fault: "page of a proxy, 403",
    with: { kind: "malformed", as: "html", status: 403 },
    strikes: "always",
    ...both("failed AccessDenied 403 1"),
  },
  {
    fault: "page of a proxy, 404",
    with: { kind: "malformed", as: "html", status: 404 },
    strikes: "always",
    lone: "failed NotFound 404 1",
    batch: "removed 1",
  },
  {
    fault: "page of a proxy, 407",
    with: { kind: "malformed", as: "html", status: 407 },
    strikes: "always",
    ...both("failed RequestRefused 407 1"),
  },
  {
    fault: "page of a proxy, 502",
    with: { kind: "malformed", as: "html", status: 502 },
    strikes: "once",
    ...both("removed 2"),
    waits: [500],
  },
  {
    fault: "page of a proxy, 502",
    with: { kind: "malformed", as: "html", status: 502 },
    strikes: "always",
    ...both("failed ServiceUnavailable 502 3"),
  },
];

/** Answers to a batch as a whole, or to its items, that say nothing of what was done. */
const batches: Row[] = [
  ...["", "null", "[]", "{}", '{"responses":[]}', '{"responses":{}}', '{"responses":[null,5]}'].flatMap(
    (body): Row[] => [
      {
        fault: `batch, ${body || "empty"}`,
        with: { kind: "body", body },
        strikes: "once",
        batch: "removed 2",
      },
      {
        fault: `batch, ${body || "empty"}, of what was done`,
        with: { kind: "body", body, ...done },
        strikes: "once",
        batch: "removed 2",
      },
      {
        fault: `batch, ${body || "empty"}`,
        with: { kind: "body", body },
        strikes: "always",
        batch: NO_BATCH,
      },
    ],
  ),
  {
    fault: "batch, a status that is none",
    with: { kind: "body", body: `{${DONE.replaceAll("200", '"200"')}}`, ...done },
    strikes: "once",
    batch: "removed 2",
  },
  ...([["omit", "missing"], ["rename", "under an unknown id"]] as const).flatMap(([kind, what]): Row[] => [
    { fault: `batch answer ${what}`, with: { kind }, strikes: "once", item: "removed 2" },
    { fault: `batch answer ${what}`, with: { kind }, strikes: "always", item: NO_BATCH, gone: true },
  ]),
  { fault: "batch answer twice", with: { kind: "duplicate" }, strikes: "always", item: "removed 1" },
];

const CLAIMS = '{"access_token":{"nbf":{"essential":true,"value":"1604106651"}}}';

const tokens: Row[] = [
  {
    fault: "token expired",
    with: { kind: "expireTokens" },
    strikes: "once",
    ...same("removed 2"),
    waits: [],
  },
  {
    fault: "token refused, and the next",
    with: { kind: "expireTokens" },
    strikes: "always",
    ...same("failed TokenRefused 401 2"),
    waits: [],
  },
  {
    fault: "claims challenge",
    with: { kind: "claimsChallenge", claims: CLAIMS },
    strikes: "once",
    ...same("removed 2"),
    waits: [],
  },
];

/** Faults of Graph, and of what stands before it. */
export const GRAPH_ROWS: readonly Row[] = [
  ...statuses,
  ...retryAfter,
  ...connections,
  ...bodies,
  ...batches,
  ...tokens,
];
