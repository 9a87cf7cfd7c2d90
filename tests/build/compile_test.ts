import denoJson from "../../deno.json" with { type: "json" };
import { denoFlags } from "../../lib/build/deno_flags.ts";
import { PLATFORMS, THIS_PLATFORM } from "../../lib/build/platforms.ts";
import { ENVIRONMENT_VARIABLES } from "../../lib/environment_variables.ts";
import { assert, assertEquals, assertMatch, assertStringIncludes } from "../deps/assert.ts";
import { bySecret, byToken, processTest } from "../support/command.ts";
import { mapConcurrently } from "../support/promises.ts";
import { runCli } from "../support/run_cli.ts";
import { inTemporaryFolder } from "../support/temporary.ts";

const ROOT = new URL("../../", import.meta.url);
const PERMITTED: Deno.PermissionOptions = { run: true, read: true, write: true, env: true };
const NAME = `remove-profile-photo${PLATFORMS[THIS_PLATFORM!].suffix}`;

async function task(name: string, folder: string, args: string[] = [], env: Record<string, string> = {}) {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["task", "--quiet", name, `--outdir=${folder}`, ...args],
    cwd: ROOT,
    env: { NO_COLOR: "1", ...env },
    stdin: "null",
  }).output();
  return {
    code,
    stdout: new TextDecoder().decode(stdout),
    stderr: new TextDecoder().decode(stderr),
    files: Array.from(Deno.readDirSync(folder), ({ name }) => name).sort(),
  };
}

async function sha256(path: string): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", await Deno.readFile(path))).toHex();
}

const folder = await Deno.makeTempDir();
const compiled = await task("compile", folder);
addEventListener("unload", () => Deno.removeSync(folder, { recursive: true }));

Deno.test(
  "`deno task compile` makes an executable that carries Deno" +
    (compiled.code ? " (SKIPPED: its stub cannot be downloaded here; the message about that is tested)" : ""),
  { permissions: PERMITTED, ignore: compiled.code !== 0 },
  async () => {
    assertEquals(compiled.files, [NAME, "SHA256SUMS"].sort());
    const version = new Deno.Command(`${folder}/${NAME}`, { args: ["--version", "--verbose"] });
    const said = new TextDecoder().decode((await version.output()).stdout);
    assertEquals(said, `${denoJson.version}\nDeno ${Deno.version.deno} (${Deno.build.target})\n`);
  },
);

Deno.test("`deno task compile` says what to do if its stub cannot be downloaded", {
  permissions: "none",
  ignore: compiled.code === 0,
}, () => {
  const { code, stderr, files } = compiled;
  assertEquals([code, files], [1, []]);
  assertMatch(
    stderr,
    /^error: Cannot compile for [\w-]+: cannot download Deno's runtime stub \(denort\): .{10,}\n/,
  );
  assertStringIncludes(stderr, "DENORT_BIN=FILE deno task compile ");
  assertStringIncludes(stderr, "deno task compile:npm ");
  assert(!stderr.includes("Stack backtrace"));
});

async function bakedPermissions(path: string): Promise<Record<string, unknown>> {
  const text = new TextDecoder("latin1").decode(await Deno.readFile(path));
  const found = text.lastIndexOf('"permissions":{');
  const end = text.indexOf("}", found);
  return JSON.parse(text.slice(found + '"permissions":'.length, end + 1));
}

