/** The one place that names the version of axe-core, which finds what keeps people from using a page. */
export { default as axe } from "npm:axe-core@4.14.1";
