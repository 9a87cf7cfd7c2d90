import { assert, assertEquals } from "../deps/assert.ts";
import type { Emulator } from "../../lib/emulator/mod.ts";
import { runCli, UNDER_TEST } from "../support/run_cli.ts";
import { bySecret, byToken, denoFlagsTest } from "./support.ts";

/** Which modules a run loads, by the coverage that V8 keeps of each; this project's by their path in it. */
async function modulesOf(args: string[], env: Record<string, string>, folder: string): Promise<string[]> {
  const into = await Deno.makeTempDir({ dir: folder });
  const { code, stderr } = await runCli(args, { env, denoFlags: [`--coverage=${into}`] });
  assertEquals(code, 0, stderr);
  const root = new URL("../../", import.meta.url).href;
  const urls: string[] = [];
  for await (const { name } of Deno.readDir(into)) {
    urls.push(JSON.parse(await Deno.readTextFile(`${into}/${name}`)).url);
  }
  return urls.map((url) => url.startsWith(root) ? url.slice(root.length) : url).sort();
}

/** What one removal has no use for. */
const UNNEEDED =
  /jose|lib\/emulator\/|lib\/cli\/(help|doctor|emulator|completions(\/\w+)?)\.ts|levenshtein|csv-parse|node:crypto/;

/** How many modules of this project a run may load before it is done: each takes time. */
const MOST_MODULES = 54;

/** Command lines, their credential, and what they load beyond the rest. */
const RUNS: readonly {
  name: string;
  args: string[];
  env: (tenant: Emulator, folder: string) => Promise<Record<string, string>>;
  loads: RegExp | null;
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
  },
  {
    name: "help",
    args: ["--help"],
    env: () => Promise.resolve({}),
    loads: /lib\/cli\/help\.ts/,
  },
];

/** How many functions of the bundle V8 compiles only when they are called, in a start that finds what the last kept. */
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
  assert(events.some(([, event, script]) => event === "deserialize" && script === bundle), "it was kept");
  const late = events.filter(([, event, script]) => event === "parse-function" && script === bundle);
  return new Set(late.map(([, , , start]) => start)).size;
}

/** How many functions of the bundle a run may compile late. */
const MOST_LATE = 60;

for (const { name, args, env, loads } of UNDER_TEST ? [] : RUNS) {
  denoFlagsTest(
    `${name} loads ${
      loads ? `${loads.source.replaceAll("\\", "")} and nothing else` : "nothing"
    } that a removal has no use for`,
    async (tenant, folder) => {
      const modules = await modulesOf(args, await env(tenant, folder), folder);
      assert(modules.includes("cli.ts") && modules.includes("lib/cli/main.ts"), modules.join("\n"));
      const own = modules.filter((module) => module.startsWith("lib/"));
      assert(own.length <= MOST_MODULES, `${own.length} modules:\n${own.join("\n")}`);
      const unneeded = modules.filter((module) => UNNEEDED.test(module));
      assertEquals(unneeded.filter((module) => !loads?.test(module)), []);
      assertEquals(unneeded.some((module) => loads?.test(module)), loads !== null);
    },
  );
}

for (const { name, args, env } of UNDER_TEST ? RUNS.filter(({ name }) => name.startsWith("a removal")) : []) {
  denoFlagsTest(`${name} finds compiled what it calls`, async (tenant, folder) => {
    const late = await compiledLate(args, await env(tenant, folder), folder);
    assert(late <= MOST_LATE, `${late} functions are compiled late`);
  });
}
