/** Is there room where something is kept, and does it stay there? */
import { stat, statfs } from "node:fs/promises";
import { dirname } from "node:path";
import { type Finding, warn } from "./finding.ts";
import { FREE_BYTES_MIN } from "./limits.ts";
import type { Patient } from "./patient.ts";

/** What `statfs` says of a place. */
export interface Disk {
  /** The kind of file system, as the kernel numbers it. */
  readonly type: number;
  readonly freeBytes: number;
}

export async function checkDisk(patient: Patient): Promise<Finding[]> {
  const { stateDir, journal } = patient.settings;
  const places = [
    ...(stateDir === null ? [] : [{ what: "state folder", path: stateDir }]),
    ...(journal === null ? [] : [{ what: "journal", path: dirname(journal) }]),
  ];
  const found = await Promise.all(
    places.map(async ({ what, path }) => judge(patient, what, path, await diskAt(path))),
  );
  return found.flat();
}

/** As of the nearest folder above that is there. */
async function diskAt(path: string): Promise<Disk | null> {
  try {
    await stat(path);
    const { type, blocks, bavail, bsize } = await statfs(path);
    // The kernel's own file systems have no size.
    if (blocks === 0) return null;
    return { type, freeBytes: bavail * bsize };
  } catch {
    return dirname(path) === path ? null : diskAt(dirname(path));
  }
}

const MEMORY_TYPES: readonly number[] = [0x01021994, 0x858458f6];
const OVERLAY_TYPE = 0x794c7630;

/** Exported for tests. */
export function judge(
  { inContainer }: Pick<Patient, "inContainer">,
  what: string,
  path: string,
  disk: Disk | null,
): Finding[] {
  if (disk === null) return [];
  const findings: Finding[] = [];
  // The kernel's number may come with a sign.
  const type = disk.type >>> 0;
  if (disk.freeBytes < FREE_BYTES_MIN && !MEMORY_TYPES.includes(type))
    findings.push(
      warn({
        what,
        found: `only ${Math.floor(disk.freeBytes / 2 ** 20)} MiB are free at ${path}`,
        why:
          what === "journal"
            ? "a full disk loses its lines"
            : "open sessions cannot be written down, and a crash would forget them",
        fix: `make room:  df -h '${path}'  shows what is full, or name another place: ${what === "journal" ? "--journal FILE" : "--state-dir DIR"}`,
      }),
    );
  const volume = [
    "keep it in a volume; in the compose file:",
    "  services:",
    "    aceslot:",
    `      volumes: ["aceslot:${path}"]`,
    "  volumes:",
    "    aceslot:",
  ].join("\n");
  if (what === "state folder" && MEMORY_TYPES.includes(type))
    findings.push(
      warn({
        what,
        found: `${path} is in memory`,
        why: "it is gone after a restart of the machine or of the container, and open sessions with it",
        fix: inContainer ? volume : "name a folder on a disk: --state-dir /var/lib/aceslot",
      }),
    );
  if (inContainer && type === OVERLAY_TYPE)
    findings.push(
      warn({
        what,
        found: `${path} is inside the container`,
        why: "it is gone as soon as the container is made anew, as with each update",
        fix: volume,
      }),
    );
  return findings;
}
