import { Directory, type Emulator, startEmulator } from "../../lib/emulator/mod.ts";
import { assertEquals, assertMatch } from "../deps/assert.ts";
import type { Page } from "../deps/playwright.ts";
import { accessibilityProblems } from "../support/accessibility.ts";
import { chromiumTest } from "../support/browser.ts";
import { recordsOf } from "../support/run_cli.ts";
import { runAsApp } from "../support/run_in_process.ts";
import { inTemporaryFolder } from "../support/temporary.ts";

const HOSTILE = [
  "<img src=x onerror=document.title='harm'>",
  "</script><script>document.title='harm'</script>",
];
const NAMES = ["Adele Vance", "José Álvarez", "=cmd|'/c calc'!A1", ...HOSTILE];

/** A tenant where 1,200 of 1,201 users have a photo. */
function tenantOf1200(): Promise<Emulator> {
  const users = NAMES.map((displayName, index) => ({
    id: `0a000000-0000-4000-8000-00000000000${index}`,
    userPrincipalName: `name${index}@contoso.com`,
    mail: null,
    displayName,
    userType: "Member" as const,
    isAdmin: index === 0,
  }));
  const directory = new Directory({
    users,
    signedInUser: users[0]!.id,
    generatedUsers: 1201 - users.length,
    withoutPhoto: ["user01000@contoso.com"],
  });
  return startEmulator({ directory });
}

const status = (page: Page) => page.getByRole("status").textContent();
const names = (page: Page) => page.locator("#photos bdi:first-child").allTextContents();
const pictures = (page: Page) => page.locator("#photos img").count();
const copyButton = (page: Page) => page.getByRole("button", { name: "Copy the chosen ids" });

/** Opens a contact sheet. Returns a list of what fails on it, and of what it asks the network for. */
async function openSheet(page: Page, path: string): Promise<string[]> {
  const problems: string[] = [];
  page.setDefaultTimeout(120_000); // for a busy machine: what waits goes on as soon as it can
  page.on("pageerror", (error) => problems.push(String(error)));
  page.on("console", (message) => problems.push(message.text()));
  page.on("request", (request) => {
    if (!/^(file|data):/.test(request.url())) problems.push(request.url());
  });
  await page.goto(`file://${path}`);
  return problems;
}

interface Sheet {
  page: Page;
  problems: readonly string[];
  path: string;
  tenant: Emulator;
}

/** A test with a page that shows a contact sheet of all users with a photo. */
function sheetTest(name: string, run: (sheet: Sheet) => Promise<void>): Deno.TestDefinition {
  return chromiumTest(name, ({ page }) =>
    inTemporaryFolder(async (folder) => {
      await using tenant = await tenantOf1200();
      const path = `${folder}/sheet.html`;
      const args = ["find", "user", "--all", "--output", "none", "--contact-sheet", path];
      const { code, stderr } = await runAsApp(tenant, args);
      assertEquals(code, 0, stderr);
      await run({ page, problems: await openSheet(page, path), path, tenant });
    }));
}

