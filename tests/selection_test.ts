import { startEmulator } from "../lib/emulator/mod.ts";
import { sampleDirectory } from "../lib/emulator/mod.ts";
import { findProfilePhotos, type FoundPhoto } from "../lib/find_profile_photos.ts";
import { GraphError } from "../lib/errors.ts";
import { removeProfilePhotos } from "../lib/remove_profile_photos.ts";
import { type Selection, selectTargets } from "../lib/selection.ts";
import { assertEquals, assertRejects, assertStringIncludes } from "./deps/assert.ts";
import { type Answer, answeringGraph } from "./support/answering_graph.ts";
import { connected, emulatorTest } from "./support/emulated.ts";
import { serve, type TestServer } from "./support/server.ts";
import { LOOPBACK_ONLY, NONE } from "./support/test.ts";

const DISABLED = ["grady@contoso.com", "johanna@contoso.com", "lee@contoso.com", "lynne@contoso.com"];

const names = (chosen: readonly { name: string | null }[]) => chosen.map(({ name }) => name).sort();

/** Selections in the sample directory, and whom they choose. */
const CHOSEN: readonly (readonly [Selection, string[]])[] = [
  [{ kind: "user", filter: "accountEnabled eq false" }, DISABLED],
  [{ kind: "user", filter: "accountEnabled ne true" }, DISABLED], // an advanced query
  [{ kind: "group", all: true }, ["Marketing", "Operations", "Retail"]],
  [
    { kind: "user", filter: "accountEnabled eq false", except: [{ user: "GRADY@contoso.com" }], limit: 3 },
    DISABLED.slice(1),
  ],
  [{
    kind: "user",
    filter: "accountEnabled eq false",
    except: [{ user: "0A000000-0000-4000-8000-000000000004" }], // Grady, by object id
  }, DISABLED.slice(1)],
];

Deno.test(emulatorTest(
  "selectTargets() chooses whom Graph's filter matches, but for the exceptions",
  async (tenant) => {
    const connection = await connected(tenant);
    for (const [selection, expected] of CHOSEN) {
      const chosen = await selectTargets(selection, connection);
      assertEquals(names(chosen), expected, JSON.stringify(selection));
      const { url } = tenant.requests.findLast(({ url }) => /^\/v1\.0\/(users|groups)\?/.test(url))!;
      const least = selection.kind === "user" ? "id,userPrincipalName" : "id,displayName";
      assertEquals(
        new URLSearchParams(url.split("?")[1]).get("$select"),
        least,
        "no more is read than is used",
      );
    }
    const chosen = await selectTargets(CHOSEN[0]![0], connection);
    await Array.fromAsync(removeProfilePhotos(chosen.map(({ target }) => target), connection));
    const left = [...tenant.directory.users].filter(({ id }) => !tenant.directory.hasPhoto(id));
    assertEquals(left.map(({ userPrincipalName }) => userPrincipalName).sort(), DISABLED);
  },
));

Deno.test(emulatorTest(
  "selectTargets() chooses the users in nested groups, and says if they are hidden",
  async (tenant) => {
    const [marketing, , operations] = tenant.directory.groups.map(({ id }) => id);
    const members = await selectTargets({ kind: "user", memberOf: marketing! }, await connected(tenant));
    assertEquals(names(members).map((name) => name!.split("@")[0]), [
      "adele",
      "alex",
      "johanna",
      "lynne",
      "megan",
      "pradeep_fabrikam.com#EXT#",
    ]);
    const token = await tenant.issueToken({ roles: ["User.Read.All", "GroupMember.Read.All"] });
    const given = { credential: token, cloud: tenant.cloud };
    const hidden = () => selectTargets({ kind: "user", memberOf: operations! }, given);
    const error = await assertRejects(hidden, GraphError, "they are hidden from this token");
    assertStringIncludes(error.hint!, "Member.Read.Hidden");
  },
));

const page = (ids: readonly number[], more: object = {}) => ({
  value: ids.map((id) => ({ id: `0a000000-0000-4000-8000-${String(id).padStart(12, "0")}` })),
  ...more,
});

