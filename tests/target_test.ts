import {
  describeTarget,
  isGuid,
  parseTarget,
  photoPath,
  shownId,
  type Target,
  targetKey,
  toKindAndId,
  unsupportedKind,
} from "../lib/target.ts";
import { assert, assertEquals, assertThrows } from "./deps/assert.ts";
import { NONE } from "./support/test.ts";

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
  [{ user: "a+b&c=d@contoso.com" }, "/users/a%2Bb%26c%3Dd@contoso.com/photo"],
  [{ user: "…@contoso.com" }, "/users/%E2%80%A6@contoso.com/photo"],
  [{ user: "..@.." }, "/users/..@../photo"],
  [{ user: "o’neil@contoso.com" }, "/users/o%E2%80%99neil@contoso.com/photo"],
  [{ group: GUID }, `/groups/${GUID}/photo`],
];

/** Values that are refused, by the reason. */
const refused = (make: (value: unknown) => unknown, values: Record<string, unknown[]>) =>
  Object.entries(values).flatMap(([reason, each]) =>
    each.map((value): [unknown, string] => [make(value), reason])
  );
const fromJson = (text: string): unknown => JSON.parse(text);

/** What no caller's types would let through, or no directory holds; and what the refusal has to say. */
const REFUSED: readonly [unknown, string][] = [
  ...refused((user) => ({ user }), {
    "must not be empty": [""],
    "must not contain any of": [
      ...["a/b@c", "a\\b@c", "a?b@c", "a%b@c", "%2e%2e@c", "a,b@c", "a;b@c", "a@c:7", "a|b@c"],
      ...["<a@c", 'a"b@c', "(a)@c"],
    ],
    "Users are identified by their object id (a GUID) or userPrincipalName": [
      ...["..", ".", "me", "alex", "a@", "@b.c", "a@b@c", "1001", `{${GUID.slice(1)}}`, "$desk", "null", "-"],
    ],
    "must not be quoted twice": ["''a@b.c''", "\u2018'a@b.c'\u2019"],
    "must not have more than 1,024 characters": [`${"a".repeat(1020)}@b.cd`],
    "well-formed Unicode": ["\ud800@b", "\udc00@b", "a\ud83dz@b"],
    "must be a string": [undefined, null, 5, NaN, 5n, true, [], ["a"], {}, () => "a", Symbol("a")],
  }),
  ...refused((char) => ({ user: `a${char}b@contoso.com` }), {
    "control characters": ["\0", "\n", "\r\n", "\x1b[2J", "\x7f", "\x85", "\u2028", "\u2029"],
    "white space": [" ", "\u00a0", "\u3000"],
    "invisible characters, such as U+FEFF": ["\ufeff"],
    "invisible characters, such as U+00AD": ["\u00ad"],
    "invisible characters, such as U+200B": ["\u200b"],
    "invisible characters, such as U+202E": ["\u202e"],
    "invisible characters, such as U+E0061": ["\u{e0061}"],
  }),
  ...refused((group) => ({ group }), {
    "is not a group id. Groups are identified by their object id": [
      ...["marketing", "a/b", "marketing@contoso.com", `${GUID}x`, `{${GUID}}`, GUID.replaceAll("-", "")],
    ],
    "must not be empty": [""],
  }),
  ...refused((target) => target, {
    'must be "me", { user: id } or { group: id }': [
      ...[undefined, null, "", "Me", "ME", "users", 5, NaN, true, Symbol("me"), [], ["me"], {}, () => "me"],
    ],
  }),
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

/** What stands around an id in lists and on command lines. */
const WRAPPINGS: readonly ((id: string) => string)[] = [
  (id) => ` ${id}\t\r\n`,
  (id) => `\ufeff\u200b${id}\u202c\u00ad`,
  (id) => `'${id}'`,
  (id) => `"${id}"`,
  (id) => `\u2018${id}\u2019`,
  (id) => `\u201e${id}\u201c`,
  (id) => `<${id}>`,
  (id) => `mailto:${id}`,
  (id) => `SMTP:${id}`,
  (id) => ` "< mailto:${id} >" `,
];

Deno.test("parseTarget() takes off what stands around an id, and then nothing more", NONE, () => {
  for (
    const id of ["alex@contoso.com", "o'neil@contoso.com", "'a@contoso.com", "$b'@contoso.com", GUID, "é@b"]
  ) {
    for (const wrap of WRAPPINGS) {
      assertEquals<unknown>(parseTarget({ user: wrap(id) }), { user: id }, JSON.stringify(wrap(id)));
      assertEquals<unknown>(parseTarget({ group: wrap(GUID) }), { group: GUID });
    }
  }
});

Deno.test("shownId() shows no other field of a row, and little of anything else", NONE, () => {
  const shown = [
    ["alex@contoso.com,Winter-Pa55word", "alex@contoso.com"],
    ["Alex;alex@contoso.com;Winter-Pa55word", "Alex"],
    ["alex@contoso.com\tWinter", "alex@contoso.com"],
    ["alex@contoso.com|Winter", "alex@contoso.com"],
    ["", ""],
    ["x".repeat(2000), "x".repeat(40)],
    [`${"x".repeat(39)}😀`, `${"x".repeat(39)}\ufffd`],
  ] as const;
  for (const [text, expected] of shown) {
    assertEquals(shownId(text), expected);
    if (expected === text) continue;
    const { message } = assertThrows(() => parseTarget({ user: text }), TypeError);
    assert(message.startsWith(JSON.stringify(`${expected}…`)), message);
  }
});

Deno.test("photoPath() keeps each id in its own path segment, in the form that Graph takes", NONE, () => {
  for (const [target, path] of PATHS) {
    const parsed = parseTarget(target);
    assertEquals([parsed, photoPath(parsed)], [target, path]);
    assert(target === "me" || parsed !== target, "it is an object of its own");
  }
});

Deno.test("parseTarget() throws a TypeError that says why for everything that is no target", NONE, () => {
  for (const [value, reason] of REFUSED) assertThrows(() => parseTarget(value), TypeError, reason);
});

Deno.test("parseTarget() throws a TypeError even for values that cannot be shown", NONE, () => {
  const thrower = () => {
    throw new Error("not to be called");
  };
  for (const id of [Object.create(null), { toString: thrower }, { [Symbol.toPrimitive]: thrower }]) {
    assertThrows(() => parseTarget({ user: id }), TypeError);
    assertThrows(() => parseTarget(id), TypeError);
  }
});

Deno.test("parseTarget() does not repeat more than a line of what it refuses", NONE, () => {
  const { message } = assertThrows(() => parseTarget({ user: `${"x".repeat(100_000)}/` }), TypeError);
  assert(message.length < 300, `the message has ${message.length} characters`);
});

Deno.test("a target has a kind and id, a key without regard to case, and a description", NONE, () => {
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

Deno.test("isGuid() knows a GUID in either case, and nothing around one", NONE, () => {
  for (const guid of [GUID, GUID.toUpperCase()]) assert(isGuid(guid));
  for (const text of ["", `${GUID}0`, ` ${GUID}`, `${GUID}\n`, GUID.replace("a", "g")]) {
    assert(!isGuid(text), text);
  }
});

Deno.test("unsupportedKind() gives a reason for contact and team alone", NONE, () => {
  for (const kind of ["contact", "team"]) assert(unsupportedKind(kind)?.includes("not"), kind);
  for (const kind of ["user", "me", "", "__proto__", "constructor", "toString"]) {
    assertEquals(unsupportedKind(kind), undefined);
  }
});
