import { assertEquals, assertMatch, assertStringIncludes } from "../deps/assert.ts";
import type { Emulator, IssueTokenOptions } from "../../lib/emulator/mod.ts";
import { CREDENTIAL_VARIABLES } from "../../lib/environment_variables.ts";
import { readPhotoUpdateSettings } from "../../lib/photo_update_settings.ts";
import { byToken, endpoints } from "../support/command.ts";
import { emulatorTest } from "../support/emulated.ts";
import { mapConcurrently } from "../support/promises.ts";
import { runAsApp, runInProcess } from "../support/run_in_process.ts";
import { tenantFileTest } from "../support/temporary.ts";
import { NONE } from "../support/test.ts";

const OPAQUE = "EwBYA8l6BAAU-an-encrypted-token-without-claims";

interface Expected {
  token: string;
  user: string | null;
  permissions: string[];
  /** Whether the photos of me, a user and a group should be removable. */
  allowed: (boolean | null)[];
}

/** Tokens, and what doctor shows of them. */
const TOKENS: readonly (readonly [name: string, token: IssueTokenOptions | string, expected: Expected])[] = [
  [
    "an app's own",
    { roles: ["ProfilePhoto.ReadWrite.All"] },
    {
      token: "application",
      user: null,
      permissions: ["ProfilePhoto.ReadWrite.All"],
      allowed: [false, true, true],
    },
  ],
  [
    "an app's own without permission",
    { roles: ["User.Read.All"] },
    { token: "application", user: null, permissions: ["User.Read.All"], allowed: [false, false, false] },
  ],
  [
    "a user's",
    { user: "adele@contoso.com", scopes: ["User.ReadWrite"] },
    {
      token: "delegated",
      user: "adele@contoso.com",
      permissions: ["User.ReadWrite"],
      allowed: [true, false, false],
    },
  ],
  [
    "a personal account's",
    { personal: true },
    { token: "delegated", user: null, permissions: ["User.ReadWrite"], allowed: [true, false, false] },
  ],
  ["an opaque one", OPAQUE, {
    token: "opaque",
    user: null,
    permissions: [],
    allowed: [null, null, null],
  }],
];

const issue = (tenant: Emulator, token: IssueTokenOptions | string) =>
  typeof token === "string" ? Promise.resolve(token) : tenant.issueToken(token);

Deno.test(emulatorTest(
  "doctor shows in JSON whose token it is and what it allows, and sends nothing to Graph",
  async (tenant) => {
    const runs = await mapConcurrently(TOKENS, async ([, token]) => {
      const env = byToken(tenant, await issue(tenant, token));
      return [
        await runInProcess(["doctor", "--output", "json"], { env }),
        await runInProcess(["doctor"], { env }),
      ] as const;
    });
    TOKENS.forEach(([name, , expected], at) => {
      const [json, ndjson] = runs[at]!;
      const code = expected.allowed.every((each) => each === false) ? 1 : 0;
      assertEquals([json.code, json.stderr, ndjson.code, ndjson.stderr], [code, "", code, ""], name);
      const found = JSON.parse(json.stdout);
      assertEquals(ndjson.records(), [found], "a line for a script by default");
      const { token, user, permissions, access } = found;
      const allowed = ["me", "user", "group"].map((kind) => access[kind].allowed);
      assertEquals({ token, user, permissions, allowed }, expected, name);
      assertEquals([found.cloud, found.graph, found.authority], ["custom", tenant.url, tenant.url]);
      assertEquals(found.credential, "GRAPH_ACCESS_TOKEN");
    });
    assertEquals(tenant.requests.length, 0);
  },
));

