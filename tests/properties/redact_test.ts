import { createRedactor, type Redact } from "../../lib/http/redact.ts";
import { fc } from "../deps/fast_check.ts";
import { assert, assertEquals, assertMatch } from "../deps/assert.ts";
import { anyText } from "./hostile.ts";
import { property } from "./property.ts";

function redactor(secrets: readonly string[]): Redact {
  const { remember, redact } = createRedactor();
  secrets.forEach(remember);
  return redact;
}

const hex = (code: number, digits: number) => code.toString(16).padStart(digits, "0");
const percent = (char: string) =>
  Array.from(new TextEncoder().encode(char), (byte) => `%${hex(byte, 2)}`).join("");
const unicode = (char: string) =>
  Array.from({ length: char.length }, (_, at) => `\\u${hex(char.charCodeAt(at), 4)}`).join("");

/** Ways in which encoders of URLs, forms and JSON write a character. */
const SPELLINGS: readonly ((char: string) => string)[] = [
  (char) => char,
  encodeURIComponent,
  percent,
  (char) => percent(char).toUpperCase(),
  (char) => /[A-Za-z0-9]/.test(char) ? char : percent(char),
  (char) => new URLSearchParams({ "": char }).toString().slice(1),
  (char) => JSON.stringify(char).slice(1, -1),
  (char) => char === "/" ? "\\/" : JSON.stringify(char).slice(1, -1),
  unicode,
  (char) => unicode(char).toUpperCase().replaceAll("\\U", "\\u"),
  (char) => /[A-Za-z0-9]/.test(char) ? char : unicode(char),
];

/** Text of the characters in tokens, and of others that a person could put into a secret. */
const SECRET = fc.string({
  unit: fc.constantFrom(...`abcuXYZ012259-._~+/=%&\\"' é€😀[](){}*?^$|`),
  minLength: 8,
  maxLength: 24,
});

/** A secret and a spelling of it. */
const SPELLED = fc.tuple(SECRET, fc.constantFrom(...SPELLINGS)).map(([secret, spell]) => ({
  secret,
  echoed: Array.from(secret, spell).join(""),
}));

Deno.test(property(
  "redactor() leaves nothing of a secret, however a text spells it",
  fc.tuple(SPELLED, fc.array(anyText(), { minLength: 2, maxLength: 4 }), SECRET),
  ([{ secret, echoed }, around, other]) => {
    const clean = redactor([secret])(around.join(`<${echoed}>`));
    assert(!clean.includes(echoed) && !clean.includes(secret), "it is still there");
    for (const secrets of [[secret], ["", secret, other], [secret, `${secret}more`]]) {
      assertMatch(redactor(secrets)(`<${echoed}>`), /^<\\*\[redacted\]\\*>$/); // an extra backslash reveals nothing
    }
    assertMatch(redactor([secret, `${secret}more`])(`<${echoed}more>`), /^<\\*\[redacted\]>$/);
  },
));

Deno.test(property(
  "redactor() leaves a text without secrets as it is",
  fc.tuple(fc.array(SECRET, { maxLength: 3 }), anyText(30)),
  ([secrets, text]) => {
    const isFree = secrets.every((secret) =>
      /[A-Za-z0-9]/.exec(secret)?.every((char) => !text.includes(char))
    );
    if (isFree) assertEquals(redactor(["", ...secrets])(text), text);
  },
));
