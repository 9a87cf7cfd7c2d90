import type { Directory } from "../directory/directory.ts";
import type { Group, User } from "../directory/directory_types.ts";
import { type EmulatorRequest, type EmulatorResponse, jsonResponse } from "../http_message.ts";

/** What handlers read and change. */
export interface GraphState {
  /** Root URL of Graph. */
  readonly url: string;
  readonly directory: Directory;
  /** Status of a successful photo DELETE. */
  readonly deleteStatus: 200 | 204;
}

/** The user or group that a path identifies. */
export interface Resource {
  readonly kind: "user" | "group";
  readonly entity: User | Group;
}

/** Responds to an authorized request for a user, a group or its photo. */
export type ResourceHandler = (
  state: GraphState,
  resource: Resource,
  request: EmulatorRequest,
  query: URLSearchParams,
) => EmulatorResponse;

const ODATA_JSON =
  "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8";

/** Creates an OData response. As in Graph, its media type has parameters that clients must ignore. */
export function dataResponse(json: unknown): EmulatorResponse {
  return jsonResponse(200, json, { "content-type": ODATA_JSON, "odata-version": "4.0" });
}
