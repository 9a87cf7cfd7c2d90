import { type EmulatorRequest, type EmulatorResponse, jsonResponse } from "../http_message.ts";

/** Thrown when Graph refuses a request; `errorResponse()` turns it into the response. */
export class GraphHttpError extends Error {
  override name = "GraphHttpError";
  readonly status: number;
  readonly code: string;
  readonly headers: Record<string, string>;

  constructor(status: number, code: string, message: string, headers: Record<string, string> = {}) {
    super(message);
    this.status = status;
    this.code = code;
    this.headers = headers;
  }
}

/** Returns the headers that every Graph response has. */
export function graphHeaders(request: EmulatorRequest): Record<string, string> {
  const requestId = crypto.randomUUID();
  return {
    "request-id": requestId,
    "client-request-id": request.headers["client-request-id"] ?? requestId,
  };
}

/** Creates the response for an error. */
export function errorResponse(error: GraphHttpError, request: EmulatorRequest): EmulatorResponse {
  const headers = graphHeaders(request);
  const innerError = {
    date: new Date().toISOString().slice(0, 19),
    "request-id": headers["request-id"],
    "client-request-id": headers["client-request-id"],
  };
  const body = { error: { code: error.code, message: error.message, innerError } };
  return jsonResponse(error.status, body, {
    "content-type": "application/json",
    ...headers,
    ...error.headers,
  });
}

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

/** Returns the usual error code for a status. */
export function defaultErrorCode(status: number): string {
  return CODES[status] ?? "UnknownError";
}

/** 400, `BadRequest`. */
export function badRequest(message: string): GraphHttpError {
  return new GraphHttpError(400, "BadRequest", message);
}

/** 400 for a path segment that Graph does not know. */
export function unknownSegment(segment: string): GraphHttpError {
  return badRequest(`Resource not found for the segment '${segment}'.`);
}

/** 404 for a user or group that does not exist. */
export function resourceNotFound(key: string): GraphHttpError {
  const message =
    `Resource '${key}' does not exist or one of its queried reference-property objects are not present.`;
  return new GraphHttpError(404, "Request_ResourceNotFound", message);
}

/** 404 for a user or group without a photo. */
export function imageNotFound(): GraphHttpError {
  const type = "Microsoft.Fast.Profile.Core.Exception.ImageNotFoundException";
  return new GraphHttpError(404, "ImageNotFound", `Exception of type '${type}' was thrown.`);
}

/** 405 for a method that a path does not support. */
export function methodNotAllowed(
  message = "Specified HTTP method is not allowed for the request target.",
): GraphHttpError {
  return new GraphHttpError(405, "MethodNotAllowed", message);
}

/** 424 for a batch item that depends on one that failed. */
export function failedDependency(): GraphHttpError {
  return new GraphHttpError(424, "FailedDependency", "A request that this one depends on has failed.");
}