/** Lists that are not what a list of Graph is, and what is said of them. `LINK` is the same list again. */
const HOSTILE: readonly (readonly [what: string, answers: Omit<Answer, "on">[], says: string])[] = [
  ["a link to another host", [{
    status: 200,
    body: page([1], { "@odata.nextLink": "https://evil.example/v1.0/users?$skiptoken=x" }),
  }], "another address"],
  ["a link to a host of a similar name", [{
    status: 200,
    body: page([1], { "@odata.nextLink": "GRAPH.evil.example/v1.0/users" }),
  }], "another address"],
  [
    "a circle",
    [{ status: 200, body: page([], { "@odata.nextLink": "GRAPH/v1.0/users?$skiptoken=x" }) }],
    "lead in a circle",
  ],
  [
    "somebody twice",
    [{ status: 200, body: page([1, 2, 1]) }],
    "names 0a000000-0000-4000-8000-000000000001 twice",
  ],
  ["no list", [{ status: 200, body: { value: "everybody" } }], "something else"],
  ["an entry without an id", [{ status: 200, body: { value: [{ id: "all" }] } }], "something else"],
  ["a page that fails", [
    { times: 1, status: 200, body: page([1], { "@odata.nextLink": "GRAPH/v1.0/users?$skiptoken=x" }) },
    { status: 403, body: { error: { code: "Authorization_RequestDenied", message: "No." } } },
  ], "403 Authorization_RequestDenied"],
];

Deno.test(
  "selectTargets() and findProfilePhotos() fail at a hostile list, and go nowhere else",
  LOOPBACK_ONLY,
  async () => {
    for (const [what, given, says] of HOSTILE) {
      const answers = given.map((answer): Answer => ({ ...answer, on: "GET /users" }));
      await using graph = answeringGraph(answers);
      for (const { body } of answers) {
        const link = body as { "@odata.nextLink"?: string };
        if (link["@odata.nextLink"]) {
          link["@odata.nextLink"] = link["@odata.nextLink"].replace(
            "GRAPH",
            graph.url,
          );
        }
      }
      const options = { credential: "token", cloud: { graph: graph.url, authority: graph.url } };
      const selection: Selection = { kind: "user", all: true };
      const ways = [
        () => selectTargets(selection, options),
        ...what === "a page that fails" ? [] : [() => Array.fromAsync(findProfilePhotos(selection, options))],
      ];
      for (const way of ways) {
        assertStringIncludes(
          (await assertRejects(way, GraphError)).message,
          says,
          what,
        );
      }
    }
  },
);

Deno.test(
  emulatorTest("an exception that does not exist, and more than the limit, choose nobody", async (tenant) => {
    const connection = await connected(tenant);
    const missing = { kind: "user", all: true, except: [{ user: "typo@contoso.com" }] } as const;
    const { code, message } = await assertRejects(() => selectTargets(missing, connection), GraphError);
    assertEquals(code, "TargetNotFound");
    assertStringIncludes(message, "Cannot leave out user typo@contoso.com");
    const few = { kind: "user", all: true, limit: 17 } as const;
    await assertRejects(() => selectTargets(few, connection), RangeError, "More than 17 users match");
    assertEquals((await selectTargets({ ...few, limit: 18 }, connection)).length, 18);
    await assertRejects(
      () => selectTargets({ kind: "user", all: true, except: [{ group: "x" }] }, connection),
      TypeError,
    );
  }),
);

const NO_SELECTIONS: readonly (readonly [unknown, string])[] = [
  [{ kind: "user" }, "filter or memberOf or both, or else all: true"],
  [
    { kind: "user", all: true, filter: "accountEnabled eq false" },
    "filter or memberOf or both, or else all: true",
  ],
  [{ kind: "me", all: true }, '"user" or "group"'],
  [{ kind: "user", filter: " " }, "must be a text that is not empty"],
  [{ kind: "group", memberOf: "0c000000-0000-4000-8000-000000000001" }, "only users"],
  [{ kind: "user", memberOf: "Marketing" }, "object id"],
  [{ kind: "user", All: true }, 'did you mean "all"'],
  [{ kind: "user", all: true, limit: 0 }, "the limit"],
];

Deno.test("what is no selection is refused before anything is sent", NONE, async () => {
  for (const [selection, says] of NO_SELECTIONS) {
    const error = await assertRejects(
      () => selectTargets(selection as Selection, { credential: "token" }),
      Error,
    );
    assertStringIncludes(error.message, says);
  }
});

