import {
  openFolderBackup,
  type PhotoResult,
  restoreProfilePhotos,
  type RunOptions,
  type Target,
} from "../../mod.ts";
import { assert, assertEquals, assertStringIncludes } from "../deps/assert.ts";
import { type Answer, type AnsweringGraph, answeringGraph, JPEG } from "../support/answering_graph.ts";
import { removeManyByClock } from "../support/emulated.ts";
import { FILES, inTemporaryFolder } from "../support/temporary.ts";
import { virtualClock } from "../support/virtual_clock.ts";

/** The answers of real tenants, with what comes of them; lone and in batches, unless a row says otherwise. */
interface Row {
  fault: string;
  answers: readonly Answer[];
  /** How many users, u0@contoso.com and so on. Default: 2, of whom the answers are about u1. */
  users?: number;
  /** The groups in their place. */
  groups?: boolean;
  options?: RunOptions & { verify?: boolean };
  lanes?: readonly ("lone" | "batched")[];
  /** How many of which outcome: of u1 alone where there are two. */
  outcomes: Record<string, number>;
  /** What the message and hint of the failures hold. */
  says?: readonly string[];
  check?: (found: { results: PhotoResult[]; graph: AnsweringGraph; sleeps: readonly number[] }) => void;
}

const error = (code: string, message: string) => ({
  error: { code, message, innerError: { "request-id": "5f0c6e1a-0000-4000-8000-000000000001" } },
});
const DELETE = { on: "DELETE /users/*/photo/$value", of: ["u1"] } as const;
const DELETE_GROUP = { on: "DELETE /groups/*/photo/$value" } as const;
const LOOK = { on: "GET /users/*/photo", of: ["u1"] } as const;
const EXISTS = { on: "GET /users/*", of: ["u1"] } as const;
const NO_IMAGE = { status: 404, body: error("ImageNotFound", "No image.") } as const;
const UNKNOWN = { status: 404, body: error("Request_ResourceNotFound", "Resource does not exist.") } as const;
const BUSY = { status: 503, body: error("ServiceUnavailable", "Busy.") } as const;
const SLOW_DOWN = { status: 429, body: error("TooManyRequests", "Slow down.") } as const;
const UNAUTHORIZED = { status: 401, body: error("UnknownError", "") } as const;
const PAGE = {
  headers: { "content-type": "text/html" },
  text: "<html>This address is blocked.</html>",
} as const;
const PLACEHOLDER = {
  status: 200,
  body: { id: "1x1", width: 1, height: 1, "@odata.mediaEtag": "" },
} as const;
const ODD = { status: 400, body: error("BadRequest", "Odd.") } as const;
const inText = (value: unknown, code = "UnknownError") =>
  error(code, typeof value === "string" ? value : JSON.stringify(value));

