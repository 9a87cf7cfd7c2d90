/** The one place that names the version of `fast-check`: properties of random cases, and the smallest that fails. */
export { default as fc } from "npm:fast-check@4.10.2";
