import { type AccessReport, checkAccess } from "../check_access.ts";
import { CredentialError } from "../errors.ts";
import { isTerminal, write } from "../host/deno.ts";
import type { Arguments } from "./arguments.ts";
import { connect, type Connection, toUsageError } from "./connection.ts";
import { EXIT, UsageError } from "./errors.ts";
import { printable, printableJson } from "./style.ts";

/** What a doctor's visit found, as one flat object per subject. */
function diagnosis({ name, cloud, source }: Connection, report: AccessReport | null) {
  const claims = report?.claims ?? null;
  const expires = claims?.expiresOnTimestamp;
  return {
    cloud: name,
    graph: cloud.graph,
    authority: cloud.authority,
    credential: source,
    token: report === null ? "none" : claims ? claims.kind : "opaque",
    tenantId: claims?.tenantId ?? null,
    clientId: claims?.clientId ?? null,
    user: claims?.user ?? null,
    audience: claims?.audience ?? null,
    permissions: claims?.permissions ?? [],
    expires: expires && Math.abs(expires) < 8.64e15 ? new Date(expires).toISOString() : null,
    access: report?.access ?? null,
  };
}

type Diagnosis = ReturnType<typeof diagnosis>;

const TOKENS: Readonly<Record<string, string>> = {
  application: "an app's own (application permissions)",
  delegated: "a signed-in user's (delegated permissions)",
  unknown: "does not tell whose it is",
  opaque: "cannot be decoded, which is no error: what it may do is not known here",
  none: "none",
};

function toTable(found: Diagnosis): string {
  const rows: [string, string | null][] = [
    ["cloud", found.cloud],
    ["graph", found.graph],
    ["authority", found.authority],
    ["credential", found.credential],
    ["token", TOKENS[found.token] ?? null],
    ["tenant", found.tenantId],
    ["app", found.clientId],
    ["user", found.user],
    ["audience", found.audience],
    ["permissions", found.permissions.join(", ") || null],
    ["expires", found.expires],
  ];
  const verdict = (allowed: boolean | null) => allowed === null ? "unknown" : allowed ? "yes" : "no";
  const access = Object.entries(found.access ?? {}).map(([kind, { allowed, reason }]): [string, string] => [
    `remove ${kind}`,
    `${verdict(allowed).padEnd(7)}  ${reason}`,
  ]);
  return [...rows, ...access]
    .filter(([, value]) => value !== null)
    .map(([label, value]) => `${label.padEnd(12)}  ${printable(String(value))}\n`).join("");
}

/** The command doctor: signs in, and tells what the token should be able to do. */
export async function doctor(args: Arguments): Promise<number> {
  const format = args.values.output ?? (isTerminal("stdout") ? "table" : "ndjson");
  if (args.operands.length) throw new UsageError("The command doctor takes no ids");
  const writers: Record<string, (found: Diagnosis) => string> = {
    table: toTable,
    json: (found) => printableJson(found, 2) + "\n",
    ndjson: (found) => printableJson(found) + "\n",
    none: () => "",
  };
  await using connection = await connect(args);
  const { credential, cloud } = connection;
  const show = (report: AccessReport | null) =>
    write("stdout", writers[format]!(diagnosis(connection, report)));
  try {
    await show(await toUsageError(() => checkAccess({ credential, cloud })));
    return EXIT.ok;
  } catch (error) {
    if (error instanceof CredentialError) await show(null);
    throw error;
  }
}
