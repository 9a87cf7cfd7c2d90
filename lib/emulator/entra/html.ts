import { type EmulatorResponse, textResponse } from "../http_message.ts";

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Escapes text for HTML, also inside an attribute. */
export const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (char) => ENTITIES[char]!);

const STYLE = "body{font:1em system-ui,sans-serif;margin:8vh auto;max-width:30em;padding:0 1em}" +
  "button{display:block;width:100%;margin:.3em 0;padding:.6em;text-align:left;font:inherit}";

/** Creates a page. `body` is HTML. */
export function htmlPage(title: string, body: string, status = 200): EmulatorResponse {
  const html = `<!DOCTYPE html><html lang="en"><meta charset="utf-8">` +
    `<meta name="viewport" content="width=device-width"><title>${escapeHtml(title)}</title>` +
    `<style>${STYLE}</style><h1>${escapeHtml(title)}</h1>${body}</html>`;
  return textResponse(status, "text/html; charset=utf-8", html, {
    "cache-control": "no-store",
    "referrer-policy": "no-referrer",
  });
}

/** Returns hidden fields of a form. */
export const hiddenFields = (fields: Iterable<readonly [name: string, value: string]>): string =>
  [...fields].map(([name, value]) =>
    `<input type="hidden" name="${escapeHtml(name)}" value="${escapeHtml(value)}">`
  ).join("");
