import { parseArguments } from "../../lib/cli/arguments.ts";
import { UsageError } from "../../lib/cli/errors.ts";
import { assertEquals, assertRejects } from "../deps/assert.ts";
import { test } from "../support/test.ts";

/** Lists of ids in PowerShell's spelling, and what is in them. */
const LISTS: readonly (readonly [words: string[], ids: string[], on: string[]])[] = [
  [["-UserId", "a,--yes"], ["a", "--yes"], []],
  [["-UserId:--yes,b", "-n"], ["--yes", "b"], ["what-if"]],
  [["-UserId", "-WhatIf", "a,b"], ["a,b"], ["what-if"]],
  [["-UserId", "a,-", "--", "-n"], ["a", "-", "-n"], []],
];

test("parseArguments() takes no option for an id, and no id of a list for an option", "none", async () => {
  for (const [words, ids, on] of LISTS) {
    const { command, operands, flags } = await parseArguments(words);
    const given = Object.entries(flags).filter(([, flag]) => flag).map(([name]) => name);
    assertEquals([command, operands, given], ["user", ids, on], words.join(" "));
  }
  const { values, operands } = await parseArguments(["-UserId", "--report=a,b", "c@d.e"]);
  assertEquals([values, operands], [{ report: "a,b" }, ["c@d.e"]]);
});

test("parseArguments() knows nothing by a name that every object has", "none", async () => {
  for (
    const word of ["-constructor", "-Constructor:a", "--constructor", "--yes=constructor", "--__proto__=a"]
  ) {
    await assertRejects(() => parseArguments(["user", "a@b.c", word]), UsageError);
  }
  await assertRejects(() => parseArguments(["constructor"]), UsageError, 'Unknown command "constructor"');
});
