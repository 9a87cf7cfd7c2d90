import { type EmulatorResponse, jsonResponse } from "../http_message.ts";

/** The usual error code of each status. */
const CODES: Readonly<Record<number, string>> = {
  400: "BadRequest",
  401: "InvalidAuthenticationToken",
  403: "ErrorAccessDenied",
  404: "ResourceNotFound",
  405: "MethodNotAllowed",
  409: "Conflict",
  429: "TooManyRequests",
  500: "InternalServerError",
  501: "NotImplemented",
  502: "BadGateway",
  503: "ServiceUnavailable",
  504: "GatewayTimeout",
  509: "BandwidthLimitExceeded",
};

/** Thrown when Graph refuses a request; `errorResponse()` turns it into the response. */
export class GraphHttpError extends Error {
  override name = "GraphHttpError";
  readonly status: number;
  readonly code: string;
  readonly headers: Readonly<Record<string, string>>;

  /** The default `code` is the usual one for the status. */
  constructor(
    status: number,
    message: string,
    code: string = CODES[status] ?? "UnknownError",
    headers: Readonly<Record<string, string>> = {},
  ) {
    super(message);
    this.status = status;
    this.code = code;
    this.headers = headers;
  }
}

/** Creates the response for an error. `ids` are the headers that every Graph response has. */
export function errorResponse(
  { status, code, message, headers }: GraphHttpError,
  ids: Readonly<Record<string, string>>,
): EmulatorResponse {
  const innerError = { date: new Date().toISOString().slice(0, 19), ...ids };
  const body = { error: { code, message, innerError } };
  return jsonResponse(status, body, { "content-type": "application/json", ...ids, ...headers });
}

/** 400 for a path segment that Graph does not know. */
export function unknownSegment(segment: string): GraphHttpError {
  return new GraphHttpError(400, `Resource not found for the segment '${segment}'.`);
}

/** 405 for a method that a path does not support. */
export function methodNotAllowed(): GraphHttpError {
  return new GraphHttpError(405, "Specified HTTP method is not allowed for the request target.");
}

/** 403 for what the permissions of the caller do not allow in the directory. */
export function insufficientPrivileges(): GraphHttpError {
  const message = "Insufficient privileges to complete the operation.";
  return new GraphHttpError(403, message, "Authorization_RequestDenied");
}

/** 400 for a query option with an invalid value. */
export function invalidQuery(message: string): GraphHttpError {
  return new GraphHttpError(400, message, "Request_BadRequest");
}
