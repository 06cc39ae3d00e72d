/** What the orchestrator and the disk may answer. */
import { type Happening, take, trouble } from "./happening.ts";
import { nameOfContent, nameOfEngine } from "./real.ts";
import type { ShellWorld } from "./world.ts";

export function saveMay(world: ShellWorld, may: Happening[]): void {
  const { outside } = world;
  const { save } = outside;
  if (!save) return;
  const end = (): void => {
    outside.save = null;
    // The next write begins in this turn, and holds everything.
    world.isFileBehind = false;
  };
  may.push({
    text: "the state file is written",
    run() {
      end();
      outside.file = save.ids;
      outside.fileFailed = false;
      outside.tell("state file", "proxy", `${save.ids.size} written`);
      save.resolve();
    },
  });
  trouble(world, may, "the state file cannot be written", () => {
    end();
    outside.fileFailed = true;
    outside.tell("state file", "proxy", "disk full");
    save.reject(new Error("disk full"));
  });
}

export function poolMay(world: ShellWorld, may: Happening[]): void {
  const { outside } = world;
  const { look } = outside;
  if (look) {
    if (!look.view)
      may.push({
        text: "the orchestrator makes its list",
        run: () => void Object.assign(look, outside.list()),
      });
    const { view } = look;
    if (view)
      may.push({
        text: "the list arrives",
        run() {
          outside.look = null;
          outside.tell(
            "orchestrator",
            "proxy",
            `${view.engines.length} engines, ${view.streams.length} streams`,
          );
          look.resolve(view);
        },
      });
    trouble(world, may, "the orchestrator does not answer", () => {
      outside.look = null;
      outside.tell("orchestrator", "proxy", "no answer");
      look.reject(new Error("no answer"));
    });
  }
  const [report] = outside.outbox;
  if (report && isListSeen(world))
    may.push({
      text: `the report arrives: ${nameOfContent(report.session.content)} ${report.what}`,
      run() {
        outside.outbox.shift();
        if (report.what === "started") outside.view.add(report.session);
        else outside.view.delete(report.session);
        outside.tell("proxy", "orchestrator", `${nameOfContent(report.session.content)} ${report.what}`);
      },
    });
  for (const resolve of outside.provisions) {
    const spare = outside.engines.find(({ exists }) => !exists);
    const answer = (outcome: Parameters<typeof resolve>[0], text: string): void => {
      take(outside.provisions, resolve);
      outside.tell("orchestrator", "proxy", text);
      resolve(outcome);
    };
    if (spare)
      may.push({
        text: `${nameOfEngine(spare)} is provisioned`,
        run() {
          spare.exists = true;
          answer({ kind: "provisioned", engine: spare.id }, `${nameOfEngine(spare)} is yours`);
        },
      });
    const blocked = { code: "vpn_disconnected", message: "no VPN", retryAfterSeconds: null };
    const refuse = (): void => answer({ kind: "failed", blocked }, blocked.code);
    if (spare) trouble(world, may, "nothing can be provisioned", refuse);
    else may.push({ text: "nothing more can be provisioned", run: refuse });
  }
}

/** Will anybody see what the orchestrator lists now? A provisioned engine is looked for at once. */
export function isListSeen({ looks, size, outside }: ShellWorld): boolean {
  return looks > 0 || size.spares > 0 || (outside.look !== null && outside.look.view === null);
}
