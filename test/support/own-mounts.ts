/** The binary run in mounts of its own, or by nobody. Needs root. For `through` of `startBinary`. */

/**
 * `script`: what is done to the mounts first. The program is reachable at its place in them for everybody, wherever it
 * was built: not everybody may look into that folder.
 */
export const inOwnMounts = (script: string, as: readonly string[] = []): readonly string[] => {
  const steps = [
    "mount --make-rprivate /",
    "mount -t tmpfs -o mode=755 tmpfs /mnt",
    "touch /mnt/aceslot",
    'mount --bind "$0" /mnt/aceslot',
    script,
    `exec ${[...as, "/mnt/aceslot"].join(" ")} "$@"`,
  ];
  return ["unshare", "--mount", "sh", "-c", steps.join(" && ")];
};

/** User 99, who owns nothing and belongs to nobody. */
export const NOBODY = ["setpriv", "--reuid=99", "--regid=99", "--clear-groups"] as const;

export const asNobody = inOwnMounts("true", NOBODY);
