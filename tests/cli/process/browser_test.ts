import { assert, assertEquals, assertMatch } from "../../deps/assert.ts";
import { browserTest, type Place } from "../../support/browser.ts";
import { endpoints } from "../../support/command.ts";
import { startCli } from "../../support/run_cli.ts";

const ALEX = "alex@contoso.com", ADELE = "adele@contoso.com";

/** The command while it waits for a person. */
interface Waiting {
  /** The page that it opens in the browser. */
  opened: Promise<string>;
  /** What it has written to standard error so far, once that contains a text. */
  says(pattern: RegExp): Promise<RegExpExecArray>;
  end(): Promise<{ code: number; stdout: string; stderr: string }>;
}

/** Starts the command with an `xdg-open` that tells this test the address, in place of the desktop's. */
async function startWaiting({ tenant, folder }: Place, args: readonly string[]): Promise<Waiting> {
  const pipe = `${folder}/opened`;
  await new Deno.Command("mkfifo", { args: [pipe] }).output();
  await Deno.writeTextFile(`${folder}/xdg-open`, `#!/bin/sh\necho "$1" > ${pipe}\n`, { mode: 0o700 });
  const child = startCli(args, {
    env: {
      ...endpoints(tenant),
      AZURE_CLIENT_ID: tenant.clientId,
      PATH: `${folder}:${Deno.env.get("PATH")}`,
    },
    permissions: ["--allow-net", "--allow-env", "--allow-run=xdg-open"],
  });
  let stderr = "";
  let onText = () => {};
  const reading = (async () => {
    for await (const text of child.stderr.pipeThrough(new TextDecoderStream())) {
      stderr += text;
      onText();
    }
    onText();
  })();
  const stdout = new Response(child.stdout).text();
  let isEnded = false;
  reading.then(() => isEnded = true);
  return {
    opened: args.includes("browser")
      ? Promise.race([
        Deno.readTextFile(pipe).then((text) => text.trim()),
        reading.then(() => {
          throw new Error(`No browser was opened: ${stderr}`);
        }),
      ])
      : Promise.resolve(""),
    async says(pattern) {
      for (;;) {
        const match = pattern.exec(stderr);
        if (match) return match;
        assert(!isEnded, stderr);
        await new Promise<void>((resolve) => onText = resolve);
      }
    },
    async end() {
      await reading;
      return { code: (await child.status).code, stdout: await stdout, stderr };
    },
  };
}

Deno.test(browserTest("in Chromium, a person signs in, and their photo is removed", async (place) => {
  const { tenant, page, hosts } = place;
  const command = await startWaiting(place, ["me", "--sign-in", "browser"]);
  const address = await command.opened;
  assertEquals((await command.says(/^ {2}(http:\S+)$/m))[1], address);
  await page.goto(address);
  await page.getByRole("button", { name: ALEX }).click();
  await page.getByRole("heading", { name: "You are signed in" }).waitFor();
  assertMatch(page.url(), /^http:\/\/localhost:\d+\/$/); // without the code
  const { code, stdout, stderr } = await command.end();
  assertEquals([code, tenant.directory.hasPhoto(ALEX)], [0, false], stderr);
  assertMatch(stdout, /"outcome":"removed"/);
  assertMatch(stderr, /Signed in as alex@contoso\.com\.\n/);
  assertEquals([...hosts].sort(), ["127.0.0.1", "localhost"]);
}));

Deno.test(browserTest("in Chromium, a person cancels, and nothing is sent to Graph", async (place) => {
  const command = await startWaiting(place, ["me", "--sign-in", "browser"]);
  await place.page.goto(await command.opened);
  await place.page.getByRole("button", { name: "Cancel" }).click();
  await place.page.getByRole("heading", { name: "The sign-in did not succeed" }).waitFor();
  const { code, stdout, stderr } = await command.end();
  assertEquals([code, stdout, place.tenant.counts.graph], [4, "", 0]);
  assertMatch(stderr, /AADSTS65004/);
}));

Deno.test(
  browserTest("in Chromium, an answer with another state is refused, and the wait goes on", async (place) => {
    const { page } = place;
    const command = await startWaiting(place, ["me", "--sign-in", "browser"]);
    const address = await command.opened;
    const { origin } = new URL(address);
    await page.route(`${origin}/`, (route) => {
      const form = new URLSearchParams(route.request().postData() ?? "");
      form.set("state", "another");
      return route.continue({ postData: form.toString() });
    });
    await page.goto(address);
    await page.getByRole("button", { name: ADELE }).click();
    await page.getByRole("heading", { name: "This is not the sign-in that is waited for" }).waitFor();
    await page.unroute(`${origin}/`);
    await page.goto(address);
    await page.getByRole("button", { name: ALEX }).click();
    await page.getByRole("heading", { name: "You are signed in" }).waitFor();
    assertMatch((await command.end()).stderr, /Signed in as alex@contoso\.com/);
  }),
);

Deno.test(
  browserTest("in Chromium, a person enters a device code, and others' photos are removed", async (place) => {
    const { tenant, page } = place;
    const command = await startWaiting(place, ["user", ALEX, "--sign-in", "device"]);
    const [, code, address] = await command.says(/^ {2}([A-Z]{9})\n {2}(http:\S+)$/m);
    await page.goto(address!);
    await page.getByRole("textbox").fill(code!.toLowerCase());
    await page.getByRole("button", { name: "Next" }).click();
    await page.getByRole("heading", { name: "Are you trying to sign in" }).waitFor();
    await page.getByRole("button", { name: ADELE }).click();
    await page.getByRole("heading", { name: "You have signed in" }).waitFor();
    const end = await command.end();
    assertEquals([end.code, tenant.directory.hasPhoto(ALEX)], [0, false], end.stderr);
    assertMatch(end.stderr, /Signed in as adele@contoso\.com/);
  }, { deviceCodeInterval: 0.01 }),
);
