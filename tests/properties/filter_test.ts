import type { User } from "../../lib/emulator/mod.ts";
import { parseFilter } from "../../lib/emulator/graph/filter.ts";
import { GraphHttpError } from "../../lib/emulator/graph/graph_http_error.ts";
import { fc } from "../deps/fast_check.ts";
import { assert, assertEquals } from "../deps/assert.ts";
import { anyText, damaged, textOf } from "./hostile.ts";
import { property } from "./property.ts";

/** A filter as text, and whether it matches a user. */
interface Expression {
  text: string;
  matches: (user: User) => boolean;
}

const DEPARTMENTS = ["Sales", "O'Neil''s", "and", "", "(é)"];
const quoted = (text: string) => `'${text.replaceAll("'", "''")}'`;
const department = (user: User) => user.department?.toLowerCase() ?? null;

const COMPARISON: fc.Arbitrary<Expression> = fc.oneof(
  fc.tuple(fc.constantFrom("eq", "ne"), fc.boolean()).map(([operator, value]) => ({
    text: `accountEnabled ${operator} ${value}`,
    matches: ({ accountEnabled = true }: User) => (accountEnabled === value) === (operator === "eq"),
  })),
  fc.constantFrom(...DEPARTMENTS).map((value) => ({
    text: `startsWith(department,${quoted(value)})`,
    matches: (user: User) => department(user)?.startsWith(value.toLowerCase()) ?? false,
  })),
  fc.subarray(DEPARTMENTS, { minLength: 1 }).map((values) => ({
    text: `department in (${values.map(quoted)})`,
    matches: (user: User) => values.some((value) => value.toLowerCase() === department(user)),
  })),
);

const { expression } = fc.letrec<{ expression: Expression; part: Expression }>((tie) => ({
  expression: fc.tuple(fc.constantFrom("and", "or"), fc.array(tie("part"), { minLength: 1, maxLength: 4 }))
    .map(
      ([word, parts]) => ({
        text: parts.map(({ text }) => text).join(` ${word} `),
        matches: (user) => {
          const found = parts.filter(({ matches }) => matches(user)).length;
          return word === "and" ? found === parts.length : found > 0;
        },
      }),
    ),
  part: fc.oneof(
    { maxDepth: 4 },
    COMPARISON,
    tie("expression").map(({ text, matches }) => ({ text: `(${text})`, matches })),
    tie("expression").map(({ text, matches }) => ({
      text: `not (${text})`,
      matches: (user: User) => !matches(user),
    })),
  ),
}));

const USER: fc.Arbitrary<User> = fc.record({
  id: fc.constant("0a000000-0000-4000-8000-000000000001"),
  userPrincipalName: fc.constant("adele@contoso.com"),
  mail: fc.constant(null),
  displayName: fc.constant("Adele Vance"),
  userType: fc.constant("Member"),
  isAdmin: fc.constant(false),
  accountEnabled: fc.constantFrom(true, false, undefined),
  department: fc.constantFrom(...DEPARTMENTS, "SALES", "Salesforce", null),
});

Deno.test(property(
  "parseFilter() matches what each part of a filter means",
  fc.tuple(expression, USER),
  ([{ text, matches }, user]) =>
    assertEquals(parseFilter(text, ["user"], true).matches(user), matches(user), text),
));

const WORDS = "accountEnabled department eq in not and or ( ) , ' 'a' true null startsWith( ".split(" ");

Deno.test(property(
  "parseFilter() reads or refuses any text",
  fc.oneof(anyText(), textOf([...WORDS, " "], 20), damaged(expression.map(({ text }) => text))),
  (text) => {
    try {
      parseFilter(text, ["user", "group"], true);
    } catch (error) {
      assert(error instanceof GraphHttpError && error.status === 400, `${error}`);
    }
  },
));
