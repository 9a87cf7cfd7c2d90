import { createPhotoBudget, type Room } from "../../lib/graph/photo_budget.ts";
import { assertEquals } from "../deps/assert.ts";
import { settledNow } from "../support/promises.ts";
import { NONE } from "../support/test.ts";

const MIB = 2 ** 20;

/** Takes room so often, without an end; returns what was given, and goes on being filled. */
function takeMany(budget: ReturnType<typeof createPhotoBudget>, count: number, size?: number): Room[] {
  const rooms: Room[] = [];
  for (let at = 0; at < count; at++) void budget.take(size).then((room) => rooms.push(room));
  return rooms;
}
const settle = () => settledNow(Promise.resolve());

Deno.test("a photo budget gives 32 MiB at a time, first come, first served", NONE, async () => {
  const budget = createPhotoBudget();
  const large = takeMany(budget, 5, 10 * MIB);
  const small = takeMany(budget, 1, MIB);
  await settle();
  assertEquals([large.length, small.length], [3, 0]);
  for (const _ of [1, 2]) large[0]![Symbol.dispose](); // the second time gives nothing back
  await settle();
  assertEquals([large.length, small.length], [4, 0]);
  for (const room of large.slice(1, 3)) room[Symbol.dispose]();
  await settle();
  assertEquals([large.length, small.length], [5, 1]);
});

Deno.test("a photo budget gives all it has to a photo that is larger", NONE, async () => {
  const budget = createPhotoBudget();
  const rooms = takeMany(budget, 2, 100 * MIB);
  await settle();
  assertEquals(rooms.map(({ size }) => size), [32 * MIB]);
});

Deno.test(
  "a photo budget expects downloads of twice the size seen lately, of 8 MiB at first",
  NONE,
  async () => {
    const budget = createPhotoBudget();
    const rooms = takeMany(budget, 2000);
    await settle();
    assertEquals(rooms.map(({ size }) => size / MIB), Array(4).fill(8));
    const sizeAfter = async (size: number) => {
      budget.onDownloaded(size);
      for (const room of rooms.splice(0)) room[Symbol.dispose]();
      await settle();
      return [rooms[0]!.size / MIB, rooms.length];
    };
    assertEquals(await sizeAfter(3 * MIB), [6, 5]);
    assertEquals(await sizeAfter(1000), [3, 10]); // it shrinks by half at most
    for (let at = 0; at < 6; at++) await sizeAfter(1000);
    assertEquals((await sizeAfter(1000))[1], 320);
  },
);
