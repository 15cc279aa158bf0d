// An input for secret values, masked even while typing.
import { PasswordInput, type PasswordInputProps } from '@mantine/core';

/** Excluded from password managers, without a reveal button. */
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
