// Whether this process runs in a container.
import { existsSync } from "node:fs";

/** Docker and Podman leave these; what else there is of the kind is not told apart. */
export const isInContainer = (): boolean => existsSync("/.dockerenv") || existsSync("/run/.containerenv");
