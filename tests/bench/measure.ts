import { environment } from "../support/run_cli.ts";

export interface Took {
  /** Milliseconds from its start to its end. */
  wall: number;
  /** Milliseconds of processor, its own and the system's for it; `null` where GNU time is not installed. */
  cpu: number | null;
  /** Bytes of memory at its most; `null` likewise. */
  peak: number | null;
  stdout: string;
}

const TIME = "/usr/bin/time";
const hasTime = await Deno.stat(TIME).then(() => true, () => false);

/** Runs a process, with nothing of this one's environment but what runtimes need, and measures it. */
export async function measure(words: readonly string[], env: Record<string, string>): Promise<Took> {
  const [program, ...args] = hasTime ? [TIME, "-f", "\n%U %S %M", "--", ...words] : words;
  const command = new Deno.Command(program!, { args, clearEnv: true, env: environment(env), stdin: "null" });
  const startedAt = performance.now();
  const output = await command.output();
  const wall = performance.now() - startedAt;
  const [stdout, stderr] = [output.stdout, output.stderr].map((bytes) => new TextDecoder().decode(bytes));
  if (!output.success) throw new Error(`${words.join(" ")} failed: ${stdout}${stderr}`);
  const [user, system, kilobytes] = stderr!.trim().split("\n").at(-1)!.split(" ").map(Number);
  return {
    wall,
    cpu: hasTime ? (user! + system!) * 1000 : null,
    peak: hasTime ? kilobytes! * 1024 : null,
    stdout: stdout!,
  };
}
