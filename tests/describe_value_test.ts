import { describeValue, secretKind, type ValueKind } from "../lib/describe_value.ts";
import { assert, assertEquals, assertMatch } from "./deps/assert.ts";
import { CANARIES } from "./support/secrecy.ts";
import { NONE } from "./support/test.ts";

const KINDS: readonly ValueKind[] = ["name", "number", "id", "path", "url"];

Deno.test("describeValue() shows no secret in place of a name, number, id, path or URL", NONE, () => {
  for (const [what, secret] of Object.entries(CANARIES)) {
    for (const kind of KINDS) {
      for (const value of [secret, ` ${secret}`, `"${secret}"`, `x=${secret}`, `${secret}\n`]) {
        const described = describeValue(value, kind);
        assertMatch(
          described,
          /^\([\d,]+ characters( that look like .+)?\)$/,
          `${what} as ${kind}`,
        );
        assert(!described.includes(secret.slice(0, 12)), `${what} as ${kind}`);
      }
    }
    assert(secretKind(secret) !== undefined, what);
  }
});

const SHOWN: readonly [kind: ValueKind, value: string][] = [
  ["name", ""],
  ["name", "usgvo"],
  ["name", "Adele@contoso.com"],
  ["number", "-5"],
  ["number", "12abc"],
  ["id", "pradeep_fabrikam.com#EXT#@contoso.onmicrosoft.com"],
  ["id", "0c000000-0000-4000-8000-000000000001"],
  ["path", "/home/Adele/Company Photos 2026-Q3/leavers_v2 (final).csv"],
  ["path", "~/.config/app/PROGRA~1/eyJ.txt"],
  ["path", "/var/run/secrets/azure/tokens/azure-identity-token"],
  ["path", "/nix/store/0c5b2f444ya9xlrh9mzxxvh9w5p4ksy7-source/app.pem"],
  ["path", "\\\\server\\share\\Bearer.pem"],
  ["url", "https://graph.microsoft.us/v1.0?x=%20"],
];

Deno.test("describeValue() shows what looks like what belongs there", NONE, () => {
  for (const [kind, value] of SHOWN) {
    assertEquals(describeValue(value, kind), kind === "path" ? `"${value}"` : JSON.stringify(value));
    assertEquals(secretKind(value), undefined, value);
  }
});

Deno.test(
  "describeValue() gives the length of what is too long, and the type of what is no text",
  NONE,
  () => {
    for (const kind of KINDS) {
      assertEquals(describeValue("a ".repeat(1050), kind), "(2,100 characters)");
    }
    assertEquals(describeValue({ eyJ: 1 }, "name"), "(a value of type object)");
    assertEquals(describeValue(null, "name"), "null");
  },
);
