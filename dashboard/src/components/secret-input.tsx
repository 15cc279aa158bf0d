// A field for a value that is shown to nobody, not even while it is typed.
import { PasswordInput, type PasswordInputProps } from '@mantine/core';

/** Never offered to the browser's password store, and never shown. */
export function SecretInput(props: PasswordInputProps) {
  return (
    <PasswordInput
      autoComplete="off"
      spellCheck={false}
      visible={false}
      rightSection={<span />}
      data-1p-ignore
      data-lpignore="true"
      {...props}
    />
  );
}