Deno.test(sheetTest(
  "1,200 photos are shown 500 at a time, found, chosen, and copied for user -",
  async ({ page, problems, path, tenant }) => {
    assertEquals(await status(page), "1–500 of 1,200 found, 0 chosen. Page 1 of 3.");
    assertMatch(
      (await page.locator("#totals").textContent())!,
      /^1,200 photos; 1 without a photo, not shown here\.$/,
    );
    const isLoaded = () =>
      // deno-lint-ignore no-explicit-any
      [...(globalThis as any).document.images].every((image) => image.complete && image.naturalWidth === 48);
    await page.waitForFunction(isLoaded);
    const counts = [await pictures(page)];
    await page.getByRole("button", { name: "Next page" }).focus();
    for (let turn = 0; turn < 3; turn++) { // the third does nothing
      await page.keyboard.press("Enter");
      counts.push(await pictures(page));
    }
    assertEquals(counts, [500, 500, 200, 200]);
    assertEquals(await status(page), "1,001–1,200 of 1,200 found, 0 chosen. Page 3 of 3.");

    const search = page.getByRole("searchbox", { name: "Find" });
    const found: [string, string[]][] = [
      ["jose alv", ["José Álvarez"]],
      ["0A000000-0000-4000-8000-000000000000", ["Adele Vance"]],
      ["onerror", [HOSTILE[0]!]],
      ["</script>", [HOSTILE[1]!]],
      ["=cmd", [NAMES[2]!]],
      ["user00042@", ["User 00042"]],
      ["nobody", []],
    ];
    for (const [text, expected] of found) {
      await search.fill(text);
      assertEquals(await names(page), expected);
      if (expected.length) await page.getByRole("checkbox", { name: expected[0], exact: true }).check();
    }
    assertEquals(await status(page), "0 found, 6 chosen. Page 1 of 1.");
    await search.fill("");
    await page.getByRole("checkbox", { name: "Only the chosen" }).check();
    assertEquals((await names(page)).toSorted(), found.flatMap(([, names]) => names).toSorted());

    await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
    await copyButton(page).click();
    await page.getByText("Copied 6 ids, one a line.").waitFor();
    // deno-lint-ignore no-explicit-any
    const copied: string = await page.evaluate(() => (globalThis as any).navigator.clipboard.readText());
    assertMatch(copied, /^([0-9a-f-]{36}\n){6}$/);
    const { stdout } = await runAsApp(tenant, ["user", "-", "--what-if"], { stdin: copied });
    assertEquals(recordsOf(stdout).map(({ outcome }) => outcome), Array(6).fill("planned"));

    assertEquals(await page.title(), "Photos of users");
    assertEquals(await page.locator("#incomplete").isVisible(), false);
    await Deno.writeTextFile(path, (await Deno.readTextFile(path)).slice(0, 200_000));
    await page.reload();
    assertEquals(await page.locator("#incomplete").isVisible(), true);
    assertEquals([await pictures(page) > 0, problems], [true, []]);
  },
));

Deno.test(sheetTest(
  "with the keyboard alone photos are found, chosen and copied, also without a clipboard",
  async ({ page, problems }) => {
    const { keyboard } = page;
    const press = async (...keys: string[]) => {
      for (const key of keys) await keyboard.press(key);
    };
    // deno-lint-ignore no-explicit-any
    await page.evaluate(() => (globalThis as any).navigator.clipboard.writeText = () => Promise.reject());
    await press("Tab");
    await keyboard.type("user0000");
    assertEquals(await status(page), "1–9 of 9 found, 0 chosen. Page 1 of 1.");
    await press("Tab", "Tab", "Enter"); // choose all found
    await press("Tab", "Tab", "Tab", "Tab", "Tab", "Space"); // but the first
    assertEquals(await status(page), "1–9 of 9 found, 8 chosen. Page 1 of 1.");
    await press("Shift+Tab", "Shift+Tab", "Shift+Tab", "Enter"); // copy
    await page.getByText("copy them with the keyboard").waitFor();
    const area = page.getByRole("textbox", { name: "The chosen ids" });
    const ids = Array.from(
      { length: 8 },
      (_, index) => `0b000000-0000-4000-8000-00000000000${index + 2}\n`,
    );
    assertEquals(await area.inputValue(), ids.join(""));
    const selected = await area.evaluate((element) => {
      // deno-lint-ignore no-explicit-any
      const { selectionStart, selectionEnd } = element as any;
      return selectionEnd - selectionStart;
    });
    assertEquals([selected, problems], [ids.join("").length, []]);
  },
));

for (const colorScheme of ["light", "dark"] as const) {
  Deno.test(sheetTest(
    `axe-core finds nothing on a contact sheet in ${colorScheme}`,
    async ({ page }) => {
      await page.emulateMedia({ colorScheme });
      await page.getByRole("searchbox").fill("user0000"); // all would take long
      assertEquals(await accessibilityProblems(page), []);
      // deno-lint-ignore no-explicit-any
      await page.evaluate(() => (globalThis as any).navigator.clipboard.writeText = () => Promise.reject());
      await page.getByRole("checkbox", { name: "User 00001" }).check();
      await copyButton(page).click();
      await page.getByRole("textbox", { name: "The chosen ids" }).waitFor();
      assertEquals(await accessibilityProblems(page), []);
    },
  ));
}
