import { openAppendLog } from "../../lib/host/append_log.ts";
import { assertEquals, assertRejects } from "../deps/assert.ts";
import { fileTest } from "../support/temporary.ts";

const { write } = Deno.FsFile.prototype;

/** Makes the disk full after half of the next write. */
function fillDiskOnce(): void {
  Deno.FsFile.prototype.write = async function (bytes) {
    Deno.FsFile.prototype.write = async function () {
      await Promise.resolve();
      Deno.FsFile.prototype.write = write;
      throw new Error("No space left on device");
    };
    return await write.call(this, bytes.subarray(0, bytes.length / 2 - 1));
  };
}

Deno.test(fileTest("after a failed write, an append log starts a new line", async (folder) => {
  const path = `${folder}/log.ndjson`;
  await using log = await openAppendLog(path);
  await log.append({ at: 1 });
  try {
    fillDiskOnce();
    const failing = [log.append({ at: 2 }), log.append({ at: 3 })];
    for (const append of failing) await assertRejects(() => append, Error, "No space left");
    await Promise.all([log.append({ at: 4 }), log.append({ at: 5 })]);
  } finally {
    Deno.FsFile.prototype.write = write;
  }
  const lines = (await Deno.readTextFile(path)).split("\n");
  assertEquals([lines[0], ...lines.slice(-3)], ['{"at":1}', '{"at":4}', '{"at":5}', ""]);
}));

Deno.test(fileTest("an append log keeps the lines that were added while a write failed", async (folder) => {
  const path = `${folder}/log.ndjson`;
  await using log = await openAppendLog(path);
  try {
    fillDiskOnce();
    const failing = log.append({ at: 1 });
    await Promise.resolve();
    await Promise.resolve();
    await Promise.resolve();
    const later = log.append({ at: 2 });
    await assertRejects(() => failing, Error, "No space left");
    await later.catch(() => {}); // it may have shared the write
    await log.append({ at: 3 });
  } finally {
    Deno.FsFile.prototype.write = write;
  }
  assertEquals((await Deno.readTextFile(path)).trimEnd().split("\n").at(-1), '{"at":3}');
}));
