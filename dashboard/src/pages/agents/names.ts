// Agent identifiers, derived from names.

/** Derives an identifier from a name: lowercase letters, digits and dashes, starting with a letter. */
export function identifierOf(name: string): string {
  const plain = name
    .normalize('NFD')
    .toLowerCase()
    .replace(/[\u0300-\u036f]/g, '')
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^[^a-z]+|-+$/g, '');
  return plain.slice(0, 50).replace(/-+$/, '');
}

/** The pattern that the server requires. */
export const IDENTIFIER = /^[a-z][a-z0-9-]{0,49}$/;
