// Parses headers that are entered one per line.

/** Returns the headers, or the problem with the first invalid line. Repeated headers are joined with commas, as in HTTP. */
export function readHeaders(text: string): { headers: Record<string, string>; problem: string | null } {
  const headers: Record<string, string> = {};
  const lines = text.split('\n').map((line) => line.trim());
  for (const [at, line] of lines.entries()) {
    if (line === '') {
      continue;
    }
    const parts = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+)\s*:\s*(.*)$/.exec(line);
    if (parts === null) {
      return { headers, problem: `Line ${at + 1} is not a header. Use name: value` };
    }
    const [name, value] = [(parts[1] ?? '').toLowerCase(), parts[2] ?? ''];
    headers[name] = headers[name] === undefined ? value : `${headers[name]}, ${value}`;
  }
  return { headers, problem: null };
}
