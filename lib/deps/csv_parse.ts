/** The one place that names the version of `csv-parse`: CSV as a stream (RFC 4180). Loaded for CSV input alone. */
export { parse } from "npm:csv-parse@7.0.3/stream";