const ROWS: readonly Row[] = [
  // Called a success, and is none
  {
    fault: "1.1 a name that does not exist, answered as if there were no photo",
    answers: [{ ...DELETE, ...NO_IMAGE }, { ...EXISTS, ...UNKNOWN }],
    outcomes: { TargetNotFound: 1 },
    says: ["Check the spelling"],
  },
  {
    fault: "1.2 the same, looked at only",
    answers: [{ ...LOOK, ...NO_IMAGE }, { ...EXISTS, ...UNKNOWN }],
    options: { whatIf: true },
    outcomes: { TargetNotFound: 1 },
  },
  {
    fault: "1.3 the same, verified",
    answers: [{ ...DELETE, ...NO_IMAGE }, { ...LOOK, ...NO_IMAGE }, { ...EXISTS, ...UNKNOWN }],
    options: { verify: true },
    outcomes: { TargetNotFound: 1 },
  },
  {
    fault: "1.4 the same after a 503",
    answers: [{ ...DELETE, ...BUSY, times: 1 }, { ...DELETE, ...NO_IMAGE }, { ...EXISTS, ...UNKNOWN }],
    outcomes: { TargetNotFound: 1 },
  },
  {
    fault: "1.5 forty such names, of which twelve do not exist",
    answers: [
      { on: DELETE.on, ...NO_IMAGE },
      { on: EXISTS.on, of: Array.from({ length: 12 }, (_, at) => `u${at}`), ...UNKNOWN },
    ],
    users: 40,
    outcomes: { TargetNotFound: 12, absent: 28 },
    check({ results, graph }) {
      assert(results.every(({ outcome, existence }) => outcome === "failed" || existence === true));
      assertEquals(graph.asked.length, 80);
    },
  },
  {
    fault: "1.6 the same, with a token that may not read users",
    answers: [
      { on: DELETE.on, ...NO_IMAGE },
      { on: EXISTS.on, status: 403, body: error("Authorization_RequestDenied", "Not enough privileges.") },
    ],
    users: 40,
    outcomes: { absent: 40 },
    check({ results, graph }) {
      assertEquals(new Set(results.map(({ existence }) => existence)), new Set([null]));
      assertEquals(graph.asked.length, 41, "the first refusal tells not to ask again");
    },
  },
  {
    fault: "1.7 a user who exists and has no photo",
    answers: [{ ...DELETE, ...NO_IMAGE }],
    outcomes: { absent: 1 },
    check: ({ results, graph }) => assertEquals([results[0]!.existence, graph.asked.length], [true, 3]),
  },
  ...[{ status: 204 }, { status: 202, body: {} }].map(({ status, body }): Row => ({
    fault: `1.8, 1.9 a batch answered with ${status}`,
    answers: [{ on: "POST /$batch", status, body }],
    users: 40,
    lanes: ["batched"],
    outcomes: { UnexpectedAnswer: NaN, removed: NaN },
    check({ results, graph }) { // a retry may go alone, and is answered
      assert(results.filter(({ outcome }) => outcome === "removed").length <= graph.asked.length);
      assert(graph.asked.length <= 5, `${graph.asked.length} went alone`);
    },
  })),
  {
    fault: "1.10 a batch of looks answered with 204",
    answers: [{ on: "POST /$batch", status: 204 }],
    users: 6,
    options: { whatIf: true },
    lanes: ["batched"],
    outcomes: { UnexpectedAnswer: 6 },
  },
  ...[
    { status: 200, body: error("ErrorAccessDenied", "Access denied.") },
    { status: 202, body: error("ServiceNotAvailable", "Later.") },
  ].map((answer): Row => ({
    fault: `1.11, 1.12 a removal answered with ${answer.status} and an error`,
    answers: [{ ...DELETE, ...answer }],
    outcomes: { UnexpectedAnswer: 1 },
    says: [answer.body.error.message],
  })),
  {
    fault: "an error inside a 200 for a photo that is gone",
    answers: [
      { ...DELETE, status: 200, body: error("ErrorAccessDenied", "Access denied.") },
      { ...LOOK, ...NO_IMAGE },
    ],
    outcomes: { removed: 1 },
    check: ({ results }) => assertEquals(results[0]!.presumed, true),
  },
  {
    fault: "1.13 no photo to remove, and yet one to see",
    answers: [{ ...DELETE, status: 404, body: error("ErrorItemNotFound", "Too many items of that kind.") }],
    options: { verify: true },
    outcomes: { UnexpectedAnswer: 1 },
    says: ["still shows a photo"],
  },
  {
    fault: "1.17 throttled, then without a photo: it was not carried out",
    answers: [{ ...DELETE, ...SLOW_DOWN, times: 1 }, { ...DELETE, ...NO_IMAGE }],
    outcomes: { absent: 1 },
  },
  {
    fault: "a server error, then without a photo: presumed to be removed",
    answers: [{ ...DELETE, ...BUSY, times: 1 }, { ...DELETE, ...NO_IMAGE }],
    outcomes: { removed: 1 },
    check: ({ results }) => assertEquals(results[0]!.presumed, true),
  },
  {
    fault: "1.18 metadata of 1 × 1",
    answers: [{ ...LOOK, ...PLACEHOLDER }],
    options: { whatIf: true },
    outcomes: { absent: 1 },
  },
  {
    fault: "1.19 metadata of 1 × 1 after a removal",
    answers: [{ ...LOOK, ...PLACEHOLDER }],
    options: { verify: true },
    outcomes: { removed: 1 },
    check: ({ results }) => assertEquals(results[0]!.verified, true),
  },
  {
    fault: "1.20 metadata of 1 × 1 of a user without a photo",
    answers: [{ ...DELETE, ...NO_IMAGE }, { ...LOOK, ...PLACEHOLDER }],
    options: { verify: true },
    outcomes: { absent: 1 },
    check: ({ results }) => assertEquals(results[0]!.verified, true),
  },
  // A run that ends, waits wrongly, or sends far too much
  {
    fault: "2.1 one target's 401, while others are served with the same token",
    answers: [{ on: DELETE.on, of: ["u7"], ...UNAUTHORIZED }],
    users: 500,
    outcomes: { removed: 499, AccessDenied: 1 },
    says: ["accepts the same token for other targets"],
  },
  {
    fault: "2.1 the same for the first target of all",
    answers: [{ on: DELETE.on, of: ["u0"], ...UNAUTHORIZED }],
    users: 50,
    outcomes: { removed: 49, AccessDenied: 1 },
  },
  {
    fault: "a token that serves nobody",
    answers: [{ on: DELETE.on, ...UNAUTHORIZED }],
    users: 500,
    outcomes: { TokenRefused: NaN, notAttempted: NaN },
    check: ({ graph }) => assert(graph.asked.length <= 200, `${graph.asked.length} requests`),
  },
  {
    fault: "2.4 a 401 that is about permissions",
    answers: [{
      on: DELETE.on,
      of: ["u7"],
      status: 401,
      body: inText(error("NoPermissionsInAccessToken", "The token names no permissions.")),
    }],
    users: 100,
    outcomes: { removed: 99, AccessDenied: 1 },
    says: ["The token names no permissions."],
  },
  ...([["2.5", 2500], ["0,3", 3000], ["0.249", 249], ["1, 2.5", 2500]] as const).map((
    [value, wait],
  ): Row => ({
    fault: `2.5, 2.6 Retry-After: ${value}`,
    answers: [{ ...DELETE, ...SLOW_DOWN, times: 1, headers: { "Retry-After": value } }],
    outcomes: { removed: 1 },
    check: ({ sleeps }) => assertEquals(sleeps, [wait]),
  })),
  {
    fault: "2.8 the Retry-After of a batch item as an array",
    answers: [{ ...DELETE, ...SLOW_DOWN, times: 1, headers: { "retry-after": ["2"] } }],
    lanes: ["batched"],
    outcomes: { removed: 1 },
    check: ({ sleeps }) => assertEquals(sleeps, [2000]),
  },
  {
    fault: "2.9 a longer wait than allowed",
    answers: [{ ...DELETE, ...SLOW_DOWN, headers: { "Retry-After": "200" } }],
    outcomes: { Throttled: 1 },
    says: ["Try again from 2026-01-02T03:07:25Z"],
  },
  {
    fault: "2.9 a long wait that is allowed",
    answers: [{ ...DELETE, ...SLOW_DOWN, times: 1, headers: { "Retry-After": "200" } }],
    options: { retry: { maxDelay: 300_000 } },
    outcomes: { removed: 1 },
    check: ({ sleeps }) => assertEquals(sleeps, [200_000]),
  },
  ...[
    { status: 408, body: error("RequestTimeout", "Too late.") },
    { status: 400, body: error("serviceNotAvailable", "Try again.") },
  ].map((answer): Row => ({
    fault: `2.11, 2.12 ${answer.status} ${answer.body.error.code} once`,
    answers: [{ ...DELETE, ...answer, times: 1 }],
    outcomes: { removed: 1 },
  })),
  ...[
    ["429", [{ ...SLOW_DOWN, times: 1, headers: { "Retry-After": "1" } }, ODD], "RequestRefused"],
    ["503", [{ ...BUSY, times: 1 }, ODD], "RequestRefused"],
    ["404", [{ status: 404, body: error("ResourceNotFound", "Not found.") }], "MailboxNotFound"],
  ].map(([first, alone, code]): Row => ({
    fault: `2.13 to 2.15 one odd item, which alone first answers ${first}`,
    answers: [
      { on: DELETE.on, of: ["u7"], batched: true, ...ODD },
      ...(alone as Omit<Answer, "on">[]).map((answer) => ({ on: DELETE.on, of: ["u7"], ...answer })),
    ],
    users: 400,
    lanes: ["batched"],
    outcomes: { removed: 399, [code as string]: 1 },
    check: ({ graph }) =>
      assert(graph.received.length <= 26, `${graph.received.length} requests for 400 targets`),
  })),
  ...[
    { status: 404, body: null },
    { status: 404, text: btoa(JSON.stringify(NO_IMAGE.body)) },
  ].map((item): Row => ({
    fault: `2.16, 2.17 an item's 404 ${item.text ? "as base64" : "that says nothing"}`,
    answers: [{ ...DELETE, batched: true, ...item }, { ...DELETE, ...NO_IMAGE }],
    lanes: ["batched"],
    outcomes: { absent: 1 },
  })),
  // The wrong cause is told, or none
  {
    fault: "3.1 no mailbox, of a user who exists",
    answers: [{ ...DELETE, status: 404, body: error("ResourceNotFound", "This resource was not found.") }],
    outcomes: { MailboxNotFound: 1 },
    says: ["no mailbox"],
  },
  {
    fault: "3.1 the same of an unknown user",
    answers: [
      { ...DELETE, status: 404, body: error("ResourceNotFound", "This resource was not found.") },
      { ...EXISTS, ...UNKNOWN },
    ],
    outcomes: { TargetNotFound: 1 },
  },
  {
    fault: "3.2 a group without a mailbox",
    answers: [{
      ...DELETE_GROUP,
      status: 404,
      body: error("MailboxNotEnabledForRESTAPI", "No REST API yet."),
    }],
    groups: true,
    outcomes: { MailboxNotFound: 2 },
  },
  {
    fault: "3.3 no mailbox, as 400 AuthenticationError",
    answers: [{ ...DELETE, status: 400, body: error("AuthenticationError", "Sign-in not accepted.") }],
    outcomes: { MailboxNotFound: 1 },
  },
  ...[
    [{ error: { code: "OrganizationFromTenantGuidNotFound", message: "The tenant is not known here." } }],
    [{ errorCode: "EnterpriseEntityNotFound", message: "No mailbox was provisioned.", target: null }],
  ].map(([value]): Row => ({
    fault: `3.4, 3.5 an error inside the message: ${JSON.stringify(value).slice(2, 11)}`,
    answers: [{ ...DELETE, status: 404, body: inText(value) }],
    outcomes: { MailboxNotFound: 1 },
    says: [(value as { message?: string }).message ?? "The tenant is not known here."],
  })),
  {
    fault: "3.6 the same over several lines",
    answers: [{
      ...DELETE,
      status: 404,
      body: inText(
        JSON.stringify(
          {
            errorCode: "ErrorUserResolutionFailedUserDoesNotExist",
            message: "There is nobody of that name.",
          },
          null,
          2,
        ),
      ),
    }],
    outcomes: { TargetNotFound: 1 },
    says: ["There is nobody of that name."],
  },
  {
    fault: "3.7 an app's token where a user's is needed",
    answers: [{
      ...DELETE_GROUP,
      status: 403,
      body: error("AppOnlyTokenNotSupportedForGroupUpdate", "Profile access denied."),
    }],
    groups: true,
    outcomes: { AccessDenied: 2 },
    says: ["Use a delegated token for groups"],
  },
  {
    fault: "3.8 the same as Forbidden",
    answers: [{ ...DELETE_GROUP, status: 403, body: error("Forbidden", "The backend request failed.") }],
    groups: true,
    outcomes: { AccessDenied: 2 },
    says: ["Use a delegated token for groups"],
  },
  ...[403, 404, 407, 451, 511].map((status): Row => ({
    fault: `3.9 to 3.11 a proxy's page with ${status}`,
    answers: [{ ...DELETE, status, ...PAGE }],
    outcomes: { UnexpectedAnswer: 1 },
    says: [`${status}`, "proxy"],
  })),
  {
    fault: "3.14 a look that is refused after a removal",
    answers: [{ ...LOOK, status: 403, body: error("ErrorAccessDenied", "Access denied.") }],
    options: { verify: true },
    outcomes: { removed: 1 },
    check({ results }) {
      assertEquals([results[0]!.verified, results[0]!.verifyError?.code], [null, "AccessDenied"]);
    },
  },
];

