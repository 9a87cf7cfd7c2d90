/**
 * The one place that names the version of `node-forge`: PKCS#12, which neither the web platform nor node:crypto reads.
 * Loaded only for a PFX file, or a key that is encrypted in its way. Its types are `forge.d.ts`.
 */
// @ts-types="./forge.d.ts"
export { default as forge } from "npm:node-forge@1.4.3/lib/forge.js";
export { default as pkcs12 } from "npm:node-forge@1.4.3/lib/pkcs12.js"; // adds itself to the above
export type { Asn1 } from "./forge.d.ts";
