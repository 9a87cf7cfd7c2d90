import { type Emulator, type EmulatorOptions, startEmulator } from "../../lib/emulator/mod.ts";
import { assert, assertEquals, assertMatch, assertStringIncludes } from "../deps/assert.ts";
import { endpoints } from "../support/command.ts";
import { BROWSING, cancel, enterCode, pick } from "../support/person.ts";
import { type HostOptions, type RunInProcess, runInProcess } from "../support/run_in_process.ts";
import { NONE } from "../support/test.ts";

const ALEX = "alex@contoso.com", ADELE = "adele@contoso.com";

function signInTest(
  name: string,
  run: (tenant: Emulator) => Promise<void>,
  options: EmulatorOptions = {},
): Deno.TestDefinition {
  return {
    name,
    permissions: BROWSING,
    fn: async () => {
      await using tenant = await startEmulator({ deviceCodeInterval: 0.01, ...options });
      await run(tenant);
    },
  };
}

/** The environment of somebody who has registered an app, and set nothing else. */
const registered = (tenant: Emulator) => ({ ...endpoints(tenant), AZURE_CLIENT_ID: tenant.clientId });

/** Runs a command line, and does something with the page that it shows, and the code for it. */
async function runAndVisit(
  tenant: Emulator,
  line: string,
  visit: (address: string, userCode: string) => unknown,
  options: HostOptions = {},
): Promise<RunInProcess> {
  let visiting: unknown;
  const result = await runInProcess(line.split(" "), {
    ...options,
    env: { ...registered(tenant), ...options.env },
    onOutput: (text) => {
      const [address] = /^ {2}(http:\S+)$/m.exec(text)?.slice(1) ?? [];
      const [code = ""] = /^ {2}([A-Z]{9})$/m.exec(text)?.slice(1) ?? [];
      if (address) visiting = visit(address, code);
    },
  });
  await visiting;
  return result;
}

const byBrowser = (user: string) => (address: string) => pick(address, user);
const byCode = (decision: { user: string } | { cancel: string }) => (address: string, userCode: string) =>
  enterCode({ address, userCode }, decision);

Deno.test(signInTest("a person signs in with the browser, and removes their photo", async (tenant) => {
  const { code, stderr, records } = await runAndVisit(tenant, "me --sign-in browser", byBrowser(ALEX));
  assertEquals([code, records()[0]!.outcome, tenant.directory.hasPhoto(ALEX)], [0, "removed", false]);
  assertMatch(
    stderr,
    /--allow-run=\S+.*\n {2}http:\/\/localhost:\d+\/\S+\nWaiting for 5 min.*\nSigned in as alex@contoso.com\.\n/s,
  );
}));

Deno.test(signInTest("a person signs in with a code, and removes others' photos", async (tenant) => {
  const line = `user ${ALEX} diego@contoso.com --sign-in device`;
  const { code, stderr, records } = await runAndVisit(tenant, line, byCode({ user: ADELE }));
  assertEquals([code, records().map(({ outcome }) => outcome)], [0, ["removed", "removed"]]);
  assertMatch(
    stderr,
    /App: +22222222.*\nTenant: organizations\nNever enter.*Waiting for 15 min.*Signed in as adele/s,
  );
  assertEquals(tenant.counts.token >= 1, true);
}));

/** Sign-ins that come to nothing, and what is said. */
const ENDS: readonly (readonly [
  line: string,
  visit: (tenant: Emulator) => Parameters<typeof runAndVisit>[2],
  RegExp,
])[] = [
  ["me --sign-in browser", () => cancel, /AADSTS65004.*were declined/s],
  ["me --sign-in device", () => byCode({ cancel: "1" }), /AADSTS65004/],
  [
    "me --sign-in device",
    (tenant) => () => tenant.fault({ kind: "status", status: 400, code: "AADSTS53003", on: "token" }),
    /AADSTS53003.*Conditional Access.*--sign-in browser/s,
  ],
  ["me --sign-in device --client-id 33333333-3333-4333-8333-333333333333", () => () => {}, /AADSTS700016/],
  ["me --sign-in browser --tenant-id other.example", () => () => {}, /AADSTS90002/],
];

