// Names of agents, and the short ones that commands take.

/** A short name made of a name: lower-case letters, digits and dashes, beginning with a letter. */
export function identifierOf(name: string): string {
  const plain = name
    .normalize('NFD')
    .toLowerCase()
    .replace(/[\u0300-\u036f]/g, '')
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^[^a-z]+|-+$/g, '');
  return plain.slice(0, 50).replace(/-+$/, '');
}

/** The same that the server asks for. */
export const IDENTIFIER = /^[a-z][a-z0-9-]{0,49}$/;