/** An app's token, which holds the photo permission. */
const TOKEN = `e30.${
  btoa(JSON.stringify({ idtyp: "app", roles: ["ProfilePhoto.ReadWrite.All"] })).replace(/=+$/, "")
}.c2ln`;

const targetsOf = ({ users = 2, groups }: Row): Target[] =>
  Array.from(
    { length: users },
    (_, at) =>
      groups ? { group: `0c000000-0000-4000-8000-0000000000a${at}` } : { user: `u${at}@contoso.com` },
  );

for (const row of ROWS) {
  Deno.test(row.fault, { permissions: { net: ["127.0.0.1"] } }, async () => {
    for (const lane of row.lanes ?? ["lone", "batched"]) {
      await using graph = answeringGraph(row.answers);
      const clock = virtualClock();
      const targets = targetsOf(row);
      const { verify, ...options } = row.options ?? {};
      const results = await Array.fromAsync(removeManyByClock(
        targets,
        {
          credential: TOKEN,
          cloud: { graph: graph.url, authority: graph.url },
          batchSize: lane === "lone" ? 1 : 20,
          ...options,
        },
        clock,
        { verify },
      ));
      assertEquals(results.length, targets.length, "each target comes out once");
      const about = row.users || row.groups
        ? results
        : results.filter(({ target }) => (target as { user: string }).user === "u1@contoso.com");
      const counts: Record<string, number> = {};
      for (const { code, outcome } of about) counts[code ?? outcome] = (counts[code ?? outcome] ?? 0) + 1;
      const expected = Object.fromEntries(
        Object.entries(row.outcomes).map((
          [name, count],
        ) => [name, Number.isNaN(count) ? counts[name] ?? 0 : count]),
      );
      assertEquals(
        counts,
        Object.fromEntries(Object.entries(expected).filter(([, count]) => count > 0)),
        lane,
      );
      for (
        const { outcome, message, hint, clientRequestId } of about.filter(({ outcome }) =>
          outcome === "failed"
        )
      ) {
        for (const part of row.says ?? []) {
          assertStringIncludes(`${message} ${hint}`, part, `${lane} ${outcome}`);
        }
        assert(!/[{}]/.test(message!), message!);
        assertEquals(
          typeof clientRequestId === "string" || row.outcomes.TargetNotFound !== undefined || verify,
          true,
        );
      }
      row.check?.({ results: about, graph, sleeps: clock.sleeps });
    }
  });
}

