import denoJson from "../../../deno.json" with { type: "json" };
import type { Emulator } from "../../../lib/emulator/mod.ts";
import { assert, assertEquals, assertMatch } from "../../deps/assert.ts";
import { bySecret, byToken, processTest, run } from "../../support/command.ts";
import { mapConcurrently } from "../../support/promises.ts";
import { EXECUTABLE, runCli, UNDER_TEST } from "../../support/run_cli.ts";

/** What the command says of the runtime that runs it. */
const RUNTIME = EXECUTABLE
  ? /^(Deno|Bun) \S+ \(\S+\)(, without a permission sandbox)?$/
  : /^Deno \S+ \(\S+\)$/;

/** A command line for each exit code, and a line that it writes. */
const EXIT_CODES: readonly (readonly [args: string[], code: number, line: RegExp])[] = [
  [["user", "alex@contoso.com"], 0, /"outcome":"removed"/],
  [["user", "nobody@contoso.com"], 1, /"code":"TargetNotFound"/],
  [["usr"], 2, /^error: Unknown command "usr"$/m],
  [["user", "alex@contoso.com", "--token-file", "no-such-file"], 4, /^error: .*does not exist/m],
];

Deno.test(processTest("a process ends with the exit code of its command line", {}, async (tenant) => {
  const runs = await mapConcurrently(EXIT_CODES, ([args]) => run(tenant, args));
  EXIT_CODES.forEach(([args, code, line], at) => {
    assertEquals(runs[at]!.code, code, args.join(" "));
    assertMatch(runs[at]!.stdout + runs[at]!.stderr, line);
  });
}));

Deno.test(processTest("help, the version and usage errors need no permission", {}, async () => {
  const lines = [["--version", "-v"], ["user", "--help"], ["user", "--what-iff"]];
  const runs = await mapConcurrently(lines, (args) => runCli(args, { permissions: [] }));
  assertEquals(runs.map(({ code }) => code), [0, 0, 2]);
  const [version, runtime] = runs[0]!.stdout.split("\n");
  assertEquals(version, denoJson.version);
  assertMatch(runtime!, RUNTIME);
}));

/** Returns the modules that a run loads, according to V8's coverage; this project's as paths. */
async function modulesOf(args: string[], env: Record<string, string>, folder: string): Promise<string[]> {
  const into = await Deno.makeTempDir({ dir: folder });
  const { code, stderr } = await runCli(args, { env, denoFlags: [`--coverage=${into}`] });
  assertEquals(code, 0, stderr);
  const root = new URL("../../../", import.meta.url).href;
  const urls: string[] = [];
  for await (const { name } of Deno.readDir(into)) {
    urls.push(JSON.parse(await Deno.readTextFile(`${into}/${name}`)).url);
  }
  return urls.map((url) => url.startsWith(root) ? url.slice(root.length) : url).sort();
}

/** What a removal does not need. */
const UNNEEDED =
  /jose|oauth4webapi|sign_in|user_credential|lib\/emulator\/|lib\/cli\/(help|doctor|emulator|completions(\/\w+)?)\.ts|levenshtein|csv-parse|node:crypto/;

/** How many modules of this project a run may load: each takes time. */
const MOST_MODULES = 54;

/** Command lines, their credential, and what they load besides the usual. */
const RUNS: readonly {
  name: string;
  args: string[];
  env: (tenant: Emulator, folder: string) => Promise<Record<string, string>>;
  loads: RegExp | null;
  /** How many functions of the bundle it may compile only when they are called. Default: 80. */
  late?: number;
}[] = [
  {
    name: "a removal with a ready-made token",
    args: ["user", "alex@contoso.com"],
    env: async (tenant) => byToken(tenant, await tenant.issueToken()),
    loads: null,
  },
  {
    name: "a removal with a client secret",
    args: ["user", "diego@contoso.com"],
    env: (tenant) => Promise.resolve(bySecret(tenant)),
    loads: null,
  },
  {
    name: "a removal with a certificate",
    args: ["user", "grady@contoso.com"],
    env: async (tenant, folder) => {
      await Deno.writeTextFile(`${folder}/app.pem`, await tenant.certificate());
      const { AZURE_CLIENT_SECRET: _secret, ...app } = bySecret(tenant);
      return { ...app, AZURE_CLIENT_CERTIFICATE_PATH: `${folder}/app.pem` };
    },
    loads: /jose/,
    late: 200, // compiled early, those that only a certificate needs would slow down every start
  },
  {
    name: "help",
    args: ["--help"],
    env: () => Promise.resolve({}),
    loads: /lib\/cli\/help\.ts/,
  },
];

/** Returns how many functions of the bundle V8 compiles only when they are called, in a start with a warm cache. */
async function compiledLate(args: string[], env: Record<string, string>, folder: string): Promise<number> {
  const log = `${folder}/v8.log`;
  const denoFlags = [`--v8-flags=--log-function-events,--logfile=${log},--no-logfile-per-isolate`];
  const runOnce = async () => {
    const { code, stderr } = await runCli(args, { env: { ...env, DENO_DIR: `${folder}/cache` }, denoFlags });
    assertEquals(code, 0, stderr);
  };
  await runOnce();
  await Deno.remove(log);
  await runOnce();
  const events = (await Deno.readTextFile(log)).split("\n").map((line) => line.split(","));
  const [, bundle] = events.find(([event, , file]) =>
    event === "script-details" && file?.startsWith("file:")
  )!;
  assert(
    events.some(([, event, script]) => event === "deserialize" && script === bundle),
    "the cache was used",
  );
  const late = events.filter(([, event, script]) => event === "parse-function" && script === bundle);
  return new Set(late.map(([, , , start]) => start)).size;
}

for (const { name, args, env, loads } of UNDER_TEST ? [] : RUNS) {
  Deno.test(processTest(
    `${name} loads ${
      loads ? `${loads.source.replaceAll("\\", "")} and nothing else` : "nothing"
    } that a removal does not need`,
    { denoFlags: true },
    async (tenant, folder) => {
      const modules = await modulesOf(args, await env(tenant, folder), folder);
      assert(modules.includes("cli.ts") && modules.includes("lib/cli/main.ts"), modules.join("\n"));
      const own = modules.filter((module) => module.startsWith("lib/"));
      assert(own.length <= MOST_MODULES, `${own.length} modules:\n${own.join("\n")}`);
      const unneeded = modules.filter((module) => UNNEEDED.test(module));
      assertEquals(unneeded.filter((module) => !loads?.test(module)), []);
      assertEquals(unneeded.some((module) => loads?.test(module)), loads !== null);
    },
  ));
}

for (
  const { name, args, env, late: most = 80 } of UNDER_TEST
    ? RUNS.filter(({ name }) => name.startsWith("a removal"))
    : []
) {
  Deno.test(processTest(
    `${name} calls at most ${most} functions that are not compiled already`,
    { denoFlags: true },
    async (tenant, folder) => {
      const late = await compiledLate(args, await env(tenant, folder), folder);
      assert(late <= most, `${late} functions are compiled late`);
    },
  ));
}
