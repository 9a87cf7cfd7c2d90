import type { Arguments } from "./arguments.ts";
import type { Host } from "./host.ts";

/** The commands me, user and group, loaded on first use; the Bun build puts this in place of `remove.ts`. */
export const remove = async (args: Arguments, host: Host): Promise<number> =>
  await (await import("./remove.ts")).remove(args, host);
