import { assertEquals } from "../deps/assert.ts";
import { inTemporaryFolder } from "../support/temporary.ts";

const ADDRESS = "http://localhost:1/start?a=1&b=2";
const MODULE = new URL("../../lib/host/browser.ts", import.meta.url).href;

/** What there is on a system and what Deno may run, what comes of it, and the program that gets the address. */
const CASES: readonly (readonly [programs: string[], flags: string[], result: string, opener?: string])[] = [
  [["wslview", "rundll32.exe", "xdg-open"], ["--allow-run"], "opened", "wslview"],
  [["rundll32.exe", "xdg-open"], ["--allow-run"], "opened", "rundll32.exe url.dll,FileProtocolHandler"],
  [["xdg-open"], ["--allow-run"], "opened", "xdg-open"],
  [["wslview", "xdg-open"], ["--allow-run=xdg-open"], "opened", "xdg-open"],
  [["gio"], ["--allow-run"], "opened", "gio open"],
  [[], ["--allow-run"], "notFound"],
  [["xdg-open"], [], "notPermitted"],
];

/** Opens the address where there is nothing but these programs; returns the result, and what was run. */
async function open(
  programs: string[],
  flags: string[],
  folder: string,
): Promise<[string, string | undefined]> {
  const [bin, pipe, script] = [`${folder}/bin`, `${folder}/run`, `${folder}/open.ts`];
  await Deno.mkdir(bin);
  await new Deno.Command("mkfifo", { args: [pipe] }).output();
  for (const name of programs) {
    await Deno.writeTextFile(`${bin}/${name}`, `#!/bin/sh\necho "\${0##*/} $@" > ${pipe}\n`, { mode: 0o700 });
  }
  await Deno.writeTextFile(
    script,
    `import { openBrowser } from ${JSON.stringify(MODULE)};\n` +
      `console.log(await openBrowser(${JSON.stringify(ADDRESS)}));`,
  );
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--no-prompt", "--no-lock", ...flags, script],
    clearEnv: true,
    env: { PATH: bin, HOME: Deno.env.get("HOME") ?? folder },
  }).output();
  const result = new TextDecoder().decode(stdout).trim();
  return [result, result === "opened" ? (await Deno.readTextFile(pipe)).trim() : undefined];
}

Deno.test("openBrowser() takes what there is, first that of Windows under WSL", {
  permissions: { read: true, write: true, run: true, env: ["HOME"] },
  ignore: Deno.build.os !== "linux",
}, async () => {
  for (const [programs, flags, result, opener] of CASES) {
    const opened = await inTemporaryFolder((folder) => open(programs, flags, folder));
    assertEquals(opened, [result, opener && `${opener} ${ADDRESS}`], programs.join());
  }
});
