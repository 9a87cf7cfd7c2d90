import { assertEquals } from "../deps/assert.ts";
import { gatherWrites } from "../../lib/cli/output.ts";
import { test } from "../support/test.ts";

/** Writes that end when they are told to, as those to a slow pipe do. */
function slowPipe() {
  const written: string[] = [];
  let finish = () => {};
  const write = (text: string) => {
    written.push(text);
    return new Promise<void>((resolve) => finish = resolve);
  };
  return { written, write, finish: () => finish() };
}

test(
  "gatherWrites() writes the first text at once, and what comes meanwhile in one further write",
  "none",
  async () => {
    const { written, write, finish } = slowPipe();
    const output = gatherWrites(write);
    for (const text of ["a", "b", "", "c"]) await output.write(text);
    assertEquals(written, ["a"]);
    const flushed = output.flush();
    finish();
    await Promise.resolve().then(() => {});
    assertEquals(written, ["a", "bc"]);
    finish();
    await flushed;
    await output.write("d");
    assertEquals(written, ["a", "bc", "d"]);
  },
);

test("gatherWrites() has who writes wait where more is waiting than memory should hold", "none", async () => {
  const { written, write, finish } = slowPipe();
  const output = gatherWrites(write);
  const much = "x".repeat(2 ** 16);
  await output.write("a");
  await output.write(much);
  let goesOn = false;
  const last = output.write("y").then(() => goesOn = true);
  await Promise.resolve().then(() => {});
  assertEquals(goesOn, false);
  finish();
  await Promise.resolve().then(() => {});
  finish();
  await last;
  assertEquals(written, ["a", much + "y"]);
});
