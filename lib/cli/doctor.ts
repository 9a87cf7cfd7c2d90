import { GRAPH_APP_ID, type TokenClaims } from "../auth/token_claims.ts";
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
import { type Color, createPaint, messageText } from "./text.ts";
import { wrapText } from "./wrap.ts";

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
  application: "of an app (application permissions)",
  delegated: "of a signed-in user (delegated permissions)",
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

/** What a row's mark says: all is well, something is missing, or it cannot be told. */
type Mark = "yes" | "no" | "unknown";

const COLORS: Readonly<Record<Mark, Color>> = { yes: "green", no: "red", unknown: "yellow" };
const MARKS = {
  unicode: { yes: "✓", no: "✗", unknown: "?" },
  ascii: { yes: "+", no: "x", unknown: "?" },
} as const satisfies Record<string, Record<Mark, string>>;

/** Returns the marks that the terminal can show: what it is, `LANG` and the like tell, and on Windows `WT_SESSION`. */
function marksFor({ readEnvIfPermitted: read }: Host): Readonly<Record<Mark, string>> {
  const locale = read("LC_ALL") ?? read("LC_CTYPE") ?? read("LANG") ?? "";
  return /utf-?8/i.test(locale) || read("WT_SESSION") !== undefined ? MARKS.unicode : MARKS.ascii;
}

type Row = readonly [mark: Mark | null, label: string, value: string | null];

/** Returns the rows about what the token allows; the same reason once, and none that `next` has. */
function accessRows({ access, next }: Diagnosis): Row[] {
  const said = new Set<string | null>([next]);
  return Object.entries(access ?? {}).map(([operation, { allowed, reason }]): Row => {
    const why = said.has(reason) ? "" : reason;
    said.add(reason);
    const mark = allowed === null ? "unknown" : allowed ? "yes" : "no";
    return [mark, LABELS[operation as keyof typeof LABELS], why];
  });
}

/** Returns the rows about the ways to sign in, for who has none, or asks for all. */
const signInRows = ({ signIn }: Diagnosis): Row[] =>
  signIn.map(({ way, used, how }) => [used ? "yes" : null, way, used ? "in use" : how]);

function formatTable(found: Diagnosis, { flags }: Arguments, host: Host): string {
  const { sources, token, graph, audience } = found;
  const isGone = found.expires !== null && Date.parse(found.expires) <= Date.now();
  const isGraphs = audience?.replace(/\/$/, "") === graph || audience === GRAPH_APP_ID;
  const from = (value: string | null, source?: string) => value && source ? `${value} (${source})` : value;
  const settings = found.photoUpdateSettings && describeSettings(found.photoUpdateSettings);
  const rows: Row[] = [
    [null, "cloud", found.cloud],
    [null, "graph", from(graph, sources.graph)],
    [null, "authority", from(found.authority, sources.authority)],
    [token === "none" ? "no" : "yes", "credential", found.credential],
    [
      token === "none" ? "no" : token === "unknown" || token === "opaque" ? "unknown" : "yes",
      "token",
      TOKENS[token],
    ],
    [null, "tenant", from(found.tenantId, sources.tenant)],
    [null, "app", from(found.clientId, sources.app)],
    [null, "user", found.user],
    [isGraphs ? null : "unknown", "audience", isGraphs ? null : audience],
    [null, "permissions", found.permissions.join(", ") || null],
    [isGone ? "no" : "yes", isGone ? "expired" : "valid until", found.expires],
    ...accessRows(found),
    [null, "photos", settings],
    [null, "next", found.next],
    ...(token === "none" || flags.verbose ? signInRows(found) : []),
  ];
  const shown = rows.filter(([, , value]) => value !== null);
  const width = Math.max(...shown.map(([, label]) => label.length));
  const paint = createPaint(host.isTerminal("stdout") && !flags["no-color"] && !host.noColor());
  const marks = marksFor(host);
  const table = shown.map(([mark, label, value]) =>
    `${mark ? paint(COLORS[mark], marks[mark]) : " "} ${label.padEnd(width)}  ${messageText(String(value))}`
      .trimEnd() + "\n"
  ).join("");
  const columns = host.columns("stdout");
  return columns === undefined ? table : wrapText(table, columns, columns < NARROW ? 4 : width + 4);
}

/** On a narrower terminal, a value that does not fit next to its label starts on a new line. */
const NARROW = 70;

/** The formats that doctor's options allow. */
type DoctorFormat = Exclude<Format, "csv" | "failures">;

const WRITERS: Readonly<Record<DoctorFormat, (found: Diagnosis, args: Arguments, host: Host) => string>> = {
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
    await host.write(format(found, args, host));
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
