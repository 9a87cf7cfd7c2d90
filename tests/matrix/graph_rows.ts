import type { Row, Struck } from "./row.ts";

/** The Graph error codes that stand for a status. */
const CODES: Readonly<Record<number, string>> = {
  403: "AccessDenied",
  404: "MailboxNotFound",
  408: "TimedOut",
  429: "Throttled",
  509: "Throttled",
  ...Object.fromEntries([500, 502, 503, 504].map((status) => [status, "ServiceUnavailable"])),
};

const RETRIED = [408, 429, 500, 502, 503, 504, 509];
const REFUSED = [400, 402, 403, 404, 405, 406, 409, 410, 412, 413, 415, 422, 423, 451, 501, 505];
/** What is refused in a batch like this, as a whole or an item, goes by itself. */
const NO_BATCHES = [400, 404, 405, 413, 501];
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
      ...(code === 429 ? same("absent 2") : {}), // what was throttled was not carried out
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
  ["1.5", 1500],
  ["0.249", 249],
  ["0,3", 3000],
  ["7, 9", 9000],
  ["2.5, 181", null],
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
  { fault: "no answer", with: { kind: "stall" }, strikes: "once", ...both("removed 2"), timeout: 1000 },
  { fault: "no answer", with: { kind: "stall" }, strikes: "always", ...both(LATE), timeout: 150 },
  {
    fault: "no answer to what was done",
    with: { kind: "stall", applied: true },
    strikes: "once",
    ...both("removed 2"),
    timeout: 1000,
  },
  ...([["stallBody", "no body"], ["drip", "a byte at a time"]] as const).flatMap(([kind, what]): Row[] => [
    { fault: `answer, ${what}`, with: { kind }, strikes: "once", ...both("removed 2"), timeout: 1000 },
    {
      fault: `answer, ${what}`,
      with: { kind },
      strikes: "always",
      ...both(LATE),
      timeout: 150,
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
  ...[403, 404, 407, 451, 511].map((status): Row => ({
    fault: `page of a proxy, ${status}`,
    with: { kind: "malformed", as: "html", status },
    strikes: "always",
    lone: `failed UnexpectedAnswer ${status} 1`,
    batch: status === 404 ? "removed 1" : `failed UnexpectedAnswer ${status} 1`,
  })),
  ...[201, 202, 204, 206].flatMap((status): Row[] =>
    (["once", "always"] as const).map((strikes): Row => ({
      fault: `batch answered with ${status}`,
      with: { kind: "body", status, body: status === 204 ? "" : "{}" },
      strikes,
      batch: strikes === "once" ? "removed 2" : NO_BATCH,
    }))
  ),
  ...[200, 202].map((status): Row => ({
    fault: `an error inside a ${status}`,
    with: { kind: "body", status, body: '{"error":{"code":"ErrorAccessDenied","message":"No."}}' },
    strikes: "always",
    lone: `failed UnexpectedAnswer ${status} 1`,
  })),
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

/** Graph's error codes, with the statuses that they were seen with, and what each means. */
const ERROR_CODES: readonly (readonly [code: string, meaning: string, ...statuses: number[]])[] = [
  ["ImageNotFound", "absent", 404],
  ["ErrorEntityNotFound", "absent", 404],
  ["ErrorItemNotFound", "absent", 404],
  ["GetUserPhoto", "absent", 404],
  ["Request_ResourceNotFound", "TargetNotFound", 404],
  ["ErrorInvalidUser", "TargetNotFound", 404],
  ["ErrorUserResolutionFailedUserDoesNotExist", "TargetNotFound", 404],
  ["ResourceNotFound", "MailboxNotFound", 404],
  ["EnterpriseEntityNotFound", "MailboxNotFound", 404],
  ["OrganizationFromTenantGuidNotFound", "MailboxNotFound", 404],
  ["MailboxNotEnabledForRESTAPI", "MailboxNotFound", 400, 404],
  ["MailboxNotHostedInExchangeOnline", "MailboxNotFound", 400, 404],
  ["ErrorNonExistentMailbox", "MailboxNotFound", 400, 404],
  ["AuthenticationError", "MailboxNotFound", 400],
  ["ConsumerPhotoIsNotSupported", "PersonalAccountNotSupported", 404],
  ["ErrorAccessDenied", "AccessDenied", 403],
  ["Authorization_RequestDenied", "AccessDenied", 403],
  ["Forbidden", "AccessDenied", 403],
  ["ForbiddenByPolicy", "AccessDenied", 403],
  ["invalid_role", "AccessDenied", 403],
  ["ErrorInsufficientPermissionsInAccessToken", "AccessDenied", 401, 403],
  ["NoPermissionsInAccessToken", "AccessDenied", 401, 403],
  ["AppOnlyTokenNotSupportedForGroupUpdate", "AccessDenied", 403],
  ["ErrorProfileNotFound", "NotFound", 404],
  ["SomethingNew", "RequestRefused", 406],
];

/** How Graph spells a code: by itself, inside another error, or as JSON in the message of another error. */
const SPELLINGS: Readonly<Record<string, (code: string) => unknown>> = {
  "by itself": (code) => ({ code, message: "Said by Graph." }),
  "in an inner error": (code) => ({ code: "UnknownError", message: "", innerError: { code } }),
  "in the message": (code) => ({ code: "UnknownError", message: JSON.stringify({ errorCode: code }) }),
};

const codes: Row[] = ERROR_CODES.flatMap(([code, meaning, ...statuses]) =>
  statuses.flatMap((status) =>
    Object.entries(SPELLINGS).map(([where, spell]): Row => ({
      fault: `${status} ${code} ${where}`,
      with: { kind: "body", status, body: JSON.stringify({ error: spell(code) }) },
      strikes: "always",
      lone: meaning === "absent" ? "absent 1" : `failed ${meaning} ${status} 1`,
      gone: false,
      waits: [],
    }))
  )
);

const transientCodes: Row[] = ["serviceNotAvailable", "ErrorWrongServer"].flatMap((code) =>
  [400, 404].map((status): Row => ({
    fault: `${status} ${code}`,
    with: { kind: "body", status, body: JSON.stringify({ error: { code, message: "Try again." } }) },
    strikes: "once",
    lone: "removed 2",
    waits: [500],
  }))
);

/** Faults of Graph, and of what stands before it. */
export const GRAPH_ROWS: readonly Row[] = [
  ...statuses,
  ...retryAfter,
  ...connections,
  ...bodies,
  ...batches,
  ...tokens,
  ...codes,
  ...transientCodes,
];
