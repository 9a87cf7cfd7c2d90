import { isMac, isWindows, refusalOf, startProgram } from "./deno.ts";

/** What happened to a request to show a page in the browser. `notPermitted`: Deno lacks `--allow-run`. */
export type BrowserStart = "opened" | "notPermitted" | "notFound";

/** What opens an address, in the order in which it is tried: program and arguments before the address. */
const OPENERS: readonly (readonly [program: string, ...args: string[]])[] = isWindows
  ? [["rundll32", "url.dll,FileProtocolHandler"]] // no shell, to which "&" would mean something
  : isMac
  ? [["open"]]
  : [
    ["wslview"], // WSL
    ["rundll32.exe", "url.dll,FileProtocolHandler"], // WSL without wslu
    ["xdg-open"],
    ["gio", "open"],
  ];

/** The Deno flag that allows to open an address in the browser. */
export const OPEN_BROWSER_FLAG: string = `--allow-run=${OPENERS[isWindows || isMac ? 0 : 2]![0]}`;

/** Opens an address in the person's browser, and does not wait for it. */
export async function openBrowser(url: string): Promise<BrowserStart> {
  let result: BrowserStart = "notFound";
  for (const [program, ...args] of OPENERS) {
    try {
      await startProgram(program, [...args, url]);
      return "opened";
    } catch (error) {
      if (refusalOf(error) === "notPermitted") result = "notPermitted";
    }
  }
  return result;
}
