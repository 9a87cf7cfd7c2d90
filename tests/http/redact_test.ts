import { redactor } from "../../lib/http/redact.ts";
import { assertEquals } from "../deps/assert.ts";
import { test } from "../support/test.ts";

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
  "a~b\\u002bc\\/d\\u003de\\u0027f \\u0022g\\u0022 \\u00e9\\ud83d\\ude00",
];

test("redactor() replaces a secret in every spelling of URLs, forms and JSON", "none", () => {
  for (const echo of ECHOES) {
    assertEquals(redactor([SECRET])(`100% + <${echo}>, ${echo}`), "100% + <[redacted]>, [redacted]", echo);
  }
});

test("redactor() replaces the whole of a secret that contains another", "none", () => {
  const redact = redactor(["canary-4711", "x canary-4711 y", ""]);
  assertEquals(
    redact("<x canary-4711 y> <x+canary-4711+y> <canary-4711>"),
    "<[redacted]> <[redacted]> <[redacted]>",
  );
});

test("redactor() leaves other text as it is", "none", () => {
  for (const text of ["", "100%", "%zz%", "\\", "\\u12", "a+b", "%c3%28", "%EF%BB%BF", "\\ud800"]) {
    assertEquals(redactor(["canary-4711"])(text), text);
    assertEquals(redactor([])(text), text);
    assertEquals(redactor([""])(text), text);
  }
});
