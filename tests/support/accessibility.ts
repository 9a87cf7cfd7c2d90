import { axe } from "../deps/axe_core.ts";
import type { Page } from "../deps/playwright.ts";

/** Returns what axe-core finds on a page, each with the elements. */
export async function accessibilityProblems(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  // deno-lint-ignore no-explicit-any
  const { violations } = await page.evaluate(() => (globalThis as any).axe.run());
  // deno-lint-ignore no-explicit-any
  return violations.map(({ id, nodes }: any) => `${id}: ${nodes.map(({ target }: any) => target).join(" ")}`);
}
