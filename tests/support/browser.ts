import { type Browser, chromium, type Page } from "../deps/playwright.ts";
import { PROCESS } from "./command.ts";
import { inTemporaryFolder } from "./temporary.ts";
import { type Emulator, type EmulatorOptions, startEmulator } from "../../lib/emulator/mod.ts";

/** Returns where a Chromium is installed; `undefined` if there is none. */
function findChromium(): string | undefined {
  for (const name of ["chromium", "chromium-browser", "google-chrome"]) {
    for (const folder of Deno.env.get("PATH")?.split(":") ?? []) {
      try {
        if (Deno.statSync(`${folder}/${name}`).isFile) return `${folder}/${name}`;
      } catch { /* not there */ }
    }
  }
}

const CHROMIUM = Deno.build.os === "linux" ? findChromium() : undefined;

/** A page of a browser, and the hosts that it has sent requests to. */
export interface Browsing {
  page: Page;
  hosts: ReadonlySet<string>;
}

/** A test with a page of Chromium of its own; ignored where there is no Chromium. */
export function chromiumTest(name: string, run: (browsing: Browsing) => Promise<void>): Deno.TestDefinition {
  return {
    name: CHROMIUM ? name : `${name} (there is no Chromium)`,
    ignore: CHROMIUM === undefined,
    permissions: { ...PROCESS, net: true, env: true, sys: true },
    sanitizeOps: false, // playwright-core leaves timers behind
    sanitizeResources: false,
    fn: async () => {
      const browser: Browser = await chromium.launch({
        executablePath: CHROMIUM,
        args: ["--no-sandbox", "--no-proxy-server"], // as root it has no sandbox
      });
      try {
        const page = await browser.newPage();
        const hosts = new Set<string>();
        page.on("request", (request) => hosts.add(new URL(request.url()).hostname));
        await run({ page, hosts });
      } finally {
        await browser.close();
      }
    },
  };
}

/** What a test with a browser and a tenant has. */
export interface Place extends Browsing {
  tenant: Emulator;
  folder: string;
}

/** A test with a tenant, a folder and a page of Chromium of its own. */
export function browserTest(
  name: string,
  run: (place: Place) => Promise<void>,
  options: EmulatorOptions = {},
): Deno.TestDefinition {
  return chromiumTest(name, async (browsing) => {
    await using tenant = await startEmulator(options);
    await inTemporaryFolder((folder) => run({ ...browsing, tenant, folder }));
  });
}
