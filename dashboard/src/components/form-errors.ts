// Shows API errors at the form field they refer to.
import type { UseFormReturnType } from '@mantine/form';

import { ApiError, messageOf } from '../api/problem';

/**
 * Shows an API error at its form field. Returns the message for the whole form if the form has no such field.
 * `names` maps field names of the API to those of the form where they differ.
 */
export function showErrors<T extends Record<string, unknown>>(
  form: UseFormReturnType<T>,
  error: unknown,
  names: Partial<Record<string, string>> = {},
): string | null {
  if (error instanceof ApiError && error.field !== undefined) {
    // `hostPatterns.1` and `hostPatterns[1]` are shown at `hostPatterns`.
    const list = error.field.split(/[.[]/)[0] ?? error.field;
    for (const name of [names[error.field] ?? error.field, names[list] ?? list]) {
      if (name in form.getValues()) {
        form.setFieldError(name, messageOf(error));
        form.getInputNode(name)?.focus();
        return null;
      }
    }
  }
  return messageOf(error);
}
