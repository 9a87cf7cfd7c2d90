/** What is left of a process that has no terminal, no input, and nobody who reads what it says. */
export const SILENT_HOST = {
  async *readStdin(): AsyncGenerator<Uint8Array> {},
  writeError: (_text: string) => Promise.resolve(),
  isTerminal: () => false,
  isDumb: () => false,
  columns: () => undefined,
};
