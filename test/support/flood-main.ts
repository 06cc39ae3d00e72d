/**
 * Opens very many connections from a process of its own, asks nothing on them, and keeps those that it gets until it is
 * ended. `bun flood-main.ts PORT COUNT [WORDS]`: every second one begins a request with these words, and does not go on.
 */
import { connect, type Socket } from "node:net";

const [port = "", count = "", words = ""] = process.argv.slice(2);
const kept: Socket[] = [];
for (let n = 0; n < Number(count); n++) {
  const socket = connect({ host: "127.0.0.1", port: Number(port) });
  socket.on("error", () => {});
  if (n % 2 === 1 && words !== "") socket.write(words);
  kept.push(socket);
  // As fast as they are taken, and not all in one turn.
  if (n % 100 === 99) await new Promise((resolve) => setImmediate(resolve));
}
process.stdout.write("all were tried\n");
setInterval(() => {}, 60_000);
