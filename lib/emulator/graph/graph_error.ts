import { type Answer, type EmulatorRequest, jsonAnswer } from "../exchange.ts";

/** A refusal by Graph; it becomes an error body where requests are answered. */
export class GraphError extends Error {
  override name = "GraphError";
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

/** The headers that each Graph answer carries. */
export function graphHeaders(request: EmulatorRequest): Record<string, string> {
  const requestId = crypto.randomUUID();
  return {
    "request-id": requestId,
    "client-request-id": request.headers["client-request-id"] ?? requestId,
  };
}

/** The answer for a refusal. */
export function errorAnswer(error: GraphError, request: EmulatorRequest): Answer {
  const headers = graphHeaders(request);
  const innerError = {
    date: new Date().toISOString().slice(0, 19),
    "request-id": headers["request-id"],
    "client-request-id": headers["client-request-id"],
  };
  const body = { error: { code: error.code, message: error.message, innerError } };
  return jsonAnswer(error.status, body, { "content-type": "application/json", ...headers, ...error.headers });
}

const STATUS_CODES: Readonly<Record<number, string>> = {
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

/** The error code that usually goes with a status. */
export function usualCode(status: number): string {
  return STATUS_CODES[status] ?? "UnknownError";
}

const MESSAGES = {
  notFound: (key: string) =>
    `Resource '${key}' does not exist or one of its queried reference-property objects are not present.`,
  segment: (segment: string) => `Resource not found for the segment '${segment}'.`,
};

/** 400 for a path that Graph does not know. */
export function unknownSegment(segment: string): GraphError {
  return new GraphError(400, "BadRequest", MESSAGES.segment(segment));
}

/** 404 for a user or group that does not exist. */
export function resourceNotFound(key: string): GraphError {
  return new GraphError(404, "Request_ResourceNotFound", MESSAGES.notFound(key));
}

/** 424 for a request in a batch that depends on one that failed. */
export function failedDependency(): GraphError {
  return new GraphError(424, "FailedDependency", "A request that this one depends on has failed.");
}

/** 404 for a user or group without photo. */
export function imageNotFound(): GraphError {
  const type = "Microsoft.Fast.Profile.Core.Exception.ImageNotFoundException";
  return new GraphError(404, "ImageNotFound", `Exception of type '${type}' was thrown.`);
}
