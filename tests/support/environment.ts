import { CREDENTIAL_VARIABLES } from "../../lib/environment_variables.ts";

type Variable = keyof typeof CREDENTIAL_VARIABLES;
const VARIABLES = Object.keys(CREDENTIAL_VARIABLES) as Variable[];

/** Values by variable; a variable without one is not set. */
export type Environment = Partial<Record<Variable, string>>;

function setAll(environment: Environment): void {
  for (const name of VARIABLES) {
    const value = environment[name];
    if (value === undefined) Deno.env.delete(name);
    else Deno.env.set(name, value);
  }
}

/**
 * Runs with these credential variables and no others, and restores the environment. It belongs to the process: tests
 * that need it share one file, as files can run at the same time.
 */
export async function withEnvironment<T>(environment: Environment, run: () => T | Promise<T>): Promise<T> {
  const before = Object.fromEntries(VARIABLES.map((name) => [name, Deno.env.get(name)]));
  setAll(environment);
  try {
    return await run();
  } finally {
    setAll(before);
  }
}