Deno.test(
  signInTest("a sign-in that comes to nothing exits 4, and nothing is sent to Graph", async (tenant) => {
    for (const [line, visit, says] of ENDS) {
      const { code, stdout, stderr } = await runAndVisit(tenant, line, visit(tenant));
      assertEquals([code, stdout], [4, ""], line);
      assertMatch(stderr, says);
    }
    assertEquals(tenant.counts.graph, 0);
  }),
);

Deno.test(signInTest("a port that is in use exits 4 and is named; a free one is used", async (tenant) => {
  const other = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = other.addr;
  const line = `me --sign-in browser --port ${port}`;
  const blocked = await runAndVisit(tenant, line, byBrowser(ALEX));
  other.close();
  assertEquals(blocked.code, 4);
  assertStringIncludes(blocked.stderr, `port ${port} of this computer is in use`);
  const free = await runAndVisit(tenant, line, byBrowser(ALEX));
  assertEquals(free.code, 0);
  assertStringIncludes(free.stderr, `http://localhost:${port}/`);
}));

Deno.test(signInTest("Ctrl-C ends the wait for a person with 130", async (tenant) => {
  for (const line of ["me --sign-in browser", "user - --sign-in device"]) {
    const interrupt = new AbortController();
    const { code, stdout, stderr } = await runAndVisit(tenant, line, () => interrupt.abort(), {
      interrupt: interrupt.signal,
      stdin: ALEX,
      answer: () => "y",
    });
    assertEquals([code, stdout.includes("removed")], [130, false], stderr);
    assert(!/error:/.test(stderr), stderr);
  }
  assertEquals(tenant.counts.graph, 0);
}));

/** What is asked of a person, by command. */
const SCOPES: readonly (readonly [line: string, scopes: string])[] = [
  ["me --what-if", "User.ReadWrite"],
  [`user ${ALEX} --what-if`, "ProfilePhoto.ReadWrite.All"],
  ["group 0c000000-0000-4000-8000-000000000001 --what-if", "ProfilePhoto.ReadWrite.All"],
  ["doctor", "ProfilePhoto.ReadWrite.All"],
  ["token", "ProfilePhoto.ReadWrite.All"],
  ["token me", "User.ReadWrite"],
  ["token find", "ProfilePhoto.ReadWrite.All User.Read.All GroupMember.Read.All"],
  ["doctor --tenant-id consumers", "User.ReadWrite"],
  ["me --what-if --tenant-id consumers", "User.ReadWrite"],
  ["find user --all", "ProfilePhoto.Read.All User.Read.All"],
  ["find group --all", "ProfilePhoto.Read.All GroupMember.Read.All"],
  ["user --all --what-if", "ProfilePhoto.ReadWrite.All User.ReadBasic.All"],
];

Deno.test(signInTest("each command asks a person for the least that it needs", async (tenant) => {
  for (const [line, scopes] of SCOPES) {
    const { code, stderr } = await runAndVisit(tenant, `${line} --sign-in browser`, byBrowser(ADELE));
    assertEquals(code, 0, stderr);
    const { url } = tenant.requests.findLast(({ url }) => url.includes("/authorize?"))!;
    const [, asked] = /[?&]scope=([^&]*)/.exec(url) ?? [];
    assertEquals(
      decodeURIComponent(asked!.replaceAll("+", " ")),
      [...scopes.split(" ").map((name) => `${tenant.url}/${name}`), "openid profile offline_access"].join(
        " ",
      ),
      line,
    );
  }
}));

