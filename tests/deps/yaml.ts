/** `@std/yaml`, from npm's copy of the standard library, which ships no types. */
// @ts-types="./yaml.d.ts"
export { parse as parseYaml } from "npm:deno-std@1.4.0/yaml/parse.js";
