/** How a stand-in says that the page asks for something that cannot be. */
export function refuse(what: string): never {
  process.stderr.write(`stand-in: ${what}\n`);
  process.exit(97);
}