Deno.test(emulatorTest("doctor's table shows the same to a person", async (tenant) => {
  const { code, stdout, stderr } = await runAsApp(tenant, ["doctor", "--output", "table"]);
  assertEquals([code, stderr, tenant.counts.graph, tenant.counts.token], [0, "", 0, 1]);
  const rows = stdout.trimEnd().split("\n").map((line) => /^(. )(.*?)(?: {2,}(.*))?$/.exec(line)!);
  const facts = Object.fromEntries(rows.map(([, mark, label, value]) => [label, `${mark}${value}`]));
  assertEquals([facts.graph, facts.authority, facts.tenant, facts.app, facts.credential], [
    `  ${tenant.url} (GRAPH_ENDPOINT)`,
    `  ${tenant.url} (AZURE_AUTHORITY_HOST)`,
    `  ${tenant.tenantId} (AZURE_TENANT_ID)`,
    `  ${tenant.clientId} (AZURE_CLIENT_ID)`,
    "+ AZURE_CLIENT_SECRET",
  ]);
  assertMatch(facts.token!, /^\+ of an app/);
  assertMatch(facts.permissions!, /ProfilePhoto\.ReadWrite\.All/);
  assertMatch(facts["valid until"]!, /^\+ .*\d\d:\d\d, in (59|60) minutes$/);
  assertMatch(facts["remove me"]!, /^x .*needs a signed-in user/);
  assertMatch(facts["remove user"]!, /^\+ .*ProfilePhoto\.ReadWrite\.All/);
}));

