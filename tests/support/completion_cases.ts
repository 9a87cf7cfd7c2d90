import { COMMAND_NAMES, SHELLS } from "../../lib/cli/commands.ts";
import type { TestedShell } from "./shells.ts";

const GENERAL = ["--verbose", "--quiet", "--no-color", "--help", "--version"];
const FORMATS = ["table", "failures", "ndjson", "json", "csv", "none"];
/** Files of the folder in which Tab is pressed. */
export const FILES = ["cost $5.csv", "my file.csv"];
export const FOLDERS = ["my folder", "photos"];

/** What is typed, and all that is offered then. Where shells have habits of their own, those they are tested in. */
export const CASES:
  readonly (readonly [line: string, offers: readonly string[], shells?: readonly TestedShell[]])[] = [
    ["", COMMAND_NAMES],
    ["u", ["user"]],
    ["user", ["user"]],
    ["-q us", ["user"]],
    ["--output json us", ["user"]],
    ["--output ", []],
    ["usr ", []],
    ["usr --", []],
    ["xyz", []],
    ["--v", ["--verbose", "--version"]],
    ["--", GENERAL],
    ["emulator --", ["--port", "--shell", ...GENERAL]],
    ["user --con", ["--concurrency", "--confirm", "--contact-sheet"]],
    ["USER --con", ["--concurrency", "--confirm", "--contact-sheet"], ["zsh", "fish"]],
    ["doctor --wh", []],
    ["user --output ", FORMATS],
    ["user --output=", FORMATS],
    ["user --output n", ["ndjson", "none"]],
    ["user --output=n", ["ndjson", "none"]],
    ["user --output x", []],
    ["user --cloud ", ["global", "usgov", "usgovdod", "china", "emulator"]],
    ["user --error-action=s", ["stop"]],
    ["doctor --output ", ["table", "ndjson", "json", "none"]],
    ["emulator --output ", [], ["bash", "fish"]],
    ["user --column ", []],
    ["user --from ", [...FILES, ...FOLDERS]],
    ["user --from my", ["my file.csv", "my folder"]],
    ["user --from=my", ["my file.csv", "my folder"]],
    ["user --certificate c", ["cost $5.csv"]],
    ["user --backup ", FOLDERS],
    ["user --backup m", ["my folder"]],
    ["user --backup=m", ["my folder"]],
    ["restore ", FOLDERS],
    ["restore m", ["my folder"]],
    ["restore photos ", []],
    ["restore photos m", []],
    ["restore photos alex@contoso.com --wh", ["--what-if"]],
    ["user ", []],
    ["user a", []],
    ["user adele@contoso.com --max", ["--max-attempts", "--max-wait"]],
    ["user --graph-endpoint http://localhost:80 --max", ["--max-attempts", "--max-wait"]],
    ["user --from my\\ file.csv --max", ["--max-attempts", "--max-wait"]],
    ['user --from "my file.csv" --max', ["--max-attempts", "--max-wait"]],
    ["user --verify -- --max", []],
    ["user --what-if --wh", [], ["bash", "zsh"]],
    ["user -n --dry", [], ["bash", "zsh"]],
    ["user --output=json --out", [], ["bash", "zsh"]],
    ["me ", [], ["bash", "fish"]],
    ["doctor x --", []],
    ["completions ", SHELLS],
    ["completions f", ["fish"]],
    ["completions fish ", [], ["bash", "fish"]],
    ["completions fish zsh ", []],
  ];
