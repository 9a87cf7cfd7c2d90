import { openPlainFile, readPlainFile } from "../../lib/host/files.ts";
import { assertEquals, assertRejects } from "../deps/assert.ts";
import { FILES, inTemporaryFolder } from "../support/temporary.ts";
import { IS_WINDOWS } from "../support/test.ts";

const { open } = Deno;

/** What somebody else does to the file "photo" around the moment at which it is opened. */
const SWAPS: Readonly<
  Record<string, { before?: (folder: string) => void; after?: (folder: string) => void }>
> = {
  "for another file once it is open": {
    after: (folder) => Deno.renameSync(`${folder}/other`, `${folder}/photo`),
  },
  "for a link, which is then replaced by a file again": {
    before(folder) {
      Deno.removeSync(`${folder}/photo`);
      Deno.symlinkSync(`${folder}/secret`, `${folder}/photo`);
    },
    after: (folder) => Deno.renameSync(`${folder}/other`, `${folder}/photo`),
  },
  "for nothing": { after: (folder) => Deno.removeSync(`${folder}/photo`) },
};

for (const [swap, { before, after }] of Object.entries(SWAPS)) {
  Deno.test(`a file that is swapped ${swap} is neither read nor appended to`, {
    permissions: FILES,
    ignore: IS_WINDOWS,
  }, async () => {
    for (
      const use of [
        (folder: string) => readPlainFile(folder, "photo", 5),
        (folder: string) => openPlainFile(`${folder}/photo`, "follow", "append"),
      ]
    ) {
      await inTemporaryFolder(async (folder) => {
        for (const name of ["photo", "other", "secret"]) {
          Deno.writeTextFileSync(`${folder}/${name}`, "12345");
        }
        try {
          Deno.open = async (path, options) => {
            before?.(folder);
            const file = await open(path, options);
            after?.(folder);
            return file;
          };
          await assertRejects(() => use(folder), Error, "was swapped for another while it was opened");
        } finally {
          Deno.open = open;
        }
        assertEquals(Deno.readTextFileSync(`${folder}/secret`), "12345");
      });
    }
  });
}
