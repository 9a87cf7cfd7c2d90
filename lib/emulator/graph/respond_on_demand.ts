import { type EmulatorResponse, jsonResponse } from "../http_message.ts";
import { GraphHttpError } from "./graph_http_error.ts";

/**
 * Users whose name says how Graph answers requests for their photo: `STATUS-CODE@answers.contoso.com`, such as
 * `403-ErrorAccessDenied@answers.contoso.com`. They exist, unless `+unknown` follows the code. The photo of
 * `200-1x1@answers.contoso.com` is the placeholder that Graph documents for no photo.
 */
const NAME = /^(\d{3})-([a-z0-9_]+)(\+unknown)?@answers\.contoso\.com$/i;

/**
 * Returns the answer that a user's name asks for; `undefined` for any other user.
 *
 * @param key The object id or userPrincipalName in the path.
 * @param below The segments of the path that follow it.
 * @throws {GraphHttpError} If the answer is an error.
 */
export function respondOnDemand(
  key: string,
  below: readonly string[],
  method: string,
): EmulatorResponse | undefined {
  const [, status, code = "", unknown] = NAME.exec(key) ?? [];
  if (status === undefined) return undefined;
  if (below[0] !== "photo" && below[0] !== "photos") {
    if (!unknown) return jsonResponse(200, { id: "0a000000-0000-4000-8000-0000000000ff" });
    throw new GraphHttpError(404, `Resource '${key}' does not exist.`, "Request_ResourceNotFound");
  }
  const isPlaceholder = code === "1x1";
  if (isPlaceholder && method === "GET" && below.length === 1 && below[0] === "photo") {
    return jsonResponse(200, {
      ...{ id: "1x1", width: 1, height: 1 },
      ...{ "@odata.mediaContentType": "image/gif", "@odata.mediaEtag": "" },
    });
  }
  if (isPlaceholder) throw new GraphHttpError(404, "There is no photo.", "ImageNotFound");
  if (Number(status) < 300) return { status: Number(status), headers: {} };
  throw new GraphHttpError(Number(status), "Simulated by the user's name.", code);
}
