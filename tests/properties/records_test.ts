import { fileName, formatEntry, parseEntry } from "../../lib/backup/manifest.ts";
import { readFinishedTargets } from "../../lib/report.ts";
import { outcomeResult, toRecord } from "../../lib/result.ts";
import { parseTarget, photoPath } from "../../lib/target.ts";
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
import { FILES, fileTest, inTemporaryFolder } from "../support/temporary.ts";
import { anyText, damaged, jsonText, textOf } from "./hostile.ts";
import { property } from "./property.ts";

/** A result with nothing in it but the outcome. */
const emptyResult = (target: Target, outcome: Outcome) => outcomeResult(target, outcome, null) as PhotoResult;

const GUID = fc.uuid();
const ID = fc.oneof(
  textOf([
    "a",
    "Z",
    "@b.c",
    "#EXT#",
    "'",
    "$",
    ".",
    "-",
    "é",
    "😀",
    "ß",
    "__proto__",
    "CON",
    "nul",
    "me",
    ":",
  ], 6),
  anyText(6),
).map((id) => id || "x").filter((id) => {
  try {
    return parseTarget({ user: id }) !== undefined;
  } catch {
    return false;
  }
});
const TARGET: fc.Arbitrary<Target> = fc.oneof(
  fc.constant<Target>("me"),
  ID.map((user) => ({ user })),
  GUID.map((group) => ({ group })),
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

property("parseEntry() reads every entry back, and its file name is safe everywhere", ENTRY, (entry) => {
  assertEquals(parseEntry(JSON.stringify(formatEntry(entry))), entry);
  assertMatch(entry.file, /^(me|user|group)-[a-z0-9-]{1,100}\.(jpg|png|gif|img)$/);
  assert(entry.file.length < 120, entry.file);
});

const LINE = ENTRY.map((entry) => JSON.stringify(formatEntry(entry)));
/** The line of an entry with one member replaced. */
const CHANGED = fc.tuple(
  LINE,
  fc.constantFrom("target", "id", "file", "contentType", "size", "sha256", "time"),
  fc.oneof(
    jsonText(),
    fc.constantFrom('"../x"', '"/etc/passwd"', '"c:x"', '"me"', '"group"', '"a/b"', "1e9", "-1"),
  ),
).map(([line, name, value]) => `${line.slice(0, -1)},"${name}":${value}}`);

property(
  "parseEntry() returns only entries that are safe to use, whatever a line was changed to",
  fc.oneof(CHANGED, damaged(LINE), jsonText(["target", "id", "file", "size"]), anyText(20)),
  (line) => {
    const entry = parseEntry(line);
    if (!entry) return;
    const { target, file, contentType, size, sha256, time, ...more } = entry;
    assertEquals(more, {});
    assertEquals(parseTarget(target), target);
    assert(photoPath(target).split("/").length <= 4, photoPath(target));
    assertMatch(file, /^[a-z0-9][a-z0-9._-]*$/);
    assertMatch(`${contentType} ${sha256} ${time}`, /^image\/[\w.+-]+ [0-9a-f]{64} [\dT:.-]+Z$/);
    assert(Number.isSafeInteger(size) && size > 0, String(size));
  },
);

const OUTCOMES: readonly Outcome[] = [
  "removed",
  "absent",
  "planned",
  "restored",
  "declined",
  "failed",
  "notAttempted",
];
const RESULT: fc.Arbitrary<PhotoResult> = fc.record({
  target: TARGET,
  outcome: fc.constantFrom(...OUTCOMES),
  message: fc.option(anyText()),
  durationMs: fc.double({ min: 0, max: 1e9, noNaN: true }),
}).map(({ target, outcome, ...more }) => ({ ...emptyResult(target, outcome), ...more }) as PhotoResult);

/** Lines that are not records of finished targets. */
const GARBAGE = fc.oneof(anyText(20), jsonText(["target", "id", "outcome"], ['"user"', '"failed"'])).map((
  text,
) => text.replace(/[\r\n]+/g, " ")).filter((text) => !/removed|absent|\\/.test(text));

const isDone = ({ outcome }: PhotoResult) => outcome === "removed" || outcome === "absent";
const sameTarget = (one: Target, other: Target) =>
  JSON.stringify(one).toLowerCase() === JSON.stringify(other).toLowerCase();

let path = "";
const withFile = {
  permissions: FILES,
  around: (run: () => Promise<void>) =>
    inTemporaryFolder(async (folder) => {
      path = `${folder}/run.ndjson`;
      await run();
    }),
};

property(
  "readFinishedTargets() reads every complete line, whatever is between them and wherever the last one ends",
  fc.tuple(
    fc.array(fc.tuple(RESULT, GARBAGE), { maxLength: 6 }),
    fc.nat(),
    fc.boolean(),
    fc.array(RESULT, { maxLength: 3 }),
    TARGET,
  ),
  async ([lines, at, isAtEnd, more, other]) => {
    const encoder = new TextEncoder();
    const first = encoder.encode(`${JSON.stringify(toRecord(emptyResult("me", "failed")))}\n`); // it is a report
    const pieces = lines.map(([result, garbage]) => [
      encoder.encode(`${garbage}\n`),
      encoder.encode(`${JSON.stringify(toRecord(result))}\n`),
    ]).flat();
    const bytes = new Uint8Array(pieces.flatMap((piece) => [...piece]));
    const anywhere = at % (bytes.length + 1);
    const end = isAtEnd ? Math.max(bytes.indexOf(10, anywhere), 0) : anywhere;
    await Deno.writeFile(path, new Uint8Array([...first, ...bytes.subarray(0, end)]));
    let length = 0;
    const whole = pieces.map((piece) => (length += piece.length) - 1 <= end); // also without its line end
    const results = lines.map(([result]) => result).filter((_, index) => whole[index * 2 + 1]);

    let isFinished = await readFinishedTargets(path);
    const check = (known: readonly PhotoResult[]) => {
      for (
        const target of [
          ...lines.map(([{ target }]) => target),
          ...more.map(({ target }) => target),
          other,
        ]
      ) {
        const expected = known.some((result) => isDone(result) && sameTarget(result.target, target));
        assertEquals(isFinished(target), expected, JSON.stringify(target));
      }
    };
    check(results);
    {
      await using report = await openReport(path);
      await Promise.all(more.map(report.add));
    }
    isFinished = await readFinishedTargets(path);
    check([...results, ...more]);
  },
  withFile,
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

fileTest("a report that ends at any byte can be read and appended to", async (folder) => {
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
    const isFinished = await readFinishedTargets(path);
    assertEquals([FIRST, LAST, NEXT].map(isFinished), [true, isWhole, true], `${bytes.length} bytes`);
  }
});

fileTest("a manifest that ends at any byte can be read and appended to", async (folder) => {
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
});
