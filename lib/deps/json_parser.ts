/** The one place that names the version of `@streamparser/json`: JSON as a stream. Loaded for JSON input alone. */
export { JSONParser } from "npm:@streamparser/json@0.0.26";
