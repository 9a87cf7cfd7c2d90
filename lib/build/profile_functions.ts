import { startEmulator } from "../emulator/mod.ts";
import { BuildError, run } from "./build.ts";
import { VARIABLES } from "./deno_flags.ts";

/** From where to where in a script a function goes. */
export interface FunctionRange {
  start: number;
  end: number;
}

/** What V8 tells of a script after a run, with how often each function was called. */
interface Coverage {
  url: string;
  functions: { ranges: { startOffset: number; endOffset: number; count: number }[] }[];
}

/** The functions of the command, as one script, that removals call: by token, secret and certificate, on the emulator. */
export async function calledFunctions(path: string, temporary: string): Promise<FunctionRange[]> {
  await using tenant = await startEmulator();
  const { tenantId, clientId, clientSecret, cloud } = tenant;
  const [coverage, certificate] = [`${temporary}/coverage`, `${temporary}/app.pem`];
  await Deno.writeTextFile(certificate, await tenant.certificate());
  const app = { AZURE_AUTHORITY_HOST: cloud.authority, AZURE_TENANT_ID: tenantId, AZURE_CLIENT_ID: clientId };
  const unset = Object.fromEntries(VARIABLES.map((name) => [name, ""])); // nobody's own account is to be used
  const credentials: [user: string, variables: Record<string, string>][] = [
    ["alex", { GRAPH_ACCESS_TOKEN: await tenant.issueToken() }],
    ["diego", { ...app, AZURE_CLIENT_SECRET: clientSecret }],
    ["grady", { ...app, AZURE_CLIENT_CERTIFICATE_PATH: certificate }],
  ];
  for (const [user, variables] of credentials) {
    await run(
      Deno.execPath(),
      ["run", "--quiet", "--allow-all", `--coverage=${coverage}`, path, "user", `${user}@contoso.com`],
      { env: { ...unset, GRAPH_ENDPOINT: cloud.graph, ...variables } },
    );
  }
  const called: FunctionRange[] = [];
  for await (const { name } of Deno.readDir(coverage)) {
    const { url, functions }: Coverage = JSON.parse(await Deno.readTextFile(`${coverage}/${name}`));
    if (!url.endsWith(path.slice(path.lastIndexOf("/")))) continue;
    for (const { ranges: [whole] } of functions) {
      if (whole!.count > 0) called.push({ start: whole!.startOffset, end: whole!.endOffset });
    }
  }
  if (called.length === 0) throw new BuildError(`Deno ${Deno.version.deno} does not tell what ${path} calls`);
  return called;
}
