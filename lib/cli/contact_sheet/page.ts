import { printableJson } from "../../printable.ts";
import type { Thumbnail } from "../../thumbnails.ts";
import { printable } from "../text.ts";
import { PAGE_SCRIPT } from "./page_script.ts";
import { PAGE_STYLE } from "./page_style.ts";

/** What a contact sheet shows. */
export interface SheetFacts {
  kind: "user" | "group";
  /** Whether it shows what a removal would remove. */
  isPlan: boolean;
  /** The tenant, or Graph's address where the token does not tell. */
  tenant: string;
  /** When it was begun. */
  time: string;
}

/** A user or group of a contact sheet. */
export interface SheetEntry {
  /** The id, as the commands take it. */
  id: string;
  /** Names, the one to sort by first. */
  names: readonly (string | null)[];
  /** What else there is to say, such as "disabled". */
  notes?: readonly string[];
  /** The photo; `null` if it is not known whether there is one. */
  thumbnail: Thumbnail | null;
  /** Why it is not known whether there is one. */
  message?: string | null;
}

const ESCAPES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};
const escapeHtml = (text: string): string => printable(text).replace(/[&<>"']/g, (char) => ESCAPES[char]!);

/** Returns JSON for a `script` element: nothing in it ends the element, or begins a comment. */
const dataJson = (value: unknown): string => printableJson(value).replaceAll("<", "\\u003c");

/** The formats that browsers show. */
const SHOWN_TYPES: readonly string[] = ["image/jpeg", "image/png", "image/gif", "image/webp", "image/bmp"];

/** Returns a source of a content security policy that admits this text inline. */
async function hashSource(text: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return `'sha256-${new Uint8Array(digest).toBase64()}'`;
}

/** Returns the page up to its first entry. */
export async function pageStart({ kind, isPlan, tenant, time }: SheetFacts): Promise<string> {
  const policy = [
    "default-src 'none'",
    "img-src data:",
    `script-src ${await hashSource(PAGE_SCRIPT)}`,
    `style-src ${await hashSource(PAGE_STYLE)}`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join("; ");
  const title = isPlan ? `Photos of ${kind}s that would be removed` : `Photos of ${kind}s`;
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="referrer" content="no-referrer">
<meta name="viewport" content="width=device-width">
<title>${title}</title>
<style>${PAGE_STYLE}</style>
<script>${PAGE_SCRIPT}</script>
</head>
<body>
<header>
<h1>${title}</h1>
<p>${escapeHtml(tenant)}, ${escapeHtml(time)}. <span id="totals"></span></p>
${
    isPlan
      ? "<p><strong>Nothing was removed</strong>: this was a run with --what-if.</p>\n"
      : ""
  }<p class="personal">
<strong>This page is personal data.</strong> It holds photos, names and ids, and only its owner can read the file.
To delete it, close it and delete the file that the address bar shows, also from the trash, from backups, and
wherever you copied it.</p>
<p id="incomplete" class="warning" hidden>This page is not complete: the run ended before everybody was looked at.</p>
<noscript><p class="warning">To show the photos, this page needs the script that is in it.</p></noscript>
</header>
<main>
<div id="tools" class="tools" role="group" aria-label="Choose and copy" hidden>
<label>Find <input id="search" type="search" placeholder="name or id" autocomplete="off" spellcheck="false"></label>
<label><input id="only-chosen" type="checkbox" autocomplete="off"> Only the chosen</label>
<button id="choose-found" type="button">Choose all found</button>
<button id="choose-none" type="button">Choose none</button>
<button id="copy" type="button" class="main">Copy the chosen ids</button>
<p id="status" role="status"></p>
<nav aria-label="Pages">
<button id="previous" type="button">Previous page</button>
<button id="next" type="button">Next page</button>
</nav>
<textarea id="ids" rows="4" readonly aria-label="The chosen ids" hidden></textarea>
</div>
<ul id="photos" aria-label="Photos"></ul>
<p>To remove the photos of the chosen, save the copied ids as a file, and run
<code>remove-profile-photo ${kind} --from chosen.txt --backup photos</code></p>
</main>
`;
}

/** Returns the data of an entry. */
export function pageEntry({ id, names, notes = [], thumbnail, message }: SheetEntry): string {
  const photo = thumbnail && "bytes" in thumbnail ? thumbnail : undefined;
  const isShown = photo !== undefined && SHOWN_TYPES.includes(photo.contentType);
  const problem = photo
    ? isShown ? null : `Browsers do not show ${photo.contentType}`
    : thumbnail
    ? (thumbnail as { problem: string }).problem
    : message;
  const data = {
    id: printable(id),
    names: names.filter((name) => name !== null).map(printable),
    notes,
    problem: problem ? printable(problem) : null,
    hasPhoto: thumbnail !== null,
  };
  const picture = isShown ? ` data-picture="data:${photo.contentType};base64,${photo.bytes.toBase64()}"` : "";
  return `<script type="application/json" class="entry"${picture}>${dataJson(data)}</script>\n`;
}

/**
 * Returns the page after its last entry.
 *
 * @param counts How many have no photo, and whether the run was stopped.
 */
export const pageEnd = (counts: { withoutPhoto: number; isStopped: boolean }): string =>
  `<script type="application/json" id="end">${dataJson(counts)}</script>\n</body>\n</html>\n`;
