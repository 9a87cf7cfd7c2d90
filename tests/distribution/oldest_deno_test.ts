import { assert, assertEquals, assertMatch, assertStringIncludes } from "../deps/assert.ts";
import { ALL_FLAGS, bySecret, processTest } from "../support/command.ts";
import { documentation } from "../support/readme.ts";
import { runCli, startCli, UNDER_TEST } from "../support/run_cli.ts";

const ROOT = new URL("../../", import.meta.url);
const [, OLDEST] = /OLDEST_DENO = "([\d.]+)"/.exec(
  await Deno.readTextFile(new URL("lib/host/deno.ts", ROOT)),
)!;
/** The path of that Deno, which `.ci/run` installs. */
const OLDEST_PATH = Deno.env.get("OLDEST_DENO");

const WITHOUT_BASE64 = "delete Uint8Array.prototype.toBase64;";
const LIST = "userPrincipalName\ndiego@contoso.com\ngrady@contoso.com\n";

async function bundle(folder: string): Promise<string> {
  const { code, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["task", "--quiet", "bundle", `--outdir=${folder}`],
    cwd: ROOT,
  }).output();
  assertEquals(code, 0, new TextDecoder().decode(stderr));
  return `${folder}/remove-profile-photo.js`;
}

/** The status of a GET without a body at the command `emulator`, run by the oldest Deno. */
async function statusOfEmulator(script: string | undefined): Promise<number> {
  const child = startCli(["emulator"], {
    deno: OLDEST_PATH,
    script,
    permissions: ["--allow-net", "--allow-env"],
  });
  const printed = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  try {
    let settings = "";
    while (!settings.includes("\n")) {
      const { value, done } = await printed.read();
      assert(!done, settings);
      settings += value;
    }
    const [root] = /http:\S+/.exec(settings)!;
    const response = await fetch(`${root}/v1.0/me`, { signal: AbortSignal.timeout(10_000) });
    await response.body?.cancel();
    return response.status;
  } finally {
    child.kill("SIGKILL");
    await Promise.all([printed.cancel(), child.stderr.cancel(), child.status]);
  }
}

for (const what of ["source", "bundle"] as const) {
  const missing = OLDEST_PATH ? undefined : "the variable OLDEST_DENO names no Deno";
  Deno.test(processTest(`the oldest Deno runs the ${what}`, { missing }, async (tenant, folder) => {
    const version = new TextDecoder().decode(
      (await new Deno.Command(OLDEST_PATH!, { args: ["--version"] }).output()).stdout,
    );
    assert(version.startsWith(`deno ${OLDEST} `), version);
    await Deno.writeTextFile(`${folder}/leavers.csv`, LIST);
    await Deno.writeTextFile(`${folder}/app.pem`, await tenant.certificate());
    const { AZURE_CLIENT_SECRET: _, ...app } = bySecret(tenant);
    const script = what === "bundle" ? await bundle(folder) : undefined;
    const outcomesOf = async (line: string, env = bySecret(tenant)) => {
      const { code, stderr, records } = await runCli(line.split(" "), {
        permissions: ALL_FLAGS,
        deno: OLDEST_PATH,
        script,
        cwd: folder,
        env,
      });
      assertEquals(code, 0, `${line}\n${stderr}`);
      return records().map(({ outcome }) => outcome);
    };
    assertEquals(await statusOfEmulator(script), 401);
    const certificate = { ...app, AZURE_CLIENT_CERTIFICATE_PATH: `${folder}/app.pem` };
    assertEquals(await outcomesOf("user alex@contoso.com", certificate), ["removed"]);
    const list = "user --from leavers.csv --yes --backup photos --report run.ndjson";
    assertEquals(await outcomesOf(list), ["removed", "removed"]);
    assertEquals(await outcomesOf("restore photos --yes"), ["restored", "restored"]);
    assertEquals(await outcomesOf("me --cloud emulator"), ["removed"]);
    assert((await outcomesOf("find user --all --contact-sheet photos.html")).length > 0);
  }));
}

Deno.test(
  processTest("an older Deno gets one line that says which Deno is needed", {
    missing: UNDER_TEST && "it is about the source",
  }, async (_tenant, folder) => {
    const preload = `${folder}/older.js`;
    await Deno.writeTextFile(preload, WITHOUT_BASE64);
    const { code, stdout, stderr } = await runCli(["--version"], { denoFlags: [`--preload=${preload}`] });
    assertEquals([code, stdout], [2, ""]);
    assertMatch(
      stderr,
      new RegExp(`^error: remove-profile-photo needs Deno ${OLDEST} or later: this is Deno/.*\n$`),
    );

    const script = `${folder}/script.ts`;
    await Deno.writeTextFile(script, `await import(${JSON.stringify(new URL("mod.ts", ROOT).href)})`);
    const imported = await runCli([], { script, denoFlags: [`--preload=${preload}`] });
    assertEquals(imported.code, 1);
    assertStringIncludes(imported.stderr, `Error: remove-profile-photo needs Deno ${OLDEST} or later`);
  }),
);

Deno.test(
  processTest("Node gets one line that says which Deno is needed", {
    missing: UNDER_TEST && "it is about the source",
  }, async (_tenant, folder) => {
    const run = async (command: string, ...args: string[]) => {
      const { code, stderr } = await new Deno.Command(command, { args, cwd: ROOT }).output();
      return { code, stderr: new TextDecoder().decode(stderr) };
    };
    const told = new RegExp(
      `^error: remove-profile-photo needs Deno ${OLDEST} or later: this is Node.js.*\n$`,
    );
    const command = await run("node", await bundle(folder), "me");
    assertEquals(command.code, 2);
    assertMatch(command.stderr, told);

    const bundled = await run(
      Deno.execPath(),
      ...["bundle", "--quiet", "--code-splitting", `--outdir=${folder}`, "mod.ts"],
    );
    assertEquals(bundled.code, 0, bundled.stderr);
    const script = `import("./mod.js").catch((error) => console.error(\`error: \${error.message}\`))`;
    await Deno.writeTextFile(`${folder}/script.mjs`, script);
    assertMatch((await run("node", `${folder}/script.mjs`)).stderr, told);
  }),
);

Deno.test("the documentation names the oldest Deno", { permissions: { read: true } }, async () => {
  const named = Array.from(
    (await documentation()).matchAll(/\bDeno\S* ([\d.]+\d) or later/g),
    ([, version]) => version,
  );
  assertEquals(new Set(named), new Set([OLDEST!.replace(/\.0$/, "")]));
});
