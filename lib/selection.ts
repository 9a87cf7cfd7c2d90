import { decodeClaims } from "./auth/token_claims.ts";
import { checkOptionNames, parseNumberOption } from "./check_options.ts";
import { describeValue, secretKind } from "./describe_value.ts";
import { GraphError } from "./errors.ts";
import {
  createGraphClient,
  getToken,
  GRAPH_OPTIONS,
  type GraphClient,
  type GraphOptions,
} from "./graph/client.ts";
import {
  type DirectoryObject,
  isDirectoryObject,
  type ListQuery,
  readList,
  textOf,
} from "./graph/read_list.ts";
import { photoRequests } from "./graph/photo_requests.ts";
import { jsonOf } from "./graph/interpret_reply.ts";
import { directly, requestWithRetries, type Transport } from "./graph/request_with_retries.ts";
import { isInvalid } from "./run_targets.ts";
import {
  describeTarget,
  type InvalidTarget,
  isGuid,
  parseTarget,
  type Target,
  targetPath,
  toKindAndId,
} from "./target.ts";

/** Which users or groups of the directory: all, those of a filter, or the users in a group. */
export interface Selection {
  /** Users or groups. */
  kind: "user" | "group";
  /**
   * An OData filter, as Graph takes it, such as `accountEnabled eq false`.
   *
   * @see https://learn.microsoft.com/graph/filter-query-parameter
   */
  filter?: string;
  /** The object id of a group: the users in it and in the groups inside it. */
  memberOf?: string;
  /** Whether to choose all of them: needed where neither `filter` nor `memberOf` is given. */
  all?: boolean;
  /** These are never chosen. Users named by userPrincipalName are looked up first; one that does not exist is an error. */
  except?: Iterable<Target | InvalidTarget> | AsyncIterable<Target | InvalidTarget>;
  /** The most to choose: if there are more, that is an error. */
  limit?: number;
}

/** A user or group that was chosen. */
export interface SelectedTarget {
  /** The user or group, by object id. */
  target: Target;
  /** The userPrincipalName of a user, the displayName of a group; `null` where the token may not read it. */
  name: string | null;
}

const SELECTION = [
  "kind",
  "filter",
  "memberOf",
  "all",
  "except",
  "limit",
] as const satisfies readonly (keyof Selection)[];

/**
 * Validates a selection.
 *
 * @throws {TypeError | RangeError} If it is not one.
 */
export function checkSelection(selection: Selection): void {
  checkOptionNames(selection, SELECTION);
  const { kind, filter, memberOf, all = false, limit } = selection;
  const wrong = (why: string) => new TypeError(`Cannot choose in the directory: ${why}`);
  if (kind !== "user" && kind !== "group") throw wrong('the kind must be "user" or "group"');
  if (filter !== undefined && (typeof filter !== "string" || filter.trim() === "")) {
    throw wrong("the filter must be a text that is not empty");
  }
  if (filter !== undefined && secretKind(filter)) {
    throw wrong(`the filter must be one of OData, not ${describeValue(filter, "name")}`); // it would be part of a URL
  }
  if (memberOf !== undefined) {
    if (kind === "group") throw wrong("only users are chosen by the group that they are in");
    if (typeof memberOf !== "string" || !isGuid(memberOf)) {
      throw wrong(`a group is named by its object id (a GUID), not ${describeValue(memberOf, "id")}`);
    }
  }
  if (all === (filter !== undefined || memberOf !== undefined)) {
    throw wrong("it takes filter or memberOf or both, or else all: true");
  }
  parseNumberOption("the limit", limit, { default: Infinity, least: 1, integer: true });
}

/** Returns the target that an entry of the directory stands for. */
export const targetOf = (kind: Selection["kind"], { id }: DirectoryObject): Target =>
  kind === "user" ? { user: id } : { group: id };

/** The properties that a token which may read only names can read. */
const NAMES = { user: ["id", "userPrincipalName", "displayName"], group: ["id", "displayName"] };

function toQuery({ kind, filter, memberOf }: Selection, properties: readonly string[]): ListQuery {
  const isNames = filter === undefined && properties.every((name) => NAMES[kind].includes(name));
  if (memberOf !== undefined) {
    const path = `/groups/${memberOf}/transitiveMembers/microsoft.graph.user`;
    return { path, properties, filter, operation: "listGroups", isAdvanced: true };
  }
  const operation = kind === "group" ? "listGroups" : isNames ? "listUserNames" : "listUsers";
  return { path: `/${kind}s`, properties, filter, operation };
}

/**
 * Returns the object ids of those who must not be chosen.
 *
 * @throws {TypeError} If one is not a target of this kind.
 * @throws {GraphError} If one does not exist, or cannot be looked up.
 */