Deno.test(
  signInTest("token prints a token that the next command takes, and says whose it is", async (tenant) => {
    const { code, stdout, stderr } = await runAndVisit(
      tenant,
      "token me --sign-in device",
      byCode({ user: ALEX }),
    );
    assertEquals(code, 0);
    assertMatch(
      stderr,
      /Printed an access token of alex@contoso.com, in tenant 1{8}-\S+, for User\.ReadWrite, at http:\S+, until .*\d\d:\d\d, in (59|60) minutes\n$/,
    );
    assert(!stderr.includes(stdout.trim()));
    const env = { ...endpoints(tenant), GRAPH_ACCESS_TOKEN: stdout };
    const next = await runInProcess(["me"], { env });
    assertEquals([next.code, tenant.directory.hasPhoto(ALEX)], [0, false]);
  }),
);

Deno.test(
  signInTest("token is never printed to a terminal, and not for an emulator that ends", async (tenant) => {
    const env = registered(tenant);
    const lines: [args: string[], says: RegExp][] = [
      [
        ["token", "--sign-in", "device"],
        /not printed to a terminal.*GRAPH_ACCESS_TOKEN="\$\(.*token --sign-in device\)"/s,
      ],
      [["token", "--cloud", "emulator"], /emulator ends/],
      [["token", "everything"], /one of me, user, group/],
    ];
    for (const [args, says] of lines) {
      const { code, stdout, stderr } = await runInProcess(args, { env, isTerminal: true });
      assertEquals([code, stdout], [2, ""]);
      assertMatch(stderr, says);
    }
    assertEquals(tenant.requests.length, 0);
  }),
);

/** Command lines that cannot be meant, and what is said. */
const CONTRADICTIONS: readonly (readonly [line: string, code: number, says: RegExp])[] = [
  ["me --sign-in browser --token-file token.txt", 2, /--sign-in browser and --token-file contradict/],
  ["me --sign-in device --certificate app.pem", 2, /--sign-in device and --certificate contradict/],
  ["me --sign-in device --port 80", 2, /--port is for --sign-in browser/],
  ["me --port 80", 2, /--port is for --sign-in browser/],
  ["me --sign-in browser --port 65536", 2, /--port must be/],
  ["me --sign-in telepathy", 2, /Choose one of environment, browser, device/],
  [`user ${ALEX} --sign-in browser --tenant-id consumers`, 2, /personal accounts.*remove-profile-photo me/s],
  ["me --sign-in browser --client-id a/b", 2, /--client-id/],
  ["me --cloud emulator --sign-in browser --client-id x", 2, /--cloud emulator and --client-id contradict/],
];

Deno.test("options that contradict --sign-in exit 2; without a client id it exits 4", NONE, async () => {
  const env = { AZURE_CLIENT_ID: "22222222-2222-4222-8222-222222222222" };
  for (const [line, expected, says] of CONTRADICTIONS) {
    const { code, stderr } = await runInProcess(line.split(" "), { env });
    assertEquals(code, expected, stderr);
    assertMatch(stderr, says);
  }
  const { code, stderr } = await runInProcess(["me", "--sign-in", "browser"]);
  assertEquals(code, 4);
  assertMatch(stderr, /client id of an app of your own\n.*--client-id.*AZURE_CLIENT_ID/);
});

Deno.test(signInTest("--sign-in sets variables of other credentials aside, and says so", async (tenant) => {
  const env = { GRAPH_ACCESS_TOKEN: "T1", AZURE_CLIENT_SECRET: "a-secret-of-the-app" };
  const { code, stderr } = await runAndVisit(
    tenant,
    "doctor --sign-in device --output json",
    byCode({ user: ALEX }),
    {
      env,
    },
  );
  assertEquals(code, 0);
  for (const name of Object.keys(env)) {
    assertStringIncludes(stderr, `${name} is ignored because of --sign-in`);
  }
}));

Deno.test(signInTest("--cloud emulator with --sign-in needs no app", async (tenant) => {
  const { code, stdout } = await runAndVisit(
    tenant,
    "me --cloud emulator --sign-in browser",
    byBrowser(ALEX),
  );
  assertEquals(code, 0);
  assertStringIncludes(stdout, '"outcome":"removed"');
}));
