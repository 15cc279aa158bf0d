// The methods of a rule: `method` is set for exactly one, `methods` for any number.

export const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS'] as const;

interface WithMethods {
  method?: string | null;
  methods?: readonly string[] | null;
}

/** The methods that a rule matches; empty means all. */
export function methodsOf({ method, methods }: WithMethods): string[] {
  if (methods && methods.length > 0) {
    return [...methods];
  }
  return method ? [method] : [];
}

/**
 * The fields of a rule for these methods.
 *
 * For several, `method` is left out: `null` would ask for all.
 */
export function methodFields(methods: readonly string[]): { method?: string | null; methods: string[] | null } {
  const [first] = methods;
  if (first === undefined) {
    return { method: null, methods: null };
  }
  return methods.length === 1 ? { method: first, methods: [first] } : { methods: [...methods] };
}
