/** Can this CPU run the binary, and what else could it run? */
import { type Finding, fail, info, ok } from "./finding.ts";
import type { Patient } from "./patient.ts";

/** What each level of x86-64 has beyond the one before, by the names of /proc/cpuinfo. */
const LEVELS: readonly (readonly string[])[] = [
  ["cx16", "lahf_lm", "popcnt", "pni", "sse4_1", "sse4_2", "ssse3"],
  ["avx", "avx2", "bmi1", "bmi2", "f16c", "fma", "abm", "movbe"],
  ["avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl"],
];

export async function checkCpu({ machine: { arch, cpuFlags: flags } }: Patient): Promise<Finding[]> {
  const what = "CPU";
  if (arch !== "x64") return [ok(what, arch)];
  // Other systems do not tell, and their machines have all of it.
  if (flags === null) return [];
  const missing = LEVELS.findIndex((names) => names.some((name) => !flags.has(name)));
  const level = `x86-64-v${missing === -1 ? LEVELS.length + 1 : missing + 1}`;
  if (!flags.has("sse4_2"))
    return [
      fail({
        what,
        found: `${level}, without SSE4.2`,
        why: "the runtime in this binary uses SSE4.2 (CPUs since 2008 have it): it may end with 'Illegal instruction'",
        fix: "use a newer machine; in a virtual one give it the host's CPU: Proxmox  qm set VMID --cpu host , libvirt  <cpu mode='host-passthrough'/>",
      }),
    ];
  if (!flags.has("avx2"))
    return [
      info(
        what,
        `${level}, without AVX2`,
        "aceslot does not need it, but builds of other programs do: take those that are called baseline or v2, where one ends with 'Illegal instruction'; in a virtual machine the CPU type 'host' brings it back if the host has it",
      ),
    ];
  return [ok(what, `${level}, with AVX2`)];
}
