// A line to copy: a command, a token, an address.
import { Box, Text } from '@mantine/core';

import { CopyButton } from './copy-button';
import classes from './copy-line.module.css';

interface Props {
  text: string;
  /** What it is, for who doesn't see it. */
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
