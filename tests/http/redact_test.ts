import { createRedactor, type Redact, redactCause, rememberSecret } from "../../lib/http/redact.ts";
import { assert, assertEquals, assertStringIncludes } from "../deps/assert.ts";
import { everythingShown } from "../support/secrecy.ts";
import { NONE } from "../support/test.ts";

function redactorOf(secrets: readonly string[]): Redact {
  const { remember, redact } = createRedactor();
  secrets.forEach(remember);
  return redact;
}

const SECRET = `a~b+c/d=e'f "g" é😀`;

/** The secret in the spellings of various encoders. */
const ECHOES = [
  SECRET,
  encodeURIComponent(SECRET),
  encodeURIComponent(SECRET).replace(/%../g, (byte) => byte.toLowerCase()),
  encodeURIComponent(SECRET).replace(/[~']/g, (char) => `%${char.charCodeAt(0).toString(16)}`),
  new URLSearchParams({ "": SECRET }).toString().slice(1),
  JSON.stringify(SECRET).slice(1, -1),
  JSON.stringify(SECRET).slice(1, -1).replaceAll("/", "\\/"),
  "a~b\\u002Bc/d=e\\u0027f \\u0022g\\u0022 \\u00E9\\uD83D\\uDE00", // as .NET does
  "a~b&#43;c/d=e&#x27;f &quot;g&quot; &#xE9;&#128512;", // of HTML
  encodeURIComponent(JSON.stringify(JSON.stringify(SECRET)).slice(3, -3)), // several of them
  "a~b\\u002bc\\/d\\u003de\\u0027f \\u0022g\\u0022 \\u00e9\\ud83d\\ude00",
];

Deno.test("redact() replaces a secret in every spelling of URLs, forms, JSON and HTML", NONE, () => {
  for (const echo of ECHOES) {
    assertEquals(redactorOf([SECRET])(`100% + <${echo}>, ${echo}`), "100% + <[redacted]>, [redacted]", echo);
  }
});

const TOKEN = "k9Zp-3vQ7xLm_2RtYw8sDfGh5JbNc4Ae";

Deno.test("redact() replaces what is part of a base64 text, at each offset", NONE, () => {
  const encode = (text: string) => new TextEncoder().encode(text).toBase64();
  for (const before of ["", "a", "ab"]) {
    for (const after of ["", ":x", ":xy", ":xyz"]) {
      const clean = redactorOf([TOKEN])(`Basic ${encode(before + TOKEN + after)}.`);
      assert(clean.length < 32 && clean.startsWith("Basic ") && clean.endsWith("."), clean);
    }
  }
});

Deno.test("redact() replaces each part of 12 characters, and leaves shorter ones", NONE, () => {
  const redact = redactorOf([TOKEN]);
  for (let length = 1; length <= TOKEN.length; length++) {
    for (let at = 0; at + length <= TOKEN.length; at++) {
      const clean = redact(`<${TOKEN.slice(at, at + length)}>`);
      if (length >= 12) assert(/^<.?\[redacted\].?>$/.test(clean), clean);
      if (length < 11) assertEquals(clean, `<${TOKEN.slice(at, at + length)}>`);
    }
  }
});

Deno.test("redact() replaces a secret of hexadecimal digits in a text of nothing else", NONE, () => {
  const secret = "0c0ffee1-2345-4678-9abc-def012345678";
  for (const text of [secret, secret.slice(3, 15), `deadbeef-${secret}`]) {
    assertStringIncludes(redactorOf([TOKEN, secret])(text), "[redacted]");
  }
});

Deno.test("redact() knows hundreds of secrets", NONE, () => {
  const secrets = Array.from({ length: 1000 }, (_, at) => `secret-number-${at}-${TOKEN}`);
  const { remember, redact } = createRedactor();
  for (const secret of secrets) remember(secret);
  for (const secret of secrets.slice(-200)) assertEquals(redact(secret), "[redacted]");
});

Deno.test("redact() replaces what looks like a secret that it does not know", NONE, () => {
  const key = `-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----`;
  for (const secret of [`eyJhbGciOi.${TOKEN}.x`, `abc8Q~${TOKEN}`, key, `MIIK${"Ab1/".repeat(40)}==`]) {
    assertEquals(redactorOf([])(`It is "${secret}" here.`), 'It is "[redacted]" here.');
  }
});

Deno.test("redact() replaces the whole of a secret that contains another", NONE, () => {
  const redact = redactorOf(["canary-4711", "x canary-4711 y", ""]);
  assertEquals(
    redact("<x canary-4711 y> <x+canary-4711+y> <canary-4711>"),
    "<[redacted]> <[redacted]> <[redacted]>",
  );
});

Deno.test("redact() leaves other text as it is", NONE, () => {
  for (
    const text of ["", "100%", "%zz%", "\\", "\\u12", "a+b", "%c3%28", "%EF%BB%BF", "\\ud800", "&#0;", "&x;"]
  ) {
    assertEquals(redactorOf(["canary-4711"])(text), text);
    assertEquals(redactorOf([])(text), text);
    assertEquals(redactorOf([""])(text), text);
  }
});

Deno.test("redact() returns at most 32,768 characters of a text", NONE, () => {
  for (const secrets of [[], [TOKEN]]) assert(redactorOf(secrets)("a ".repeat(2 ** 20)).length < 2 ** 15 + 2);
});

const CANARY = "canary-of-a-cause-4711";

/** Causes that show a canary in one of the ways of printing or logging them. */
const CAUSES: Readonly<Record<string, () => unknown>> = {
  "a message": () => new TypeError(`sent ${CANARY}`),
  "a message, encoded": () => new TypeError(`sent ${encodeURIComponent(JSON.stringify({ a: CANARY }))}`),
  "a name": () => Object.assign(new Error("no"), { name: CANARY }),
  "a stack": () => Object.assign(new Error("no"), { stack: `Error: no\n at ${CANARY}` }),
  "a property": () => Object.assign(new Error("no"), { config: { headers: { authorization: CANARY } } }),
  "a name of a property": () => Object.assign(new Error("no"), { [CANARY]: 1 }),
  "headers": () => Object.assign(new Error("no"), { headers: new Headers({ authorization: CANARY }) }),
  "a request": () =>
    Object.assign(new Error("no"), { request: new Request("https://a.example", { headers: { a: CANARY } }) }),
  "a hidden property": () => Object.defineProperty(new Error("no"), "hidden", { value: [CANARY] }),
  "bytes": () => Object.assign(new Error("no"), { body: new Map([[1, CANARY]]) }),
  "a cause": () => new Error("no", { cause: new Error("why", { cause: new Error(CANARY) }) }),
  "several errors": () => new AggregateError([new Error("one"), new Error(CANARY)], "no"),
  "no error": () => ({ message: CANARY }),
  "a text": () => CANARY,
  "a text with a method": () => ({ toString: () => CANARY }),
  "what cannot be printed": () => Object.create(null, { x: { get: () => CANARY, enumerable: true } }),
};

Deno.test("redactCause() returns a cause without secrets, with its message", NONE, () => {
  rememberSecret(CANARY);
  for (const [what, make] of Object.entries(CAUSES)) {
    const kept = redactCause(make());
    assert(!everythingShown(kept).includes(CANARY), what);
    if (kept instanceof Error) assert(/no|sent/.test(kept.message), what);
  }
});

Deno.test("redactCause() returns a cause without secrets as it is", NONE, () => {
  const circle = new Error("a");
  circle.cause = circle;
  const causes = [new TypeError("a", { cause: new DOMException("b") }), circle, "text", 5, null, undefined, {
    a: [1],
  }];
  for (const cause of causes) assert(redactCause(cause) === cause);
});
