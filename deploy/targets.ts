/** The platforms that a release is made for. Only deploy/ imports this. */

export type Target = {
  os: "linux" | "macos" | "windows";
  arch: "x64" | "arm64";
  libc?: "musl";
  /** Bun's name of the platform. */
  bunTarget: Bun.Build.CompileTarget;
  /**
   * The npm package that carries Bun's runtime for it. On x64 there is one runtime for all CPUs since Nehalem
   * (SSE4.2), which looks for AVX2 when it runs: the `-baseline` packages are copies of the same file.
   */
  runtimePackage: string;
};

export const TARGETS: readonly Target[] = [
  { os: "linux", arch: "x64", bunTarget: "bun-linux-x64", runtimePackage: "@oven/bun-linux-x64" },
  {
    os: "linux",
    arch: "x64",
    libc: "musl",
    bunTarget: "bun-linux-x64-musl",
    runtimePackage: "@oven/bun-linux-x64-musl",
  },
  { os: "linux", arch: "arm64", bunTarget: "bun-linux-arm64", runtimePackage: "@oven/bun-linux-aarch64" },
  {
    os: "linux",
    arch: "arm64",
    libc: "musl",
    bunTarget: "bun-linux-arm64-musl",
    runtimePackage: "@oven/bun-linux-aarch64-musl",
  },
  { os: "macos", arch: "arm64", bunTarget: "bun-darwin-arm64", runtimePackage: "@oven/bun-darwin-aarch64" },
  { os: "windows", arch: "x64", bunTarget: "bun-windows-x64", runtimePackage: "@oven/bun-windows-x64" },
];

/** `linux_x64_musl` */
export function platformName({ os, arch, libc }: Target): string {
  return [os, arch, libc].filter((part) => part !== undefined).join("_");
}

/** `aceslot_v0.1.0_linux_x64_musl` */
export function releaseName(target: Target, version: string): string {
  return `aceslot_v${version}_${platformName(target)}`;
}

/** `aceslot_v0.1.0_linux_x64_musl.tar.gz`, a `.zip` for Windows. */
export function archiveName(target: Target, version: string): string {
  return `${releaseName(target, version)}${ending(target)}`;
}

/** `aceslot_linux_x64_musl.tar.gz`: the same archive, for links that always lead to the newest release. */
export function latestName(target: Target): string {
  return `aceslot_${platformName(target)}${ending(target)}`;
}

/** The bill of materials: `aceslot_v0.1.0.cdx.json` */
export function billName(version: string): string {
  return `aceslot_v${version}.cdx.json`;
}

function ending({ os }: Target): string {
  return os === "windows" ? ".zip" : ".tar.gz";
}

export function binaryName(target: Target): string {
  return target.os === "windows" ? "aceslot.exe" : "aceslot";
}