async function readExceptions(
  { kind, except = [] }: Selection,
  client: GraphClient,
  transport: Transport,
): Promise<ReadonlySet<string>> {
  const ids = new Set<string>();
  for await (const given of except) {
    if (isInvalid(given)) throw new TypeError(given.problem);
    const target = parseTarget(given);
    const { kind: own, id } = toKindAndId(target);
    if (own !== kind || id === null) {
      throw new TypeError(`Cannot leave out ${describeTarget(target)}: the selection is of ${kind}s`);
    }
    if (isGuid(id)) {
      ids.add(id.toLowerCase());
      continue;
    }
    const subject = `Cannot leave out ${describeTarget(target)}: `;
    const outcome = await requestWithRetries(
      photoRequests.checkExistence(target),
      client,
      transport,
      subject,
    );
    if (outcome.kind === "failed") throw outcome.error;
    const found = outcome.kind === "succeeded" ? jsonOf(outcome.response) : undefined;
    // Otherwise this user would not be left out.
    if (!isDirectoryObject(found)) throw new TypeError(`${subject}Graph did not tell the object id`);
    ids.add(found.id.toLowerCase());
  }
  return ids;
}

/**
 * Makes sure that the members of a group can be read.
 *
 * @throws {GraphError} If there is no such group, or its members are hidden from this token: Graph would leave them out
 * without a word.
 */
async function checkGroup(id: string, client: GraphClient, transport: Transport): Promise<void> {
  const group = { group: id };
  const subject = `Cannot choose the members of ${describeTarget(group)}: `;
  const outcome = await requestWithRetries(
    {
      ...photoRequests.checkExistence(group),
      path: `${targetPath(group)}?$select=id,visibility`,
      operation: "listGroups",
    },
    client,
    transport,
    subject,
  );
  if (outcome.kind === "failed") throw outcome.error;
  if (outcome.kind === "notSent" || jsonOf(outcome.response)?.visibility !== "HiddenMembership") return;
  const claims = decodeClaims(await getToken(client));
  if (!claims || claims.permissions.length === 0 || claims.permissions.includes(HIDDEN)) return;
  throw new GraphError({
    code: "AccessDenied",
    message: `${subject}they are hidden from this token`,
    hint: `Grant ${HIDDEN}.`,
    ...{ status: outcome.success.status, graphCode: null, requestId: outcome.success.requestId },
    ...{ clientRequestId: null, attempts: outcome.attempts },
  });
}

/** The permission to read hidden members. */
const HIDDEN = "Member.Read.Hidden";

/**
 * Yields what a selection chooses, page by page.
 *
 * @param properties The properties of users or groups to read; `id` among them.
 * @throws {RangeError} If there are more than the limit.
 */
export async function* readSelection(
  selection: Selection,
  properties: readonly string[],
  client: GraphClient,
  transport: Transport = directly(client),
): AsyncGenerator<DirectoryObject[]> {
  const { kind, limit = Infinity } = selection;
  if (selection.memberOf !== undefined) await checkGroup(selection.memberOf, client, transport);
  const exceptions = await readExceptions(selection, client, transport);
  let count = 0;
  for await (const page of readList(toQuery(selection, properties), client, transport)) {
    const chosen = page.filter(({ id }) => !exceptions.has(id.toLowerCase()));
    count += chosen.length;
    if (count > limit) {
      throw new RangeError(`More than ${limit} ${kind}s match, the limit that was set. Nothing was changed`);
    }
    yield chosen;
  }
}

/**
 * Chooses users or groups in the directory. The whole list is read before any of it is returned, so that a page which
 * fails cannot make it short. Takes User.Read.All (with a delegated token and without a filter User.ReadBasic.All), for
 * groups and their members GroupMember.Read.All.
 *
 * @example Remove the photos of everybody whose account is disabled
 * ```ts
 * import { removeProfilePhotos, selectTargets } from "@graph-admin/remove-profile-photo";
 * import { startEmulator } from "@graph-admin/remove-profile-photo/emulator";
 *
 * await using tenant = await startEmulator(); // a tenant to try it on
 * const connection = { credential: await tenant.issueToken(), cloud: tenant.cloud };
 * const chosen = await selectTargets({ kind: "user", filter: "accountEnabled eq false" }, connection);
 * for await (const result of removeProfilePhotos(chosen.map(({ target }) => target), connection)) {
 *   console.log(result.target, result.outcome);
 * }
 * ```
 *
 * @param selection Which users or groups.
 * @param options Credential, cloud, signal, timeout, retries, fetch.
 * @returns Each of them once, in Graph's order.
 * @throws {GraphError} If a page cannot be read, the list is not what a list is, or someone to leave out does not exist.
 * @throws {RangeError} If there are more than `limit`.
 * @throws {TypeError} If the selection or an option is not valid.
 * @throws {CredentialError} If there is no usable credential, or the sign-in is refused.
 * @see https://learn.microsoft.com/graph/api/user-list
 * @see https://learn.microsoft.com/graph/api/group-list-transitivemembers
 */
export async function selectTargets(selection: Selection, options?: GraphOptions): Promise<SelectedTarget[]> {
  checkSelection(selection);
  checkOptionNames(options ?? {}, GRAPH_OPTIONS);
  const { kind } = selection;
  const name = kind === "user" ? "userPrincipalName" : "displayName";
  const chosen: SelectedTarget[] = [];
  for await (const page of readSelection(selection, ["id", name], createGraphClient(options ?? {}))) {
    for (const entry of page) {
      chosen.push({ target: targetOf(kind, entry), name: textOf(entry[name]) });
    }
  }
  return chosen;
}
