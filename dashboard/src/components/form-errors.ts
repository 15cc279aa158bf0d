// Errors of the API at the field where they belong.
import type { UseFormReturnType } from '@mantine/form';

import { ApiError, messageOf } from '../api/problem';

/**
 * Puts an error of the API at its field, if the form has it, and gives what is to be shown for the whole form.
 * `names` maps the API's names of fields to the form's where they differ.
 */
export function showErrors<T extends Record<string, unknown>>(
  form: UseFormReturnType<T>,
  error: unknown,
  names: Partial<Record<string, string>> = {},
): string | null {
  if (error instanceof ApiError && error.field !== undefined) {
    const field = names[error.field] ?? error.field;
    const first = field.split('.')[0] ?? field;
    for (const name of [field, first]) {
      if (name in form.getValues()) {
        form.setFieldError(name, messageOf(error));
        form.getInputNode(name)?.focus();
        return null;
      }
    }
  }
  return messageOf(error);
}
