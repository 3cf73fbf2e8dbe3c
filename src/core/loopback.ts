/** Which host names never leave the machine (RFC 1122 127.0.0.0/8, RFC 4291 ::1, RFC 6761 localhost). */

const LOOPBACK_V4 = /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/;

/** Whether a host name or address, with or without the brackets of IPv6, is the machine itself. */
export function isLoopbackHost(host: string): boolean {
  const name = host.toLowerCase();
  return name === 'localhost' || name === '::1' || name === '[::1]' || LOOPBACK_V4.test(name);
}
