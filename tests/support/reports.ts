/** The records of a report by id; those of the same target in their order. Skips a torn line. */
export async function reportOf(path: string): Promise<Map<string, Record<string, unknown>[]>> {
  const records = (await Deno.readTextFile(path)).split("\n").flatMap((line) => {
    try {
      return [JSON.parse(line) as Record<string, unknown>];
    } catch {
      return [];
    }
  });
  return Map.groupBy(records, ({ id }) => String(id));
}

/** How often each target of a report is done: removed or absent. */
export async function doneIn(path: string): Promise<Map<string, number>> {
  const done = new Map<string, number>();
  for (const [id, records] of await reportOf(path)) {
    const count = records.filter(({ outcome }) => outcome === "removed" || outcome === "absent").length;
    if (count > 0) done.set(id, count);
  }
  return done;
}
