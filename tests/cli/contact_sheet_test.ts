import { pageEnd, pageEntry, pageStart, type SheetEntry } from "../../lib/cli/contact_sheet/page.ts";
import type { Emulator } from "../../lib/emulator/mod.ts";
import { assert, assertEquals, assertMatch, assertStringIncludes } from "../deps/assert.ts";
import { type Answer, answeringGraph, JPEG } from "../support/answering_graph.ts";
import { exists } from "../../lib/host/files.ts";
import { runAsApp, runInProcess } from "../support/run_in_process.ts";
import { fileTest, HAS_MODES, modeOf, tenantFileTest } from "../support/temporary.ts";
import { NONE } from "../support/test.ts";

const FACTS = {
  kind: "user",
  isPlan: false,
  tenant: "Tenant <b>&'\"",
  time: "2026-01-31T00:00:00Z",
} as const;
const PHOTO = { contentType: "image/jpeg", bytes: JPEG };
const NAMES = [
  "<img src=x onerror=alert(1)>",
  "</script><script>alert(1)</script>",
  "<!--<script>",
  "=cmd|'/c calc'!A1",
  '" data-picture="x',
  "\u202egnp.exe\u2028\u0000",
];

/** The entries of a page, each with the attributes of its element. */
function entriesOf(page: string) {
  const found = page.matchAll(/<script type="application\/json" class="entry"([^>]*)>([^]*?)<\/script>\n/g);
  return Array.from(found, ([, attributes = "", json = ""]) => ({ attributes, ...JSON.parse(json) }));
}

Deno.test("whatever a name is, it stays data of its entry", NONE, async () => {
  const entries = NAMES.map((name): SheetEntry => ({ id: name, names: [name, null], thumbnail: PHOTO }));
  const page = await pageStart(FACTS) + entries.map(pageEntry).join("") +
    pageEnd({ withoutPhoto: 0, isStopped: false });
  assertEquals(page.match(/<script/g)!.length, NAMES.length + 2);
  assertEquals(page.match(/<\/script/g)!.length, NAMES.length + 2);
  assert(!/<(img|!--)/.test(page));
  assertStringIncludes(page, "Tenant &lt;b&gt;&amp;&#39;&quot;");
  const found = entriesOf(page);
  assertEquals(found.map(({ id }) => id), [...NAMES.slice(0, -1), "\ufffdgnp.exe\u2028\ufffd"]);
  const picture = ` data-picture="data:image/jpeg;base64,${JPEG.toBase64()}"`;
  assertEquals(new Set(found.map(({ attributes }) => attributes)), new Set([picture]));
});

