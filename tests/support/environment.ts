/** Every variable that a credential can come from. */
const VARIABLES = [
  "GRAPH_ACCESS_TOKEN",
  "AZURE_TENANT_ID",
  "AZURE_CLIENT_ID",
  "AZURE_CLIENT_SECRET",
  "AZURE_CLIENT_CERTIFICATE_PATH",
  "AZURE_CLIENT_CERTIFICATE_PASSWORD",
  "AZURE_CLIENT_SEND_CERTIFICATE_CHAIN",
  "AZURE_FEDERATED_TOKEN_FILE",
  "AZURE_AUTHORITY_HOST",
] as const;

/** Settings of the environment; what is not given is not set. */
export type Environment = Partial<Record<typeof VARIABLES[number], string>>;

function setAll(environment: Environment): void {
  for (const name of VARIABLES) {
    const value = environment[name];
    if (value === undefined) Deno.env.delete(name);
    else Deno.env.set(name, value);
  }
}

/**
 * Runs with these variables and no others of the kind, and restores what was. The environment is the process's:
 * everything that needs it belongs into one test file, as files can run at the same time.
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