Deno.test(
  "an executable may reach the clouds' hosts and this machine, read its variables, use files, and nothing else",
  { permissions: PERMITTED },
  () =>
    inTemporaryFolder(async (folder) => {
      // Deno in place of its stub: the executable does not run the command, but stores the same permissions.
      const made = await task("compile", folder, ["--allow-net=graph.example,login.example"], {
        DENORT_BIN: Deno.execPath(),
      });
      assertEquals([made.code, made.files], [0, [NAME, "SHA256SUMS"].sort()], made.stderr);
      assertEquals(
        await Deno.readTextFile(`${folder}/SHA256SUMS`),
        `${await sha256(`${folder}/${NAME}`)}  ${NAME}\n`,
      );
      const { allow_net, allow_env, allow_read, allow_write, deny_import, prompt, ...rest } =
        await bakedPermissions(`${folder}/${NAME}`);
      const hosts = ["dod-graph.microsoft.us", "graph.microsoft.com", "graph.microsoft.us"].concat(
        ["login.chinacloudapi.cn", "login.microsoftonline.com", "login.microsoftonline.us"],
        "microsoftgraph.chinacloudapi.cn",
      ).map((host) => `${host}:443`);
      const platforms = [
        "*.actions.githubusercontent.com:443",
        "dev.azure.com:443",
        "*.visualstudio.com:443",
      ];
      const others = [
        ...platforms,
        "169.254.0.0/16",
        "127.0.0.1",
        "[::1]",
        "localhost",
        "graph.example",
        "login.example",
      ];
      assertEquals((allow_net as string[]).sort(), [...hosts, ...others].sort());
      assertEquals(allow_env, Object.keys(ENVIRONMENT_VARIABLES));
      assertEquals([allow_read, allow_write, deny_import, prompt], [[], [], [], false]);
      const granted = Object.entries(rest).filter(([name, value]) =>
        value !== null && name !== "allow_import"
      );
      assertEquals(granted, [], "an empty list would grant all");
    }),
);

Deno.test(
  processTest("an executable's permissions suffice, and for no other host", {}, async (tenant, folder) => {
    const permissions = denoFlags().filter((flag) => flag !== "--no-prompt");
    const env = bySecret(tenant);
    const safely = ["--backup", `${folder}/photos`, "--report", `${folder}/run.ndjson`];
    const runs = await mapConcurrently([
      ["user", "alex@contoso.com", ...safely],
      ["user", "alex@contoso.com", "--cloud", "emulator"],
      ["doctor"],
      ["--help"],
    ], (args) => runCli(args, { env, permissions }));
    assertEquals(runs.map(({ code, stderr }) => [code, code && stderr]), runs.map(() => [0, 0]));

    const elsewhere = ["user", "alex@contoso.com", "--graph-endpoint", "https://graph.example"];
    const { code, records } = await runCli(elsewhere, {
      env: byToken(tenant, "a-token-for-graph"),
      permissions,
    });
    assertEquals([code, records()[0]!.attempts], [1, 1]);
    assertStringIncludes(String(records()[0]!.message), "graph.example");
  }),
);

const REFUSED:
  readonly (readonly [task: string, args: string[], env: Record<string, string>, says: RegExp])[] = [
    ["compile", ["--target=linux-x65"], {}, /--target must be all or one of windows-x64, .*"linux-x65"/],
    ["compile:npm", ["--target=linux-x65"], {}, /--target must be all or one of windows-x64, .*"linux-x65"/],
    ["compile", ["--allow-run"], {}, /Unknown option --allow-run/],
    ["compile", ["--allow-net="], {}, /--allow-net needs a value/],
    ["compile:npm", ["windows-x64"], {}, /Unknown option windows-x64/],
    ["bundle", ["--target=linux-x64"], {}, /Unknown option --target/],
    ["compile:all", [], { DENORT_BIN: Deno.execPath() }, /DENORT_BIN is the stub of one platform/],
  ];

Deno.test("a build with wrong options prints an error, exits 1 and writes nothing", {
  permissions: PERMITTED,
}, async () => {
  await mapConcurrently(REFUSED, ([name, args, env, says]) =>
    inTemporaryFolder(async (folder) => {
      const { code, stdout, stderr, files } = await task(name, folder, args, env);
      assertEquals([code, stdout, files], [1, "", []], name);
      assertMatch(stderr, says);
      assertMatch(stderr, /^error: /);
    }));
});

Deno.test("bun.lock.json has the hashes of one version of Bun, for every platform", {
  permissions: { read: true },
}, async () => {
  const { npm } = JSON.parse(await Deno.readTextFile(new URL("lib/build/bun.lock.json", ROOT)));
  const [{ version }] = Object.keys(npm).map((name) => ({ version: name.split("@").at(-1) })) as [
    { version: string },
  ];
  assertEquals(
    Object.keys(npm).sort(),
    Object.values(PLATFORMS).map(({ bun }) => `@oven/${bun}@${version}`).sort(),
  );
});
