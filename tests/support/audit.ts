import { type Run, runCli, type RunOptions } from "./run_cli.ts";
import { inTemporaryFolder, jsonLines } from "./temporary.ts";

/** What a run of the command touched, as Deno recorded it at each check of a permission, also at those that failed. */
export interface Touched {
  /** Environment variables. */
  env: string[];
  /** Hosts with their ports. */
  net: string[];
  /** Paths, as they were given. */
  read: string[];
  write: string[];
  /** Whatever else: programs run, libraries loaded, facts about the system. */
  others: string[];
}

/** `host:port` of what Deno records: a URL, or that already. */
function hostOf(value: string): string {
  if (!value.includes("//")) return value;
  const { protocol, hostname, port } = new URL(value);
  return `${hostname}:${port || (protocol === "https:" ? 443 : 80)}`;
}

const sortedSet = (values: readonly string[]) => [...new Set(values)].sort();

export async function runAudited(
  args: readonly string[],
  options: RunOptions = {},
): Promise<Run & { touched: Touched }> {
  return await inTemporaryFolder(async (folder) => {
    const log = `${folder}/audit`;
    await Deno.writeTextFile(log, "");
    const run = await runCli(args, { ...options, env: { ...options.env, DENO_AUDIT_PERMISSIONS: log } });
    const entries = await jsonLines(log);
    const of = (kind: string) =>
      entries.filter(({ permission }) => permission === kind).map(({ value }) => String(value));
    const others = entries.filter(({ permission }) => !/^(env|net|read|write)$/.test(String(permission)));
    const touched = {
      env: sortedSet(of("env")),
      net: sortedSet(of("net").map(hostOf)),
      read: sortedSet(of("read")),
      write: sortedSet(of("write")),
      others: others.map((entry) => JSON.stringify(entry)),
    };
    return { ...run, touched };
  });
}