Deno.test("the policy admits the page's own script and style, and nothing from elsewhere", NONE, async () => {
  const page = await pageStart(FACTS);
  const hash = async (element: string) => {
    const [, text = ""] = new RegExp(`<${element}>([^]*?)</${element}>`).exec(page)!;
    const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
    return `${element}-src 'sha256-${new Uint8Array(digest).toBase64()}'`;
  };
  const [, policy] = /http-equiv="Content-Security-Policy" content="(.*)"/.exec(page)!;
  assertEquals(policy!.split("; "), [
    "default-src 'none'",
    "img-src data:",
    await hash("script"),
    await hash("style"),
    "base-uri 'none'",
    "form-action 'none'",
  ]);
  assert(!/\bsrc=|\bhref=|\bstyle=|\son\w+=|https?:|url\(/.test(page));
});

Deno.test("a format that browsers do not show is named", NONE, () => {
  const [entry] = entriesOf(pageEntry({
    id: "a",
    names: [],
    thumbnail: { contentType: "image/heic", bytes: JPEG },
  }));
  assertEquals([entry!.attributes, entry!.problem], ["", "Browsers do not show image/heic"]);
});

const NO_PHOTO = { error: { code: "ImageNotFound", message: "None." } };
const SVG = new TextEncoder().encode("<svg onload=alert(1)>");

/** A JPEG of so many bytes and a few more. */
const padded = (size: number) =>
  Uint8Array.from([...JPEG.slice(0, -2), ...Array(size).fill(0), ...JPEG.slice(-2)]);

const DISABLED = ["--filter", "accountEnabled eq false"];

/** Runs a command line that writes a contact sheet; returns its page and the entries by id or name. */
async function sheetOf(tenant: Emulator, folder: string, args: readonly string[], stdin?: string) {
  const path = `${folder}/sheet.html`;
  const { code, stderr } = await runAsApp(tenant, [...args, "--contact-sheet", path], { stdin });
  const page = await Deno.readTextFile(path);
  const entries = entriesOf(page);
  return {
    ...{ code, stderr, path, page, entries },
    byName: new Map(entries.map((entry) => [entry.names.at(-1) ?? entry.id, entry])),
  };
}

Deno.test(
  tenantFileTest("find shows those with a photo, and what could not be looked at", async (tenant, folder) => {
    const grady = tenant.directory.users.get("grady@contoso.com")!.id;
    tenant.fault({ kind: "status", status: 500, on: "item", match: { path: `${grady}/photo` }, times: 99 });
    const args = ["find", "user", ...DISABLED, "--max-attempts", "1"];
    const { code, stderr, path, page, byName } = await sheetOf(tenant, folder, args);
    assertEquals(code, 1);
    assertStringIncludes(stderr, `Contact sheet: "${path}", with 2 photos. It is personal data`);
    if (HAS_MODES) assertEquals(modeOf(path), 0o600);
    assertStringIncludes(page, `<p>Tenant ${tenant.tenantId}, `);
    assertStringIncludes(page, "This page is personal data.");
    assertStringIncludes(
      page,
      '<script type="application/json" id="end">{"withoutPhoto":1,"isStopped":false}',
    );
    assertEquals(
      [...byName.keys()].sort(),
      ["grady", "johanna", "lynne"].map((name) => `${name}@contoso.com`),
    );
    const { attributes, ...lynne } = byName.get("lynne@contoso.com")!;
    assertMatch(attributes, /^ data-picture="data:image\/png;base64,iVBORw0KGgo/);
    assertEquals(lynne, {
      id: tenant.directory.users.get("lynne@contoso.com")!.id,
      names: ["Lynne Robbins", "lynne@contoso.com"],
      notes: ["disabled", "synced"],
      problem: null,
      hasPhoto: true,
    });
    const unknown = byName.get("grady@contoso.com")!;
    assertEquals([unknown.attributes, unknown.hasPhoto], ["", false]);
    assertMatch(unknown.problem, /^Graph answered 500/);
  }),
);

Deno.test(tenantFileTest("where a size is missing, the photo itself is shown", async (tenant, folder) => {
  tenant.fault({ kind: "status", status: 404, on: "item", match: { path: "/photos/" }, times: 99 });
  const { entries } = await sheetOf(tenant, folder, ["find", "user", ...DISABLED]);
  assertEquals(
    entries.map(({ attributes }) => attributes.slice(0, 30)),
    Array(3).fill(' data-picture="data:image/png;'),
  );
  const sizes = tenant.requests.filter(({ url }) => url.includes("/photos/48x48/$value"));
  const whole = tenant.requests.filter(({ url }) => url.endsWith("/photo/$value"));
  assertEquals([sizes.length, whole.length], [3, 3]);
}));

/** What Graph answers for small photos and for whole ones, and what the page says in place of a picture. */
const ANSWERS:
  readonly (readonly [name: string, small: Partial<Answer>, whole: Partial<Answer>, says: string | null])[] =
    [
      ["fine", { body: JPEG }, {}, null],
      ["whole", { status: 404, body: NO_PHOTO }, { body: JPEG }, null],
      [
        "markup",
        { headers: { "content-type": "image/png" }, body: SVG },
        {},
        "Graph's answer is not an image",
      ],
      [
        "text",
        { headers: { "content-type": "image/png" }, text: "&&" },
        {},
        "Graph's answer is not an image",
      ],
      ["half", { body: JPEG.slice(0, -2) }, {}, "the photo did not arrive whole"],
      [
        "large",
        { status: 404, body: NO_PHOTO },
        { body: padded(2 ** 18) },
        "Too large to be shown: more than 256 KiB",
      ],
      ["larger", { body: padded(2 ** 17) }, {}, "Too large to be shown: more than 128 KiB"],
      [
        "gone",
        { status: 404, body: NO_PHOTO },
        { status: 404, body: NO_PHOTO },
        "Graph says that there is a photo, and does not have it in a size that can be shown",
      ],
      [
        "denied",
        { status: 403, body: { error: { code: "ErrorAccessDenied", message: "<b>No</b>" } } },
        {},
        "AccessDenied: Graph answered 403 ErrorAccessDenied: <b>No</b>",
      ],
    ];

Deno.test(fileTest("--what-if shows what would be removed, trusting no label of a photo", async (folder) => {
  const user = ([name]: typeof ANSWERS[number]) => `${name}@contoso.com`;
  await using graph = answeringGraph([
    ...ANSWERS.flatMap(([name, small, whole]): Answer[] => [
      { status: 200, ...small, on: "GET /users/*/photos/96x96/$value", of: [name] },
      { status: 200, ...whole, on: "GET /users/*/photo/$value", of: [name] },
    ]),
    { on: "GET /users/*/photo", of: ["nobody"], status: 404, body: NO_PHOTO },
  ]);
  const path = `${folder}/sheet.html`;
  const { code, stderr } = await runInProcess(["user", "-", "--what-if", "--contact-sheet", path], {
    env: { GRAPH_ENDPOINT: graph.url, GRAPH_ACCESS_TOKEN: "header.payload.signature" },
    stdin: [...ANSWERS.map(user), "nobody@contoso.com"].join("\n"),
  });
  assertEquals(code, 0, stderr);
  const page = await Deno.readTextFile(path);
  const byId = new Map(entriesOf(page).map((entry) => [entry.id, entry]));
  assertEquals(
    ANSWERS.map((row) => [row[0], byId.get(user(row))!.problem, byId.get(user(row))!.attributes !== ""]),
    ANSWERS.map(([name, , , says]) => [name, says, says === null]),
  );
  assertStringIncludes(page, "<h1>Photos of users that would be removed</h1>");
  assertStringIncludes(page, "<strong>Nothing was removed</strong>");
  assertStringIncludes(page, 'id="end">{"withoutPhoto":1,"isStopped":false}');
  assertEquals(graph.asked.filter((line) => !line.startsWith("GET ")), []);
}));

/** Command lines that are not valid, and why. */
const REFUSED: readonly (readonly [args: string[], says: string])[] = [
  [
    ["find", "user", "--all"],
    "it exists already\nNothing was sent. Name another file, or delete this one first",
  ],
  [["user", "--all", "--what-if"], "it exists already"],
  [["group", "0c000000-0000-4000-8000-000000000001", "--what-if"], "it exists already"],
  [["user", "--all", "--yes"], "--contact-sheet requires --what-if"],
  [["find", "user", "--all", "--without-photo"], "--contact-sheet and --without-photo contradict"],
];

Deno.test(tenantFileTest(
  "nothing is sent and no file overwritten where a contact sheet cannot be",
  async (tenant, folder) => {
    const path = `${folder}/sheet.html`;
    await Deno.writeTextFile(path, "mine");
    const rows = [
      ...REFUSED.map(([args, says]) => [[...args, "--contact-sheet", path], says] as const),
      [["find", "user", "--all", "--contact-sheet", `${folder}/no/sheet.html`], "its folder is not"] as const,
    ];
    for (const [args, says] of rows) {
      const { code, stdout, stderr } = await runAsApp(tenant, args);
      assertEquals([code, stdout], [2, ""], args.join(" "));
      assertStringIncludes(stderr, says);
    }
    assertEquals([await Deno.readTextFile(path), tenant.requests.length], ["mine", 0]);
  },
));

Deno.test(tenantFileTest(
  "a run that shows nothing leaves no contact sheet, one that is stopped says so",
  async (tenant, folder) => {
    const path = `${folder}/sheet.html`;
    const args = ["find", "user", "--contact-sheet", path];
    const refused = await runAsApp(tenant, [...args, "--filter", "accountEnabled eq"]);
    assertEquals([refused.code, await exists(path)], [2, false]);
    const stopping = new AbortController();
    tenant.fault({ kind: "stall", on: "graph", match: () => (stopping.abort(), false) });
    const stopped = await runAsApp(tenant, [...args, "--all"], { interrupt: stopping.signal });
    assertEquals(stopped.code, 130);
    assertStringIncludes(await Deno.readTextFile(path), '"isStopped":true}');
  },
));
