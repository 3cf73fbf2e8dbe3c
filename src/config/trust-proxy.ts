/** Reads `TRUST_PROXY`: hops or named networks, never everybody (CONTRACT.md "addresses"). */
import { SettingFault } from './setting.ts';

/** A number of hops, or addresses, networks and Express's names for some. Undefined: no proxy. */
export type TrustProxy = number | readonly string[] | undefined;

const NAMES = new Set(['loopback', 'linklocal', 'uniquelocal']);
const NETWORK = /^([0-9a-fA-F:.]{2,45})(?:\/(\d{1,3}))?$/;

/** A hop count, or a comma-separated list of networks; `false` and `0` mean none. */
export function trustProxy(text: string): TrustProxy {
  if (text === 'false' || text === '0') return undefined;
  if (text === 'true') throw new SettingFault('must not be true, which would trust anyone: name the hops or networks');
  if (/^\d{1,2}$/.test(text)) return Number(text);
  const items = text.split(',').map((item) => item.trim());
  if (items.every(isNetwork)) return items;
  throw new SettingFault('must be a number of hops, or a list of addresses, networks (10.0.0.0/8) or loopback');
}

function isNetwork(item: string): boolean {
  if (NAMES.has(item)) return true;
  const match = NETWORK.exec(item);
  if (!match?.[1]) return false;
  const version6 = match[1].includes(':');
  if (!URL.canParse(version6 ? `http://[${match[1]}]` : `http://${match[1]}`)) return false;
  if (!version6 && !/^\d{1,3}(?:\.\d{1,3}){3}$/.test(match[1])) return false;
  if (match[2] === undefined) return true;
  const bits = Number(match[2]);
  return bits > 0 && bits <= (version6 ? 128 : 32);
}
