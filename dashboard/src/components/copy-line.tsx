// Text with a copy button, such as a command, token or address.
import { Box, Text } from '@mantine/core';

import { CopyButton } from './copy-button';
import classes from './copy-line.module.css';

interface Props {
  text: string;
  /** The accessible name. */
  label: string;
}

export function CopyLine({ text, label }: Props) {
  return (
    <Box className={classes.line} role="group" aria-label={label}>
      <Text component="pre" className={classes.text}>
        {text}
      </Text>
      <CopyButton text={text} label={`Copy: ${label}`} />
    </Box>
  );
}
