import type { TokenClaims } from "../auth/token_claims.ts";
import { type AccessReport, checkAccess } from "../check_access.ts";
import { CredentialError } from "../errors.ts";
import { type PhotoUpdateSettings, readPhotoUpdateSettings } from "../photo_update_settings.ts";
import { printableJson } from "../printable.ts";
import type { Arguments } from "./arguments.ts";
import { connect, type Connection } from "./connection.ts";
import { EXIT, UsageError } from "./errors.ts";
import type { Host } from "./host.ts";
import type { Format } from "./options.ts";
import { outputFormat } from "./output.ts";
import { describeSignInWays } from "./sign_in_ways.ts";
import { printable } from "./text.ts";

/** Whose token it is, whether it can be decoded, and whether there is one. */
type TokenKind = TokenClaims["kind"] | "opaque" | "none";

/** Returns what to do if the token can remove no photo at all; `null` if it may be able to. */
function nextStep({ access, claims }: AccessReport): string | null {
  if ([access.me, access.user, access.group].some(({ allowed }) => allowed !== false)) return null;
  return access[claims?.kind === "delegated" ? "me" : "user"].reason;
}

/** Returns what stands in the way of a token with the permission, or `null`. */
function whatBlocks(settings: PhotoUpdateSettings | null): string | null {
  return settings?.source === "onPremises"
    ? "The tenant takes photos from on premises alone (photoUpdateSettings), so none can be removed here: " +
      "clear thumbnailPhoto on premises, or let an administrator change the source to cloud."
    : null;
}

/** Describes who may change photos. */
const describeSettings = ({ source, allowedRoles }: PhotoUpdateSettings): string =>
  `source ${source}, changed by ${allowedRoles ? `${allowedRoles.join(", ")} alone` : "everybody"}`;

/** Returns what doctor shows: the connection, and what the token says (`null`: there is no token). */
function diagnose(
  { name, cloud, source, sources }: Connection,
  report: AccessReport | null,
  settings: PhotoUpdateSettings | null = null,
) {
  const claims = report?.claims ?? null;
  const expires = claims?.expiresOnTimestamp;
  const token: TokenKind = report === null ? "none" : claims?.kind ?? "opaque";
  return {
    cloud: name,
    graph: cloud.graph,
    authority: cloud.authority,
    credential: source,
    token,
    tenantId: claims?.tenantId ?? null,
    clientId: claims?.clientId ?? null,
    user: claims?.user ?? null,
    audience: claims?.audience ?? null,
    permissions: claims?.permissions ?? [],
    expires: expires && Math.abs(expires) < 8.64e15 ? new Date(expires).toISOString() : null,
    access: report?.access ?? null,
    photoUpdateSettings: settings,
    next: report && (nextStep(report) ?? whatBlocks(settings)),
    sources,
    signIn: describeSignInWays(source),
  };
}

type Diagnosis = ReturnType<typeof diagnose>;

const TOKENS: Readonly<Record<TokenKind, string>> = {
  application: "an app's own token (application permissions)",
  delegated: "a signed-in user's token (delegated permissions)",
  unknown: "does not say whose it is",
  opaque: "cannot be decoded, which is not an error; its permissions are unknown here",
  none: "none",
};

const LABELS: Readonly<Record<keyof AccessReport["access"], string>> = {
  me: "remove me",
  user: "remove user",
  group: "remove group",
  listUsers: "list users",
  listGroups: "list groups",
};

function formatTable(found: Diagnosis): string {
  const rows: [label: string, value: string | null][] = [
    ["cloud", found.cloud],
    ["graph", found.graph],
    ["authority", found.authority],
    ["credential", found.credential],
    ["token", TOKENS[found.token]],
    ["tenant", found.tenantId],
    ["app", found.clientId],
    ["user", found.user],
    ["audience", found.audience],
    ["permissions", found.permissions.join(", ") || null],
    ["expires", found.expires],
    ["from", Object.entries(found.sources).map(([what, source]) => `${what}: ${source}`).join(", ")],
  ];
  const answer = (allowed: boolean | null) => allowed === null ? "unknown" : allowed ? "yes" : "no";
  const access = Object.entries(found.access ?? {}).map((
    [operation, { allowed, reason }],
  ): [string, string] => [
    LABELS[operation as keyof typeof LABELS],
    `${answer(allowed).padEnd(7)}  ${reason}`,
  ]);
  const ways = found.signIn.map(({ way, used, how }): [string, string] => [
    "sign in by",
    `${way}: ${used ? "this is in use" : how}`,
  ]);
  const settings = found.photoUpdateSettings && describeSettings(found.photoUpdateSettings);
  return [...rows, ...access, ["photos", settings] as const, ["next", found.next] as const, ...ways]
    .filter(([, value]) => value !== null)
    .map(([label, value]) => `${label.padEnd(12)}  ${printable(String(value))}\n`).join("");
}

/** The formats that doctor's options allow. */
type DoctorFormat = Exclude<Format, "csv">;

const WRITERS: Readonly<Record<DoctorFormat, (found: Diagnosis) => string>> = {
  table: formatTable,
  json: (found) => printableJson(found, 2) + "\n",
  ndjson: (found) => printableJson(found) + "\n",
  none: () => "",
};

/** The command doctor: signs in, and shows what the token should allow. */
export async function doctor(args: Arguments, host: Host): Promise<number> {
  if (args.operands.length) throw new UsageError("The command doctor takes no ids");
  const format = WRITERS[outputFormat(args, host) as DoctorFormat];
  await using connection = await connect(args, host);
  const { credential, cloud } = connection;
  const show = async (report: AccessReport | null, settings?: PhotoUpdateSettings | null) => {
    const found = diagnose(connection, report, settings);
    await host.write(format(found));
    return found.next === null ? EXIT.ok : EXIT.failed;
  };
  try {
    const report = await checkAccess({ credential, cloud });
    // What is wrong with the token is in the report already.
    const settings = await readPhotoUpdateSettings({ credential, cloud }).catch(() => null);
    return await show(report, settings);
  } catch (error) {
    if (error instanceof CredentialError) await show(null);
    throw error;
  }
}