Deno.test("every request to Graph tells what sent it, with an id of its own", {
  permissions: { net: ["127.0.0.1"] },
}, async () => {
  await using graph = answeringGraph([{ ...DELETE, ...BUSY, times: 1 }]);
  const options = { credential: TOKEN, cloud: { graph: graph.url, authority: graph.url }, batchSize: 1 };
  await Array.fromAsync(removeManyByClock([{ user: "u1@contoso.com" }], options, virtualClock()));
  const ids = graph.received.map(({ headers }) => headers.get("client-request-id"));
  assertEquals(new Set(ids).size, 2);
  for (const { headers } of graph.received) {
    assert(/^remove-profile-photo\/\d+\.\d+\.\d+ \(Deno\/[\d.]+\)$/.test(headers.get("user-agent")!));
  }
});

/** Photos as they come, and what is saved of each. */
const PHOTOS: Readonly<Record<string, { answer: Omit<Answer, "on">; saved: string | null }>> = {
  "1.15 a page that is called a JPEG": {
    answer: {
      status: 200,
      headers: { "content-type": "image/jpeg" },
      body: new TextEncoder().encode("<html>Sign in"),
    },
    saved: null,
  },
  "1.16 a JPEG that is cut short": {
    answer: { status: 200, headers: { "content-type": "image/jpeg" }, body: JPEG.subarray(0, 14) },
    saved: null,
  },
  "3.12 a JPEG by another name": {
    answer: { status: 200, headers: { "content-type": "application/octet-stream" }, body: JPEG },
    saved: "jpg",
  },
};

