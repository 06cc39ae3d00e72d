/** May this process open, use and start as much as its streams and clients need? */
import { type Finding, fail, ok, warn } from "./finding.ts";
import { BASE_BYTES, OPEN_FILES_MIN, TASKS_MIN } from "./limits.ts";
import type { Patient } from "./patient.ts";

export async function checkCapacity(patient: Patient): Promise<Finding[]> {
  return [...ofOpenFiles(patient), ...ofMemory(patient), ...ofTasks(patient)];
}

function ofOpenFiles({ machine: { openFilesMax: most } }: Patient): Finding[] {
  const what = "open files";
  if (most === null) return [];
  if (most >= OPEN_FILES_MIN) return [ok(what, `up to ${most}`)];
  return [
    warn({
      what,
      found: `no more than ${most}`,
      why: "each client is an open file, and each stream a few: further clients are not let in",
      fix: [
        `allow more. In a shell:  ulimit -n ${OPEN_FILES_MIN * 64}  in a systemd unit:  LimitNOFILE=${OPEN_FILES_MIN * 64}  in a compose file:`,
        "  services:",
        "    aceslot:",
        "      ulimits:",
        `        nofile: ${OPEN_FILES_MIN * 64}`,
      ].join("\n"),
    }),
  ];
}

function ofMemory({ settings, machine }: Patient): Finding[] {
  const what = "memory";
  const isBounded = machine.memoryMaxBytes !== null && machine.memoryMaxBytes < machine.memoryBytes;
  const most = isBounded ? (machine.memoryMaxBytes ?? 0) : machine.memoryBytes;
  const { bufferBytes, maxStreamsPerEngine: cap, orchestrator, engines } = settings;
  const fitting = Math.max(0, Math.floor((most - BASE_BYTES) / bufferBytes));
  // How many engines an orchestrator will have is its business; half of ten thousand is too many in any case.
  const streams = orchestrator === null ? engines.length * cap : cap;
  const found = `${megabytes(most)}${isBounded ? " (a limit)" : ""}: buffers of ${megabytes(bufferBytes)} for ${fitting} streams`;
  if (fitting >= streams) return [ok(what, found)];
  const needed = BASE_BYTES + streams * bufferBytes;
  const trouble = {
    what,
    found: `${found}, and there may be ${streams}`,
    why: isBounded
      ? "a process that goes over its limit is killed, and all streams with it"
      : "the machine will swap, and pictures will stutter",
    fix: [
      `take smaller buffers: --buffer ${Math.max(1, Math.floor((most - BASE_BYTES) / streams / 2 ** 20))}MiB, or fewer streams (--max-streams-per-engine), or allow ${megabytes(needed)}; in a compose file:`,
      "  services:",
      "    aceslot:",
      `      mem_limit: ${Math.ceil(needed / 2 ** 20)}m`,
    ].join("\n"),
  };
  return [isBounded ? fail(trouble) : warn(trouble)];
}

function ofTasks({ machine: { tasksMax: most } }: Patient): Finding[] {
  if (most === null || most >= TASKS_MIN) return [];
  return [
    warn({
      what: "processes and threads",
      found: `no more than ${most} are allowed`,
      why: "the runtime starts a thread for each CPU and some more; where it may not, it ends or hangs",
      fix: `allow more: in a compose file  pids_limit: ${2 * TASKS_MIN}  below the service, in a systemd unit  TasksMax=${2 * TASKS_MIN}`,
    }),
  ];
}

const megabytes = (bytes: number): string => `${Math.floor(bytes / 2 ** 20)} MiB`;
