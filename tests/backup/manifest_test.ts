import { fileName, formatEntry, parseEntry } from "../../lib/backup/manifest.ts";
import type { BackupEntry, Target } from "../../mod.ts";
import { assertEquals, assertMatch } from "../deps/assert.ts";
import { NONE } from "../support/test.ts";

const SHA = "0123456789abcdef".repeat(4);
const ENTRY: BackupEntry = {
  target: { user: "alex@contoso.com" },
  file: "user-alex-contoso-com-01234567-01234567.jpg",
  contentType: "image/jpeg",
  size: 5,
  sha256: SHA,
  time: "2026-01-02T03:04:05.678Z",
};
const FLAT = formatEntry(ENTRY);

const TARGETS: Target[] = ["me", { user: "a#EXT#@b.c" }, { group: "0c000000-0000-4000-8000-000000000001" }];

Deno.test("parseEntry() reads whose photo that of me is, and entries of before that was told", NONE, () => {
  const userId = "0a000000-0000-4000-8000-00000000000a";
  const entry: BackupEntry = { ...ENTRY, target: "me", userId };
  const line = formatEntry(entry);
  assertEquals(parseEntry(JSON.stringify(line)), entry);
  assertEquals(parseEntry(JSON.stringify({ ...line, userId: userId.toUpperCase() })), entry);
  assertEquals(parseEntry(JSON.stringify({ ...line, userId: undefined })), { ...ENTRY, target: "me" });
});

/** What somebody may have changed in a manifest's line. */
const TAMPERED: readonly (readonly [field: string, values: unknown[]])[] = [
  ["file", [
    ..."user-a/b.jpg user-a.b.jpg ../x.jpg .. . /etc/passwd a/b.jpg a\\b.jpg C:\\x.jpg c:x.jpg .hidden -x A.jpg ä.jpg"
      .split(" "),
    ..."manifest.ndjson con nul.jpg user-con.jpg. user-x.jpg:stream user-.jpg USER-X.JPG user-x.html".split(
      " ",
    ),
    ...["", "a\0b.jpg", "a\nb.jpg", "x.jpg\n", `user-${"x".repeat(300)}.jpg`, 5, null, undefined, ["x.jpg"]],
  ]],
  ["sha256", ["", "xyz", SHA.toUpperCase(), SHA.slice(1), SHA + "0", `${SHA}\n`, null, 5]],
  ["size", [0, -1, 1.5, 1e300, "5", null, undefined]],
  ["contentType", [
    ...["", "text/html", "image/", "image/svg+xml; x=y", "image/jpeg\r\nx: y", "image/png\n", null, 5],
  ]],
  ["userId", ["", "adele@contoso.com", null, 5, {}, "0a000000-0000-4000-8000-00000000000a\n"]],
  ["time", ["", "yesterday", 5, null, "2026-01-02T03:04:05Z\n"]],
  ["target", ["", "contact", "team", "__proto__", "constructor", null, 5, { user: "x" }]],
  ["id", ["", "a/b", "../x", "a\nb", null, 5, ["x"], undefined]],
];

Deno.test("parseEntry() takes no line in which something is not as it should be", NONE, () => {
  assertEquals(parseEntry(JSON.stringify(FLAT)), ENTRY);
  for (const [field, values] of TAMPERED) {
    for (const value of values) {
      const line = JSON.stringify({ ...FLAT, [field]: value });
      assertEquals(parseEntry(line), undefined, line);
    }
  }
});

Deno.test("parseEntry() takes nothing that is no entry", NONE, () => {
  const lines = ["", "{", "null", "5", "[]", "{}", '"x"', JSON.stringify(FLAT).slice(0, -1), "\0", "#"];
  for (const line of lines) assertEquals(parseEntry(line), undefined, line);
});

/** Ids that a file system could stumble over. */
const HOSTILE_IDS = [
  ..."CON nul@contoso.com com1.txt a..b ...x $x ~ -rf a'b`c$(d) ÄÖÜ 日本語@contoso.com __proto__ 😀".split(
    " ",
  ),
  ...["a. ", 'a*b?c<d>e|f"g:h', "x".repeat(500), "\u202egpj.exe", "a#EXT#@b.onmicrosoft.com"],
];
const HASHES = HOSTILE_IDS.map((_, at) => String(at).padStart(8, "0") + SHA.slice(8));

Deno.test("fileName() is one of its own for each owner and photo, without regard to case", NONE, () => {
  const names = new Set<string>();
  for (const [at, user] of HOSTILE_IDS.entries()) {
    for (const sha256 of HASHES) {
      for (const contentType of ["image/jpeg", "image/png"]) {
        names.add(fileName({ ...ENTRY, target: { user }, sha256, contentType }, HASHES[at]!).toLowerCase());
      }
    }
  }
  assertEquals(names.size, HOSTILE_IDS.length * HASHES.length * 2);
});

Deno.test("fileName() says what it is, and whose", NONE, () => {
  const rows: [Target, string, RegExp][] = [
    ["me", "image/jpeg", /^me-[0-9a-f]{8}-[0-9a-f]{16}\.jpg$/],
    [{ user: "Alex.W@contoso.com" }, "image/png", /^user-alex-w-contoso-com-[0-9a-f]{8}-[0-9a-f]{16}\.png$/],
    [TARGETS[2]!, "image/gif", /^group-0c000000-0000-4000-8000-000000000001-[0-9a-f]{8}-[0-9a-f]{16}\.gif$/],
    [TARGETS[2]!, "image/x-unknown", /\.img$/],
  ];
  for (const [target, contentType, form] of rows) {
    assertMatch(fileName({ ...ENTRY, target, contentType }, SHA), form);
  }
});
