/** `deno task picture`: docs/terminal.svg, the command at work in a terminal. */
import { COLUMNS, PICTURE, recordSession } from "./support/terminal_session.ts";
import { drawScreen } from "./support/draw_screen.ts";

await Deno.writeTextFile(PICTURE, drawScreen(await recordSession(), COLUMNS));
