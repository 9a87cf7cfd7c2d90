import type { Arguments } from "./arguments.ts";

/** The commands me, user and group, loaded when one of them is asked for. */
export const remove = async (args: Arguments): Promise<number> =>
  await (await import("./remove.ts")).remove(args);
