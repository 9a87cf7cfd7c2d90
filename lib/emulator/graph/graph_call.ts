import type { Directory } from "../directory/directory.ts";
import { type EmulatorRequest, type EmulatorResponse, jsonResponse } from "../http_message.ts";
import { invalidQuery } from "./graph_http_error.ts";
import type { Caller } from "./require_permission.ts";

/** What handlers read and change. */
export interface GraphState {
  /** Root URL of Graph. */
  readonly url: string;
  readonly directory: Directory;
  /** Status of a successful photo DELETE. */
  readonly deleteStatus: 200 | 204;
  /** The tenant's settings for photo updates. */
  photoUpdateSettings: PhotoUpdateSettings;
}

/** A tenant's settings for photo updates (`photoUpdateSettings` of Microsoft Graph beta). */
export interface PhotoUpdateSettings {
  /** Where photos can be updated: in the cloud, or on-premises alone. */
  readonly source: "cloud" | "onPremises" | null;
  /** Template ids of the directory roles that can update photos; empty or `null`: every user can. */
  readonly allowedRoles: readonly string[] | null;
}

/** An authorized request. */
export interface GraphCall {
  readonly request: EmulatorRequest;
  /** The path as received, without the API version. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly caller: Caller;
  /** The segments of the path that follow the user or group. */
  readonly below: readonly string[];
  /** Whether the request concerns the signed-in user. */
  readonly isOwn: boolean;
}

const ODATA_JSON =
  "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8";

/** Creates an OData response. As in Graph, its media type has parameters that clients must ignore. */
export function dataResponse(json: unknown): EmulatorResponse {
  return jsonResponse(200, json, { "content-type": ODATA_JSON, "odata-version": "4.0" });
}

/** Refuses query options that Graph or this emulator does not support. */
export function checkQueryOptions(query: URLSearchParams, supported: readonly string[]): void {
  const unknown = [...query.keys()].find((name) => name.startsWith("$") && !supported.includes(name));
  if (unknown) throw invalidQuery(`The query option '${unknown}' is not supported by this emulator.`);
}
