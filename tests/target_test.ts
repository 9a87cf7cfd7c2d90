import {
  describeTarget,
  isGuid,
  parseTarget,
  photoPath,
  type Target,
  targetKey,
  toKindAndId,
  unsupportedKind,
} from "../lib/target.ts";
import { assert, assertEquals, assertThrows } from "./deps/assert.ts";
import { test } from "./support/test.ts";

const GUID = "0a000000-0000-4000-8000-00000000000a";

const PATHS: readonly [Target, string][] = [
  ["me", "/me/photo"],
  [{ user: GUID }, `/users/${GUID}/photo`],
  [{ user: GUID.toUpperCase() }, `/users/${GUID.toUpperCase()}/photo`],
  [{ user: "adele@contoso.com" }, "/users/adele@contoso.com/photo"],
  [{ user: "p_fabrikam.com#EXT#@contoso.com" }, "/users/p_fabrikam.com%23EXT%23@contoso.com/photo"],
  [{ user: "miriam.o'neil@contoso.com" }, "/users/miriam.o'neil@contoso.com/photo"],
  [{ user: "$desk@contoso.com" }, "/users('$desk@contoso.com')/photo"],
  [{ user: "$o'neil@contoso.com" }, "/users('$o''neil@contoso.com')/photo"],
  [{ user: "$a#b'@contoso.com" }, "/users('$a%23b''@contoso.com')/photo"],
  [{ user: "a$b@contoso.com" }, "/users/a$b@contoso.com/photo"],
  [{ user: "a'.-_!#^~b@contoso.com" }, "/users/a'.-_!%23%5E~b@contoso.com/photo"],
  [{ user: "jörg@contoso.com" }, "/users/j%C3%B6rg@contoso.com/photo"],
  [{ user: "a+b&c=d;e@contoso.com" }, "/users/a%2Bb%26c%3Dd%3Be@contoso.com/photo"],
  [{ user: "…" }, "/users/%E2%80%A6/photo"],
  [{ user: "..." }, "/users/.../photo"],
  [{ group: GUID }, `/groups/${GUID}/photo`],
];

const fromJson = (text: string): unknown => JSON.parse(text);

/** What no caller's types would let through, or no directory holds; and what the refusal has to say. */
const REFUSED: readonly [unknown, string][] = [
  ...["", "a/b", "a\\b", "a?b", "a%b", "%2e%2e", "..", "."].map((
    id,
  ): [unknown, string] => [{ user: id }, "its id must"]),
  ...["\0", "\n", "\r\n", "\x1b[2J", "\x7f", "\x85", "\u2028", "\u2029"].map(
    (char): [unknown, string] => [{ user: `a${char}b@contoso.com` }, "control characters"],
  ),
  ...[" ", "\u00a0", "\u3000", "\ufeff"].map(
    (char): [unknown, string] => [{ user: `a${char}b@contoso.com` }, "white space"],
  ),
  ...["\ud800", "\udc00", "a\ud83dz"].map((id): [unknown, string] => [{ user: id }, "well-formed Unicode"]),
  ...[undefined, null, 5, NaN, 5n, true, [], ["a"], {}, () => "a", new Date(NaN)].map(
    (id): [unknown, string] => [{ user: id }, "must be a string"],
  ),
  [{ user: Symbol("a") }, "must be a string"],
  ...["marketing", "marketing@contoso.com", `${GUID}x`, `{${GUID}}`, GUID.replaceAll("-", "")].map(
    (id): [unknown, string] => [{ group: id }, "is not a group id. Groups are identified by their object id"],
  ),
  [{ group: "" }, "must not be empty"],
  ...[undefined, null, "", "Me", "ME", "users", 5, NaN, true, Symbol("me"), [], ["me"], {}, () => "me"].map(
    (target): [unknown, string] => [target, 'must be "me", { user: id } or { group: id }'],
  ),
  [{ me: true }, "an object with me"],
  [{ User: GUID }, "an object with User"],
  [{ user: GUID, group: GUID }, "an object with user, group"],
  [fromJson(`{"__proto__":{"user":"${GUID}"}}`), "an object with __proto__"],
  [fromJson(`{"__proto__":"${GUID}"}`), "an object with __proto__"],
  [fromJson(`{"constructor":"${GUID}"}`), "an object with constructor"],
  [Object.create({ user: GUID }), 'must be "me"'],
  [{ contact: GUID }, "not Outlook contact photos"],
  [{ team: GUID }, "not Teams photos"],
];

test("photoPath() keeps each id in its own path segment, in the form that Graph takes", "none", () => {
  for (const [target, path] of PATHS) assertEquals(photoPath(parseTarget(target)), path);
});

