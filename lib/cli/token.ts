import { checkAccess } from "../check_access.ts";
import { CredentialError } from "../errors.ts";
import { isWindows } from "../host/deno.ts";
import { type Arguments, formatArguments } from "./arguments.ts";
import { PROGRAM, TOKEN_KINDS } from "./commands.ts";
import { connect } from "./connection.ts";
import { EXIT, UsageError } from "./errors.ts";
import type { Host } from "./host.ts";
import { formatMoment, printable } from "./text.ts";

/** Checks that the token goes where it is of use, and nowhere else. */
function checkUse(args: Arguments, host: Host): void {
  const [kind, ...others] = args.operands;
  if (others.length || (kind !== undefined && !TOKEN_KINDS.some((known) => known === kind))) {
    throw new UsageError(
      `The command token takes one of ${TOKEN_KINDS.join(", ")}, which says what the token is for`,
    );
  }
  if (args.values.cloud === "emulator") {
    throw new UsageError(
      "A token of --cloud emulator would be of no use: that emulator ends with this command",
      `Run ${PROGRAM} emulator, and set what it prints.`,
    );
  }
  if (host.isTerminal("stdout")) {
    const line = printable(formatArguments(args));
    throw new UsageError(
      "A token is not printed to a terminal, where others could read it",
      "Put it into the variable that the other commands read: " +
        (isWindows ? `$env:GRAPH_ACCESS_TOKEN = ${line}` : `export GRAPH_ACCESS_TOKEN="$(${line})"`),
    );
  }
}

/** The command token: signs in, and prints the access token to a pipe, for other commands to use. */
export async function token(args: Arguments, host: Host): Promise<number> {
  checkUse(args, host);
  await using connection = await connect(args, host);
  const { credential, cloud } = connection;
  const given = await credential.getToken(`${cloud.graph}/.default`, { authority: cloud.authority });
  if (!given) throw new CredentialError("SignInFailed", "Cannot get a token as the credential returned none");
  const { claims } = await checkAccess({ credential: { getToken: () => Promise.resolve(given) }, cloud });
  await host.write(`${given.token}\n`);
  if (args.flags.quiet) return EXIT.ok;
  const until = claims?.expiresOnTimestamp ?? given.expiresOnTimestamp;
  const facts: [label: string, value: string | null | undefined][] = [
    ["of", claims?.user ?? (claims?.kind === "application" ? `app ${claims.clientId}` : null)],
    ["in tenant", claims?.tenantId],
    ["for", claims?.permissions.join(", ")],
    ["at", cloud.graph],
    ["until", Number.isFinite(until) && until < 8.64e15 ? formatMoment(until) : null],
  ];
  const text = facts.filter(([, value]) => value).map(([label, value]) => `${label} ${value}`).join(", ");
  await host.writeError(`${printable(`Printed an access token ${text}`)}\n`);
  return EXIT.ok;
}
