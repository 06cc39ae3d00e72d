/** Can open sessions be kept across a crash, and can the journal be written? */
import { mkdtemp, open, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { messageOf } from "../foreign.ts";
import { type Finding, fail, ok, warn } from "./finding.ts";
import type { Patient } from "./patient.ts";

export async function checkStateDir({ settings }: Patient): Promise<Finding[]> {
  const what = "state folder";
  const why =
    "after a crash open sessions are forgotten: the cap may be exceeded until their engines end them";
  const { stateDir } = settings;
  if (stateDir === null)
    return [
      warn({
        what,
        found: "there is none",
        why,
        fix: "name one that survives a restart: --state-dir /var/lib/aceslot",
      }),
    ];
  const trouble = await tryToWrite(stateDir);
  if (trouble === null) return [ok(what, `${stateDir} can be written`)];
  return [
    fail({
      what,
      found: trouble,
      why,
      fix: `make it this user's own:  install -d -m 700 -o "$(id -un)" '${stateDir}'  (as root), or name another: --state-dir DIR; in a container, mount a volume there`,
    }),
  ];
}

export async function checkJournal({ settings }: Patient): Promise<Finding[]> {
  const { journal } = settings;
  if (journal === null) return [];
  const what = "journal";
  const trouble = await tryToAppend(journal);
  if (trouble === null) return [ok(what, `${journal} can be written`)];
  return [
    fail({
      what,
      found: trouble,
      why: "its lines are lost; the proxy goes on without them",
      fix: `make its folder:  mkdir -p '${dirname(journal)}'  and let this user write there, or name another file: --journal FILE`,
    }),
  ];
}

/** Null: it can be written. A folder that is not there yet is made at the start, so its nearest parent is tried. */
async function tryToWrite(dir: string): Promise<string | null> {
  let place = dir;
  while (!(await exists(place)) && dirname(place) !== place) place = dirname(place);
  try {
    const probe = await mkdtemp(join(place, ".aceslot-doctor-"));
    try {
      await writeFile(join(probe, "probe"), "probe");
    } finally {
      await rm(probe, { recursive: true, force: true });
    }
    return null;
  } catch (error) {
    return `${place} cannot be written: ${reason(error)}`;
  }
}

async function tryToAppend(file: string): Promise<string | null> {
  const folder = dirname(file);
  if (!(await exists(folder))) return `${folder} does not exist`;
  if (!(await exists(file))) return tryToWrite(folder);
  try {
    await (await open(file, "a")).close();
    return null;
  } catch (error) {
    return `${file} cannot be written: ${reason(error)}`;
  }
}

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

function reason(error: unknown): string {
  switch ((error as NodeJS.ErrnoException).code) {
    case "EACCES":
    case "EPERM":
      return "this user may not";
    case "EROFS":
      return "the file system is read-only";
    case "ENOSPC":
      return "the disk is full";
    case "ENOTDIR":
      return "a part of the path is no folder";
    case "EISDIR":
      return "it is a folder";
    default:
      return messageOf(error);
  }
}
