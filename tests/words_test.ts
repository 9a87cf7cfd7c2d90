import { assert, assertEquals } from "./deps/assert.ts";

const ROOT = new URL("../", import.meta.url);

/** What no text of ours says: British spellings, turns that are translated, other words for what has a name. */
const NOT_OURS: readonly RegExp[] = [
  /\b(colour|behaviour|honour|favour|whilst|amongst|grey)\w*/i,
  /\b\w*(organis|recognis|normalis|initialis|authoris|summaris|utilis)(e|ed|es|ing|ation)\b/i,
  /\b(cancelled|cancelling|labelled|labelling|travelled|licence)\b/i,
  /\bas there (is|are) (no|none)\b/i,
  /\b(is|are) to be (kept|read|sent|done|taken|used|put|continued|removed)\b/i,
  /\b(what|who|which) is (read|sent|kept|taken) of\b/i,
  /\b(thereby|hereby|thereof|whereof|leverage|utilize)\b/i,
  /\b(avatar|profile image)s?\b/i,
  /^(<{7}|>{7}) /, // what a merge leaves
];

/** Quotes Microsoft, in Microsoft's words. */
const QUOTES = ["lib/emulator/entra/entra_error.ts"];

function files(folder: string): string[] {
  return [...Deno.readDirSync(new URL(folder, ROOT))].flatMap(({ name, isDirectory }) =>
    isDirectory ? files(`${folder}${name}/`) : [`${folder}${name}`]
  );
}

Deno.test("code, help, messages and pages are written in our words", { permissions: { read: true } }, () => {
  const texts = ["README.md", "mod.ts", "cli.ts", ...["lib/", "docs/", ".github/"].flatMap(files)]
    .filter((path) => /\.(ts|md|yml|ps1|psm1|psd1)$/.test(path) && !QUOTES.includes(path));
  assert(texts.length > 150, `${texts.length} files`);
  const found = texts.flatMap((path) =>
    Deno.readTextFileSync(new URL(path, ROOT)).split("\n").flatMap((line, at) => {
      const word = NOT_OURS.map((pattern) => pattern.exec(line)?.[0]).find((match) => match !== undefined);
      return word === undefined ? [] : [`${path}:${at + 1}: ${word}`];
    })
  );
  assertEquals(found, []);
});