for (const [name, { answer, saved }] of Object.entries(PHOTOS)) {
  Deno.test(name, { permissions: FILES }, () =>
    inTemporaryFolder(async (folder) => {
      for (const batchSize of [1, 20]) {
        await using graph = answeringGraph([{ on: "GET /users/*/photo/$value", ...answer }]);
        await using backup = await openFolderBackup(`${folder}/${batchSize}`);
        const options = { credential: TOKEN, cloud: { graph: graph.url, authority: graph.url }, batchSize };
        const targets = [{ user: "u1@contoso.com" }, { user: "u2@contoso.com" }];
        const results = await Array.fromAsync(
          removeManyByClock(targets, options, virtualClock(), { backup }),
        );
        for (const result of results) {
          assertEquals([result.code, result.backup?.split(".").at(-1) ?? null], [
            saved ? null : "BackupFailed",
            saved,
          ]);
        }
        assertEquals(graph.asked.some((line) => line.startsWith("DELETE")), saved !== null);
      }
    }));
}

Deno.test("3.13 what Graph says about an upload is kept, and is no failure of the backup", {
  permissions: FILES,
}, () =>
  inTemporaryFolder(async (folder) => {
    const answers = [
      { on: "PUT /users/*/photo/$value", status: 404, body: error("ErrorItemNotFound", "Too many items.") },
    ];
    await using graph = answeringGraph(answers);
    const options = { credential: TOKEN, cloud: { graph: graph.url, authority: graph.url } };
    await using backup = await openFolderBackup(folder);
    await Array.fromAsync(
      removeManyByClock([{ user: "u1@contoso.com" }], options, virtualClock(), { backup }),
    );
    const [result] = await Array.fromAsync(restoreProfilePhotos(backup, { ...options, overwrite: true }));
    assertEquals([result!.code, result!.status, result!.graphCode], ["NotFound", 404, "ErrorItemNotFound"]);
    assertStringIncludes(result!.message!, "Too many items.");
  }));

Deno.test("3.15 a personal account's photo is looked at by its bytes", {
  permissions: { net: ["127.0.0.1"] },
}, async () => {
  const answers = [{ on: "GET /me/photo", status: 404, body: error("ConsumerPhotoIsNotSupported", "No.") }];
  const token = `e30.${btoa(JSON.stringify({ scp: "User.ReadWrite" })).replace(/=+$/, "")}.c2ln`;
  await using graph = answeringGraph(answers);
  const options = { credential: token, cloud: { graph: graph.url, authority: graph.url } };
  const [looked] = await Array.fromAsync(
    removeManyByClock(["me"], { ...options, whatIf: true }, virtualClock()),
  );
  assertEquals(looked!.outcome, "planned");
});
