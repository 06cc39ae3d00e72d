/**
 * How names become addresses that somebody else has named: those of engines, and of stores that another one sends us
 * to. A list may name any host, and whoever owns a name may have it lead to
 * other addresses from one moment to the next: so they are judged here, where the connection takes them, and not
 * before.
 */
import { lookup as lookUp } from "node:dns";
import { isIP, type LookupFunction } from "node:net";
import { isAllowed } from "../permissions.ts";
import { isLinkLocal } from "./reach.ts";

/** The part of `node:dns` that is used. */
export type LookUp = (
  host: string,
  options: Parameters<LookupFunction>[1] & { readonly all: true },
  callback: (error: NodeJS.ErrnoException | null, addresses: { address: string; family: number }[]) => void,
) => void;

/** The code of the error of a name that leads nowhere else. */
export const LINK_LOCAL_ONLY = "LINK_LOCAL_ONLY";

/** Resolves as the system does, and leaves out link-local and metadata addresses; fails where nothing else is left. */
export const lookupElsewhere =
  (resolve: LookUp = lookUp): LookupFunction =>
  (host, options, callback) =>
    resolve(host, { ...options, all: true }, (error, addresses) => {
      if (error !== null) return callback(error, []);
      const usable = addresses.filter(({ address }) => !isLinkLocal(address));
      const [first] = usable;
      if (first === undefined) {
        const message = `${host} is a name of a link-local or metadata address`;
        return callback(Object.assign(new Error(message), { code: LINK_LOCAL_ONLY }), []);
      }
      return options.all ? callback(null, usable) : callback(null, first.address, first.family);
    });

const LOOKUP = lookupElsewhere();

/**
 * Whether `host` is a name that can be looked up before it is dialled. Where Deno may reach no more than one port of a
 * host it refuses to look the name up by itself; there whoever wrote the permission has named every host that can be
 * reached.
 */
export const isLookedUp = (host: string): boolean => isIP(host) === 0 && isAllowed({ name: "net", host });

/** The `lookup` for connecting to `host`. */
export const lookupFor = (host: string): { readonly lookup?: LookupFunction } =>
  isLookedUp(host) ? { lookup: LOOKUP } : {};