Deno.test(emulatorTest(
  "doctor's table fits every terminal, with marks that it can show, and more on request",
  async (tenant) => {
    for (const columns of [40, 60, 80, 120]) {
      for (const [LANG, marks] of [["de_DE.UTF-8", ["✓", "✗"]], ["C", ["+", "x"]]] as const) {
        const host = { isTerminal: true, columns, env: { LANG } };
        const { stdout } = await runAsApp(tenant, ["doctor"], host);
        // deno-lint-ignore no-control-regex
        const lines = stdout.replaceAll(/\x1b\[\d+m/g, "").split("\n");
        assertEquals(lines.filter((line) => line.length > columns), []);
        assertEquals(lines.filter((line) => /^\S remove (me|user)\b/.test(line)).map(([mark]) => mark), [
          marks[1],
          marks[0],
        ]);
        assertStringIncludes(stdout, `\x1b[32m${marks[0]}\x1b[39m`);
        assertEquals(lines.some((line) => line.includes("--sign-in browser")), false);
      }
    }
    const { stdout } = await runAsApp(tenant, ["doctor", "--output", "table", "-v", "--no-color"]);
    assertMatch(stdout, /^ {2}browser .*--sign-in browser/m);
    assertMatch(stdout, /^\+ client secret +in use$/m);
    assertEquals(stdout.match(/ProfilePhoto\.ReadWrite\.All allows it/g)?.length, 1, "each reason once");
  },
));

Deno.test(emulatorTest("doctor names the least permission that is missing", async (tenant) => {
  const env = byToken(tenant, await tenant.issueToken({ roles: ["User.Read.All"] }));
  const { stdout } = await runInProcess(["doctor", "--output", "table"], { env });
  assertMatch(
    stdout,
    /^x remove user[^]*User\.Read\.All; .*application permission ProfilePhoto\.ReadWrite\.All/m,
  );
}));

Deno.test(emulatorTest(
  "doctor's table says that an opaque token cannot be decoded, which is not an error",
  async (tenant) => {
    const { code, stdout } = await runInProcess(["doctor", "--output", "table"], {
      env: byToken(tenant, OPAQUE),
    });
    assertEquals(code, 0);
    assertMatch(stdout, /cannot be decoded/);
    assertMatch(stdout, /^\? remove user/m);
  },
));

Deno.test(tenantFileTest("doctor names the option that the credential came from", async (tenant, folder) => {
  await Deno.writeTextFile(`${folder}/token.txt`, `Bearer ${await tenant.issueToken()}\r\n`);
  await Deno.writeTextFile(`${folder}/app.pem`, await tenant.certificate());
  const lines = [["--token-file", `${folder}/token.txt`], ["--certificate", `${folder}/app.pem`]];
  const runs = await mapConcurrently(lines, (args) => runAsApp(tenant, ["doctor", ...args]));
  assertEquals(runs.map(({ records }) => records()[0]!.credential), ["--token-file", "--certificate"]);
}));

Deno.test(
  "without a credential, doctor exits 4, and says what to set for each way to sign in",
  NONE,
  async () => {
    const { code, stdout, stderr } = await runInProcess(["doctor", "--output", "table"]);
    assertEquals(code, 4);
    assertMatch(stdout, /^x credential +none$/m);
    for (const name of Object.keys(CREDENTIAL_VARIABLES)) {
      const isOffered = /^(GRAPH_A|AZURE_(T|CLIENT_(ID|SECRET|CERTIFICATE_PATH)|F)|SYSTEM_A)/.test(name);
      if (isOffered) assertMatch(stdout, new RegExp(`^ {2}\\w.* {2}.*${name}`, "m"));
    }
    assertMatch(stdout, /^ {2}GitHub Actions +.*id-token: write[^]*^ {2}managed identity /m);
    assertMatch(stderr, /no credential[^]*GRAPH_ACCESS_TOKEN[^]*AZURE_CLIENT_SECRET/);
  },
);

Deno.test(emulatorTest(
  "when the sign-in is refused, doctor shows where it tried, and exits 4 with the reason",
  async (tenant) => {
    const env = { AZURE_CLIENT_SECRET: "not-the-secret" };
    const { code, stdout, stderr } = await runAsApp(tenant, ["doctor", "--output", "json"], { env });
    const { token, graph, authority, access } = JSON.parse(stdout);
    assertEquals([code, token, graph, authority, access], [4, "none", tenant.url, tenant.url, null]);
    assertStringIncludes(stderr, "AADSTS7000215:");
  },
));

Deno.test(emulatorTest("doctor shows the sign-in host that is really used", async (tenant) => {
  const { GRAPH_ENDPOINT: _graph, ...env } = endpoints(tenant);
  const { stdout } = await runInProcess(["doctor"], {
    env: {
      ...env,
      AZURE_TENANT_ID: tenant.tenantId,
      AZURE_CLIENT_ID: tenant.clientId,
      AZURE_CLIENT_SECRET: "x",
    },
  });
  assertEquals(tenant.counts.token, 1);
  assertEquals(JSON.parse(stdout).authority, tenant.url);
}));

Deno.test(emulatorTest("doctor --output none shows nothing and only exits", async (tenant) => {
  const { code, stdout, stderr } = await runAsApp(tenant, ["doctor", "--output", "none"]);
  assertEquals([code, stdout, stderr], [0, "", ""]);
}));

const now = Math.floor(Date.now() / 1000);

/** A token with the claims given that no service accepts: an app's for the global Graph, which may remove any photo. */
function tokenWith({ scp, ...claims }: Record<string, unknown>): string {
  const encode = (value: object) => btoa(JSON.stringify(value)).replace(/=+$/, "");
  const rights = scp
    ? { scp, upn: "adele@contoso.com" }
    : { idtyp: "app", roles: ["ProfilePhoto.ReadWrite.All"] };
  const aud = "https://graph.microsoft.com";
  return `${encode({ alg: "RS256" })}.${
    encode({ aud, tid: "t", exp: now + 3000, ...rights, ...claims })
  }.c2ln`;
}

/** Tokens as Graph would judge them: the exit code, and the reason in the table. */
const JUDGED: readonly (readonly [token: string, code: number, says: RegExp])[] = [
  [tokenWith({}), 0, /^\+ remove user/m],
  [tokenWith({ aud: "https://graph.microsoft.com/" }), 0, /^\+ remove user/m],
  [tokenWith({ aud: "00000003-0000-0000-c000-000000000000" }), 0, /^\+ remove user/m],
  [tokenWith({ scp: "User.ReadWrite" }), 0, /^\+ remove me/m],
  [`"${tokenWith({})}"`, 0, /^\+ remove user/m],
  [`{"access_token":"${tokenWith({})}"}`, 0, /^\+ remove user/m],
  [OPAQUE, 0, /^\? remove user/m],
  [
    tokenWith({ exp: now - 864_000 }),
    1,
    /^x remove user\n[^]*next +The token expired at (20\d\d-\S+ )?\d\d:\d\d, \d+ \w+ ago. Get a new one/m,
  ],
  [
    tokenWith({ exp: now - 60 }),
    1,
    /^x remove me\n[^]*next +The token expired at (20\d\d-\S+ )?\d\d:\d\d, \d+ \w+ ago. Get a new one/m,
  ],
  [
    tokenWith({ aud: "https://graph.windows.net/" }),
    1,
    /^x remove user\n[^]*next +The token is for .*another service/m,
  ],
  [
    tokenWith({ aud: "https://management.core.windows.net/", scp: "user_impersonation" }),
    1,
    /^x remove me\n[^]*next +The token is for .*another service.*--resource-type ms-graph/m,
  ],
  [
    tokenWith({ aud: null, scp: "user_impersonation" }),
    1,
    /^x remove me\n[^]*next +The token is for another service/m,
  ],
  [
    tokenWith({ aud: "https://graph.microsoft.us" }),
    1,
    /^x remove user\n[^]*next +The token is for .*another cloud/m,
  ],
  [tokenWith({ roles: ["Group.Read.All"] }), 1, /next +.*grant the application permission ProfilePhoto/],
  [tokenWith({ scp: "User.Read" }), 1, /next +.*grant the delegated permission ProfilePhoto/],
];

Deno.test(
  "doctor judges a token as Graph would, and exits 1 with the next step if it can do nothing",
  NONE,
  async () => {
    for (const [token, code, says] of JUDGED) {
      const args = ["doctor", "--output", "table"];
      const { code: actual, stdout, stderr } = await runInProcess(args, {
        env: { GRAPH_ACCESS_TOKEN: token },
      });
      assertEquals([actual, stderr], [code, ""], stdout);
      assertMatch(stdout, says);
      assertEquals(stdout.match(/^ {2}next /gm)?.length ?? 0, code);
    }
  },
);

Deno.test("doctor exits 4 for what is no token", NONE, async () => {
  for (const token of ["System.Security.SecureString", "null", `"${tokenWith({})}`, "{}"]) {
    const { code, stdout, stderr } = await runInProcess(["doctor"], { env: { GRAPH_ACCESS_TOKEN: token } });
    assertEquals([code, JSON.parse(stdout).token], [4, "none"]);
    assertMatch(stderr, /Cannot use the access token from GRAPH_ACCESS_TOKEN as it /);
  }
});

Deno.test(
  emulatorTest(
    "doctor shows the settings for photo updates where the token may read them",
    async (tenant) => {
      const people = "024906de-61e5-49c8-8572-40335f1e0e10";
      const rows = [
        [{ source: "cloud", allowedRoles: [] }, 0, "source cloud, changed by everybody"],
        [
          { source: "cloud", allowedRoles: [people] },
          0,
          "source cloud, changed by People Administrator alone",
        ],
        [{ source: "onPremises", allowedRoles: [] }, 1, "source onPremises, changed by everybody"],
      ] as const;
      const roles = ["ProfilePhoto.ReadWrite.All", "PeopleSettings.Read.All"];
      const env = byToken(tenant, await tenant.issueToken({ roles }));
      for (const [settings, expected, says] of rows) {
        tenant.setPhotoUpdateSettings(settings);
        const { code, stdout } = await runInProcess(["doctor", "--output", "table"], { env });
        assertEquals(code, expected);
        assertMatch(stdout, /^x list users +.*User\.Read\.All/m);
        assertMatch(stdout, /^x list groups +.*GroupMember\.Read\.All/m);
        assertMatch(stdout, new RegExp(`^ {2}photos +${says}$`, "m"));
        assertEquals(/^ {2}next .*clear thumbnailPhoto on premises/m.test(stdout), expected === 1);
      }
      tenant.fault({ kind: "status", status: 403, match: { path: "photoUpdateSettings" } });
      const refused = { credential: await tenant.issueToken({ roles }), cloud: tenant.cloud };
      assertEquals(await readPhotoUpdateSettings(refused), null, "Graph does not tell");
      const sent = tenant.requests.length;
      const without = await runInProcess(["doctor"], { env: byToken(tenant, await tenant.issueToken()) });
      assertEquals(
        [without.code, tenant.requests.length],
        [0, sent],
        "nothing is sent without the permission",
      );
    },
  ),
);