Deno.test(emulatorTest("a selection that the token may not read says what to grant", async (tenant) => {
  const token = await tenant.issueToken({ roles: ["ProfilePhoto.ReadWrite.All"] });
  const least: readonly (readonly [Selection, string])[] = [
    [{ kind: "user", all: true }, "User.Read.All"],
    [{ kind: "group", all: true }, "GroupMember.Read.All"],
    [{ kind: "user", memberOf: tenant.directory.groups[0]!.id }, "GroupMember.Read.All"],
  ];
  for (const [selection, permission] of least) {
    const choose = async () => await selectTargets(selection, await connected(tenant, token));
    const { hint } = await assertRejects(choose, GraphError);
    assertStringIncludes(hint!, `grant the application permission ${permission}`);
  }
}));

Deno.test("findProfilePhotos() finds each of many once, in batches", LOOPBACK_ONLY, async () => {
  await using tenant = await startEmulator({
    directory: sampleDirectory({ users: 3000 }),
    recordRequests: false,
  });
  const connection = await connected(tenant);
  const found: FoundPhoto[] = await Array.fromAsync(
    findProfilePhotos({ kind: "user", all: true }, connection),
  );
  assertEquals(new Set(found.map(({ id }) => id)).size, 3018);
  assertEquals(found.filter(({ photo }) => photo === false).map(({ displayName }) => displayName), [
    "Lee Gu",
  ]);
  const { width, contentType, synced, enabled } = found.find(({ displayName }) =>
    displayName === "Lynne Robbins"
  )!;
  assertEquals([width, contentType, synced, enabled], [48, "image/png", true, false]);
  const pages = Math.ceil(3018 / 999);
  assertEquals(
    tenant.counts.graph <= pages + Math.ceil(3018 / 20) + 2,
    true,
    `${tenant.counts.graph} requests`,
  );
});

Deno.test(
  emulatorTest("findProfilePhotos() says of whom it does not know, and stops when told", async (tenant) => {
    tenant.fault({ kind: "status", status: 403, on: "item", times: 1, match: { path: "/photo" } });
    const connection = await connected(tenant);
    const found = await Array.fromAsync(findProfilePhotos({ kind: "group", all: true }, connection));
    const unknown = found.filter(({ photo }) => photo === null);
    assertEquals(unknown.map(({ code }) => code), ["AccessDenied"]);
    const stopping = new AbortController();
    const match = () => (stopping.abort(), true);
    tenant.fault({ kind: "stall", match });
    const hasty = { ...connection, timeout: 100, retry: { maxAttempts: 1 }, stopSignal: stopping.signal };
    assertEquals(await Array.fromAsync(findProfilePhotos({ kind: "user", all: true }, hasty)), []);
    const stopSignal = AbortSignal.abort();
    assertEquals(
      await Array.fromAsync(findProfilePhotos({ kind: "user", all: true }, { ...connection, stopSignal })),
      [],
    );
  }),
);

Deno.test("an exception whose object id Graph does not tell chooses nobody", LOOPBACK_ONLY, async () => {
  for (const body of [{}, { id: null }, { id: "alex" }]) {
    await using graph = answeringGraph([
      { on: "GET /users/alex@contoso.com", status: 200, body },
      { on: "GET /users", status: 200, body: page([1]) },
    ]);
    const options = { credential: "token", cloud: { graph: graph.url, authority: graph.url } };
    const selection: Selection = { kind: "user", all: true, except: [{ user: "alex@contoso.com" }] };
    await assertRejects(() => selectTargets(selection, options), TypeError, "did not tell the object id");
  }
});

Deno.test("a list of empty pages without an end fails", LOOPBACK_ONLY, async () => {
  await using graph: TestServer = serve(({ path }) => {
    const next = Number(/skiptoken=(\d+)/.exec(path)?.[1] ?? 0) + 1;
    return Response.json(page([], { "@odata.nextLink": `${graph.url}/v1.0/users?$skiptoken=${next}` }));
  });
  const options = { credential: "token", cloud: { graph: graph.url, authority: graph.url } };
  await assertRejects(
    () => selectTargets({ kind: "user", all: true }, options),
    GraphError,
    "more than 1000 pages in a row are empty",
  );
});
