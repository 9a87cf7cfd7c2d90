/** The one place that names the version of `jose`: JWT signing and verification. */
export * from "npm:jose@6.2.18";
