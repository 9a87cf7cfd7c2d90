import { fileName, formatEntry, parseEntry } from "../../lib/backup/manifest.ts";
import { readReport } from "../../lib/report.ts";
import { outcomeResult, toRecord } from "../../lib/result.ts";
import { parseTarget } from "../../lib/target.ts";
import {
  type BackupEntry,
  openFolderBackup,
  openReport,
  type Outcome,
  type PhotoResult,
  type Target,
} from "../../mod.ts";
import { fc } from "../deps/fast_check.ts";
import { assert, assertEquals, assertMatch } from "../deps/assert.ts";
import { fileTest } from "../support/temporary.ts";
import { anyText, textOf } from "./hostile.ts";
import { property } from "./property.ts";

const emptyResult = (target: Target, outcome: Outcome) => outcomeResult(target, outcome, null) as PhotoResult;

const GUID = fc.uuid();
const isUser = (id: string) => {
  try {
    return (parseTarget({ user: id }) as { user: string }).user === id;
  } catch {
    return false;
  }
};
/** Half a userPrincipalName that is hard to write into a record or a file's name. */
const PART = fc.oneof(
  textOf("a Z #EXT# ' $ . - é 😀 ß __proto__ CON nul me".split(" "), 6),
  anyText(6).map((text) => text.replaceAll("@", "")),
).map((part) => isUser(`${part}@b.c`) ? part : "x");
const ID = fc.oneof(GUID, fc.tuple(PART, PART).map((parts) => parts.join("@")).filter(isUser));
const TARGET: fc.Arbitrary<Target> = fc.oneof(
  fc.constant<Target>("me"),
  ID.map((user) => ({ user })),
  fc.uuid().map((group) => ({ group })),
);

const SHA256 = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => bytes.toHex());
const ENTRY: fc.Arbitrary<BackupEntry> = fc.record({
  target: TARGET,
  contentType: fc.constantFrom("image/jpeg", "image/png", "image/gif", "image/x-icon", "image/vnd.ms-photo"),
  size: fc.integer({ min: 1, max: 8 * 2 ** 20 }),
  sha256: SHA256,
  time: fc.date({ min: new Date(0), max: new Date(253402300799999), noInvalidDate: true }).map((at) =>
    at.toISOString()
  ),
  owner: SHA256,
}).map(({ owner, ...entry }) => ({ ...entry, file: fileName(entry, owner) }));

Deno.test(
  property("parseEntry() reads every entry back, and its file name is safe everywhere", ENTRY, (entry) => {
    assertEquals(parseEntry(JSON.stringify(formatEntry(entry))), entry);
    assertMatch(entry.file, /^(me|user|group)-[a-z0-9-]{1,100}\.(jpg|png|gif|img)$/);
    assert(entry.file.length < 120, entry.file);
  }),
);

const FIRST = { user: "müller@contoso.com" };
const LAST = { user: "😀#EXT#@contoso.com" };
const NEXT = { user: "next@contoso.com" };

/** Yields the beginnings of a file that end in its last line, and whether that line is complete except for its end. */
function* brokenOff(bytes: Uint8Array): Generator<[Uint8Array, boolean]> {
  for (let end = bytes.indexOf(10) + 1; end <= bytes.length; end++) {
    yield [bytes.subarray(0, end), end >= bytes.length - 1];
  }
}

Deno.test(fileTest("a report that ends at any byte can be read and appended to", async (folder) => {
  const path = `${folder}/run.ndjson`;
  const lines = [FIRST, LAST].map((target) =>
    JSON.stringify(toRecord(emptyResult(target, "removed"))) + "\n"
  );
  for (const [bytes, isWhole] of brokenOff(new TextEncoder().encode(lines.join("")))) {
    await Deno.writeFile(path, bytes);
    {
      await using report = await openReport(path);
      await report.add(emptyResult(NEXT, "absent"));
    }
    const { isFinished } = await readReport(path);
    assertEquals([FIRST, LAST, NEXT].map(isFinished), [true, isWhole, true], `${bytes.length} bytes`);
  }
}));

Deno.test(fileTest("a manifest that ends at any byte can be read and appended to", async (folder) => {
  const photo = Uint8Array.of(1, 2, 3);
  const entry = {
    contentType: "image/png",
    size: 3,
    sha256: "00".repeat(32),
    time: "2026-01-02T03:04:05.678Z",
  };
  {
    await using backup = await openFolderBackup(folder);
    for (const target of [FIRST, LAST]) await backup.save({ target, ...entry }, photo);
  }
  const manifest = `${folder}/manifest.ndjson`;
  for (const [bytes, isWhole] of brokenOff(await Deno.readFile(manifest))) {
    await Deno.writeFile(manifest, bytes);
    await using backup = await openFolderBackup(folder);
    await backup.save({ target: NEXT, ...entry }, photo);
    const found = (await Array.fromAsync(backup.entries())).map(({ target }) => target);
    assertEquals<Target[]>(found, [FIRST, ...isWhole ? [LAST] : [], NEXT], `${bytes.length} bytes`);
  }
}));
