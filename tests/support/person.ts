import { assert } from "../deps/assert.ts";

/** Permission for the emulator, and for the port that a browser returns to, which it knows as localhost. */
export const BROWSING: Deno.PermissionOptionsObject = {
  net: ["127.0.0.1", "localhost"],
  env: ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"],
};

/** A page, as a person sees it who has no scripts. */
export interface Page {
  status: number;
  url: string;
  text: string;
  /** Presses a button of its only form, or types into it. */
  submit(values: Record<string, string>): Promise<Page>;
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&lt;": "<",
  "&gt;": ">",
  "&quot;": '"',
  "&#39;": "'",
  "&amp;": "&",
};
const unescape = (html: string) => html.replace(/&(lt|gt|quot|#39|amp);/g, (entity) => ENTITIES[entity]!);

async function load(address: string, body?: URLSearchParams): Promise<Page> {
  const response = await fetch(address, body && { method: "POST", body });
  const text = await response.text();
  return {
    status: response.status,
    url: response.url,
    text,
    submit: (values) => {
      const [, form = "", content = ""] = /<form([^>]*)>(.*)<\/form>/s.exec(text) ?? [];
      assert(form, `There is no form: ${text}`);
      const [, action = ""] = /action="([^"]*)"/.exec(form) ?? [];
      const hidden = [...content.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)">/g)]
        .map(([, name, value]): [string, string] => [unescape(name!), unescape(value!)]);
      const target = new URL(unescape(action), response.url);
      if (action === "?") target.search = "";
      return load(target.href, new URLSearchParams([...hidden, ...Object.entries(values)]));
    },
  };
}

/** Opens an address in the browser, and follows where it leads. */
export const browse = (address: string): Promise<Page> => load(address);

/** Picks an account on the emulator's page; returns the last page, of the program that waits. */
export async function pick(address: string, user: string): Promise<Page> {
  const page = await browse(address);
  return await (await page.submit({ user })).submit({});
}

/** Cancels on the emulator's page; returns the last page. */
export async function cancel(address: string): Promise<Page> {
  const page = await browse(address);
  return await (await page.submit({ cancel: "1" })).submit({});
}

/** Enters a device code, and approves as a user, or declines. */
export async function enterCode(
  { address, userCode }: { address: string; userCode: string },
  decision: { user: string } | { cancel: string },
): Promise<Page> {
  const page = await browse(address);
  return await (await page.submit({ code: userCode })).submit(decision);
}
