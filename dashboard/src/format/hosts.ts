// The hosts of a secret or service, as text.

interface WithHosts {
  hostPattern: string;
  hostPatterns?: readonly string[] | null;
}

/** All hosts. `hostPattern` is the first of them. */
export function hostsOf({ hostPattern, hostPatterns }: WithHosts): readonly string[] {
  return hostPatterns && hostPatterns.length > 0 ? hostPatterns : [hostPattern];
}

/** All hosts with the path pattern: `api.github.com, github.com /repos/*`. */
export function hostsText(one: WithHosts & { pathPattern?: string | null }): string {
  const hosts = hostsOf(one);
  const path = one.pathPattern ?? '';
  return path === '' ? hosts.join(', ') : `${hosts.join(', ')}${hosts.length > 1 ? ' ' : ''}${path}`;
}

/** Splits what a person typed: one host per line, or separated by commas or spaces. Without duplicates. */
export function readHosts(text: string): string[] {
  return [...new Set(text.split(/[\s,;]+/).filter((host) => host !== ''))];
}