test("parseTarget() returns what it was given, as an object of its own", "none", () => {
  for (const [target] of PATHS) {
    const parsed = parseTarget(target);
    assertEquals(parsed, target);
    assert(target === "me" || parsed !== target);
  }
});

test("parseTarget() throws a TypeError that says why for everything that is no target", "none", () => {
  for (const [value, reason] of REFUSED) assertThrows(() => parseTarget(value), TypeError, reason);
});

test("parseTarget() throws a TypeError even for values that cannot be shown", "none", () => {
  const thrower = () => {
    throw new Error("not to be called");
  };
  for (const id of [Object.create(null), { toString: thrower }, { [Symbol.toPrimitive]: thrower }]) {
    assertThrows(() => parseTarget({ user: id }), TypeError);
    assertThrows(() => parseTarget(id), TypeError);
  }
});

test("parseTarget() does not repeat more than a line of what it refuses", "none", () => {
  const { message } = assertThrows(() => parseTarget({ user: `${"x".repeat(100_000)}/` }), TypeError);
  assert(message.length < 300, `the message has ${message.length} characters`);
});

/** The id that stands in a path, by the rules of OData rather than by those of the code under test. */
function idIn(path: string): string {
  const plain = /^\/v1\.0\/users\/([^/]+)\/photo$/.exec(path)?.[1];
  if (plain !== undefined) return decodeURIComponent(plain);
  const quoted = /^\/v1\.0\/users\('([^/]+)'\)\/photo$/.exec(path)?.[1];
  assert(quoted !== undefined, `no id in ${path}`);
  const key = decodeURIComponent(quoted);
  assert(!key.replaceAll("''", "").includes("'"), `an apostrophe ends the key in ${path}`);
  return key.replaceAll("''", "'");
}

function* idsToTry(): Generator<string> {
  const characters = Array.from({ length: 0x2100 }, (_, code) => String.fromCodePoint(code));
  for (
    const char of [...characters, "\ud7ff", "\ud800", "\udfff", "\ue000", "\uffff", "\u{1f600}", "\u{10ffff}"]
  ) {
    yield* [char, `a${char}b@contoso.com`, `$${char}`, `${char}${char}.`];
  }
  const special = [
    "$",
    "'",
    "#",
    "@",
    ".",
    "(",
    ")",
    "*",
    "!",
    "~",
    "&",
    "+",
    ";",
    ",",
    ":",
    "=",
    '"',
    "<",
    "|",
    "`",
  ];
  for (const first of special) {
    for (const second of special) yield* special.map((third) => first + second + third);
  }
}

test(
  "photoPath() gives every id that is accepted back from its URL, and nothing else changes",
  "none",
  () => {
    let accepted = 0;
    for (const id of idsToTry()) {
      let target: Target;
      try {
        target = parseTarget({ user: id });
      } catch (error) {
        assert(error instanceof TypeError);
        continue;
      }
      accepted++;
      const url = new URL(`https://graph.example/v1.0${photoPath(target)}`);
      assertEquals([idIn(url.pathname), url.search, url.hash, url.host], [id, "", "", "graph.example"]);
      assert(!id.startsWith("$") || url.pathname.startsWith("/v1.0/users('"), url.pathname);
    }
    assert(accepted > 10_000, `${accepted} ids were accepted`);
  },
);

test("a target has a kind and id, a key without regard to case, and a description", "none", () => {
  const named = [
    ["me", "me", null, "me:", "the signed-in user"],
    [{ user: "A@b.c" }, "user", "A@b.c", "user:a@b.c", "user A@b.c"],
    [
      { group: GUID.toUpperCase() },
      "group",
      GUID.toUpperCase(),
      `group:${GUID}`,
      `group ${GUID.toUpperCase()}`,
    ],
  ] as const;
  for (const [target, kind, id, key, words] of named) {
    assertEquals(toKindAndId(target), { kind, id });
    assertEquals([targetKey(target), describeTarget(target)], [key, words]);
  }
});

test("isGuid() knows a GUID in either case, and nothing around one", "none", () => {
  for (const guid of [GUID, GUID.toUpperCase()]) assert(isGuid(guid));
  for (const text of ["", `${GUID}0`, ` ${GUID}`, `${GUID}\n`, GUID.replace("a", "g")]) {
    assert(!isGuid(text), text);
  }
});

test("unsupportedKind() gives a reason for contact and team alone", "none", () => {
  for (const kind of ["contact", "team"]) assert(unsupportedKind(kind)?.includes("not"), kind);
  for (const kind of ["user", "me", "", "__proto__", "constructor", "toString"]) {
    assertEquals(unsupportedKind(kind), undefined);
  }
});
